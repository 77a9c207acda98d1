//! Attachments: those of the messages of a log, against what is stored of them; and the blobs that they use.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use confab_shared::{
    event::{Event, EventBody},
    id::{AttachmentId, ConversationId, Seq},
    preview::{Preview, retain_linked},
};
use rusqlite::Connection;
use uuid::Uuid;

use super::faults::Faults;
use crate::{
    domain::attachment::BlobHash,
    storage::sqlite::{migrations, snapshot::Snapshot},
};

/// The attachments of the messages of one log that are there.
#[derive(Default)]
pub(super) struct GivenAttachments {
    posted: BTreeMap<AttachmentId, Seq>,
    /// Their pictures are attachments, too.
    previews: BTreeMap<Seq, Vec<Preview>>,
}

impl GivenAttachments {
    /// Applies the next event of the log.
    pub(super) fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::Posted(posted) => {
                self.posted.extend(posted.attachments.iter().map(|attachment| (attachment.id, event.seq)));
            }
            EventBody::Previewed(previewed) => {
                self.previews.insert(previewed.target, previewed.previews.clone());
            }
            EventBody::Edited(edited) => {
                if let Some(previews) = self.previews.get_mut(&edited.target) {
                    retain_linked(previews, edited.text.as_str());
                }
            }
            EventBody::Deleted(deleted) => {
                self.posted.retain(|_, seq| *seq != deleted.target);
                self.previews.remove(&deleted.target);
            }
            _ => {}
        }
    }

    /// Compares the stored rows with them.
    pub(super) fn end(
        self,
        connection: &Connection,
        id: ConversationId,
        faults: &mut Faults<'_>,
    ) -> rusqlite::Result<()> {
        let mut given = self.posted;
        for (seq, previews) in self.previews {
            given.extend(previews.into_iter().filter_map(|preview| Some((preview.image?.id, seq))));
        }
        let mut query =
            connection.prepare_cached("SELECT id, seq FROM attachment WHERE conversation = ?1")?;
        let stored: BTreeMap<AttachmentId, Seq> = query
            .query_map([id.0], |row| Ok((AttachmentId(Uuid::from_bytes(row.get(0)?)), Seq(row.get(1)?))))?
            .collect::<rusqlite::Result<_>>()?;
        for (attachment, seq) in given.iter().filter(|(attachment, seq)| stored.get(attachment) != Some(seq))
        {
            faults.add(format_args!(
                "conversation {id}: attachment {attachment} of message {seq} is not stored so"
            ));
        }
        for (attachment, seq) in stored.iter().filter(|(attachment, _)| !given.contains_key(attachment)) {
            faults.add(format_args!(
                "conversation {id}: attachment {attachment} is stored of message {seq}, which has it not"
            ));
        }
        Ok(())
    }
}

/// Faults of the uses of blobs: what is selected, and what is wrong with it.
const USES: [(&str, &str); 3] = [
    (
        "SELECT count(*) FROM (SELECT id, file AS hash FROM attachment \
         UNION ALL SELECT id, small FROM attachment WHERE small IS NOT NULL \
         UNION ALL SELECT id, large FROM attachment WHERE large IS NOT NULL) a WHERE NOT EXISTS ( \
         SELECT 1 FROM blob_use u WHERE u.hash = a.hash AND u.attachment = a.id)",
        "blobs of attachments are not used by them",
    ),
    (
        "SELECT count(*) FROM blob_use WHERE attachment NOT IN (SELECT id FROM attachment) \
         AND attachment NOT IN (SELECT id FROM upload)",
        "uses are of no attachment and no upload",
    ),
    (
        "SELECT count(*) FROM condemned_blob WHERE hash IN (SELECT hash FROM blob_use)",
        "blobs are condemned and used",
    ),
];

/// Checks which blobs are used.
pub(super) fn check_uses(connection: &Connection, faults: &mut Faults<'_>) -> rusqlite::Result<()> {
    for (count, what) in USES {
        let rows: u64 = connection.query_row(count, [], |row| row.get(0))?;
        if rows > 0 {
            faults.add(format_args!("blob_use: {rows} {what}"));
        }
    }
    Ok(())
}

/// The blobs of all attachments of a database file, each once; none where its schema is of another build.
///
/// # Errors
/// Where the file cannot be read.
pub fn blobs(file: &Path) -> anyhow::Result<Vec<BlobHash>> {
    let snapshot = Snapshot::open(file)?;
    let connection = snapshot.connection();
    if migrations::schema(connection)? != migrations::known() {
        return Ok(Vec::new());
    }
    let mut query = connection.prepare(
        "SELECT file FROM attachment UNION SELECT small FROM attachment WHERE small IS NOT NULL \
         UNION SELECT large FROM attachment WHERE large IS NOT NULL ORDER BY 1",
    )?;
    let blobs = query.query_map([], |row| Ok(BlobHash(row.get(0)?)))?.collect::<rusqlite::Result<_>>();
    blobs.with_context(|| format!("failed to read {}", file.display()))
}
