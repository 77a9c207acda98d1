//! Attachments, uploads, and which blobs they use.

use confab_shared::{
    attachment::Attachment,
    id::{AttachmentId, ConversationId, Seq, Timestamp, UserId},
};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use uuid::Uuid;

use crate::{
    domain::{
        attachment::{
            BlobHash, Blobs, LoadedAttachment, StorageDecision, StorageLimits, StoredAttachment, Upload,
        },
        sign_in::SecretHash,
    },
    storage::attachments::{ClaimOutcome, CopyOutcome},
};

/// The columns of [`stored`], of a table called `a`.
const STORED: &str =
    "a.id, a.owner, a.content, a.file, a.small, a.large, a.conversation, a.seq, a.created_at";

/// The columns of [`upload_of`].
const UPLOAD: &str = "id, owner, length, name, mime, duration, waveform, created_at";

/// That a user `u.user` sees an attachment `a`.
const IS_VISIBLE: &str = "(a.conversation IS NULL AND a.owner = u.user OR EXISTS ( \
     SELECT 1 FROM member m WHERE m.conversation = a.conversation AND m.user = u.user))";

fn key(id: AttachmentId) -> [u8; 16] {
    id.0.into_bytes()
}

/// Ids as the parameter of `json_each`: their hexadecimal digits.
fn list(ids: &[AttachmentId]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| format!("\"{}\"", id.0.simple())).collect();
    format!("[{}]", ids.join(","))
}

fn content(row: &Row<'_>, index: usize) -> rusqlite::Result<Attachment> {
    serde_json::from_str(row.get_ref(index)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error)))
}

fn json(attachment: &Attachment) -> rusqlite::Result<String> {
    serde_json::to_string(attachment)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredAttachment> {
    let (conversation, seq): (Option<u64>, Option<u64>) = (row.get(6)?, row.get(7)?);
    Ok(StoredAttachment {
        attachment: content(row, 2)?,
        owner: UserId(row.get(1)?),
        blobs: Blobs {
            file: BlobHash(row.get(3)?),
            small: row.get::<_, Option<_>>(4)?.map(BlobHash),
            large: row.get::<_, Option<_>>(5)?.map(BlobHash),
        },
        message: conversation.map(ConversationId).zip(seq.map(Seq)),
        created_at: Timestamp(row.get(8)?),
    })
}

fn upload_of(row: &Row<'_>) -> rusqlite::Result<Upload> {
    Ok(Upload {
        id: AttachmentId(Uuid::from_bytes(row.get(0)?)),
        owner: UserId(row.get(1)?),
        length: row.get(2)?,
        name: row.get(3)?,
        mime: row.get(4)?,
        duration: row.get(5)?,
        waveform: row.get(6)?,
        created_at: Timestamp(row.get(7)?),
    })
}

/// What a new message needs of its attachments.
pub(in crate::storage::sqlite) fn load(
    connection: &Connection,
    ids: &[AttachmentId],
) -> rusqlite::Result<Vec<LoadedAttachment>> {
    let mut query = connection
        .prepare_cached("SELECT owner, content, conversation IS NOT NULL FROM attachment WHERE id = ?1")?;
    let mut found = Vec::new();
    for id in ids {
        let loaded = query.query_row([key(*id)], |row| {
            let owner = UserId(row.get(0)?);
            Ok(LoadedAttachment { attachment: content(row, 1)?, owner, is_sent: row.get(2)? })
        });
        found.extend(loaded.optional()?);
    }
    Ok(found)
}

/// Writes which message attachments are in.
pub(in crate::storage::sqlite) fn set_message(
    connection: &Connection,
    attachments: &[Attachment],
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<()> {
    let mut update =
        connection.prepare_cached("UPDATE attachment SET conversation = ?2, seq = ?3 WHERE id = ?1")?;
    for attachment in attachments {
        update.execute(params![key(attachment.id), id.0, seq.0])?;
    }
    Ok(())
}

/// Removes attachments or uploads, and condemns the blobs that nothing else uses.
pub(in crate::storage::sqlite) fn remove(
    connection: &Connection,
    ids: &[AttachmentId],
) -> rusqlite::Result<()> {
    for id in ids {
        let id = key(*id);
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO condemned_blob (hash) SELECT u.hash FROM blob_use u WHERE u.attachment = ?1 \
                 AND NOT EXISTS (SELECT 1 FROM blob_use o WHERE o.hash = u.hash AND o.attachment <> ?1)",
            )?
            .execute([id])?;
        connection.prepare_cached("DELETE FROM blob_use WHERE attachment = ?1")?.execute([id])?;
        connection.prepare_cached("DELETE FROM attachment WHERE id = ?1")?.execute([id])?;
        connection.prepare_cached("DELETE FROM upload WHERE id = ?1")?.execute([id])?;
    }
    Ok(())
}

/// How many bytes a user's files have together.
pub(in crate::storage::sqlite) fn bytes_of(connection: &Connection, user: UserId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(
            "SELECT (SELECT coalesce(sum(bytes), 0) FROM attachment WHERE owner = ?1) \
             + (SELECT coalesce(sum(length), 0) FROM upload WHERE owner = ?1)",
        )?
        .query_row([user.0], |row| row.get(0))
}

/// Whether a user may store another file.
fn decide(
    connection: &Connection,
    user: UserId,
    limits: StorageLimits,
    new_bytes: u64,
) -> rusqlite::Result<StorageDecision> {
    let unsent: u64 = connection
        .prepare_cached(
            "SELECT (SELECT count(*) FROM attachment WHERE owner = ?1 AND conversation IS NULL) \
             + (SELECT count(*) FROM upload WHERE owner = ?1)",
        )?
        .query_row([user.0], |row| row.get(0))?;
    Ok(limits.decide(bytes_of(connection, user)?, unsent, new_bytes))
}

/// Starts an upload.
pub(in crate::storage::sqlite) fn start(
    connection: &Connection,
    upload: &Upload,
    limits: StorageLimits,
) -> rusqlite::Result<StorageDecision> {
    let decision = decide(connection, upload.owner, limits, upload.length)?;
    if decision == StorageDecision::Allowed {
        connection
            .prepare_cached(&format!(
                "INSERT INTO upload ({UPLOAD}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            ))?
            .execute(params![
                key(upload.id),
                upload.owner.0,
                upload.length,
                upload.name,
                upload.mime,
                upload.duration,
                upload.waveform,
                upload.created_at.0
            ])?;
    }
    Ok(decision)
}

/// An upload.
pub(in crate::storage::sqlite) fn upload(
    connection: &Connection,
    id: AttachmentId,
) -> rusqlite::Result<Option<Upload>> {
    connection
        .prepare_cached(&format!("SELECT {UPLOAD} FROM upload WHERE id = ?1"))?
        .query_row([key(id)], upload_of)
        .optional()
}

/// Uses blobs for an upload.
pub(in crate::storage::sqlite) fn claim(
    connection: &Connection,
    id: AttachmentId,
    blobs: &[BlobHash],
) -> rusqlite::Result<ClaimOutcome> {
    if upload(connection, id)?.is_none() {
        return Ok(ClaimOutcome::NoUpload);
    }
    let mut condemned = connection.prepare_cached("SELECT 1 FROM condemned_blob WHERE hash = ?1")?;
    for blob in blobs {
        if condemned.exists([blob.0])? {
            return Ok(ClaimOutcome::Condemned);
        }
    }
    insert_uses(connection, id, blobs.iter().copied())?;
    Ok(ClaimOutcome::Claimed)
}

fn insert_uses(
    connection: &Connection,
    id: AttachmentId,
    blobs: impl Iterator<Item = BlobHash>,
) -> rusqlite::Result<()> {
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO blob_use (hash, attachment) VALUES (?1, ?2)")?;
    for blob in blobs {
        insert.execute(params![blob.0, key(id)])?;
    }
    Ok(())
}

fn insert(connection: &Connection, new: &StoredAttachment) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO attachment (id, owner, content, bytes, file, small, large, created_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            key(new.attachment.id),
            new.owner.0,
            json(&new.attachment)?,
            new.attachment.bytes,
            new.blobs.file.0,
            new.blobs.small.map(|blob| blob.0),
            new.blobs.large.map(|blob| blob.0),
            new.created_at.0
        ])?;
    insert_uses(connection, new.attachment.id, new.blobs.all())
}

/// Makes an upload an attachment.
pub(in crate::storage::sqlite) fn finish(
    connection: &Connection,
    attachment: &Attachment,
    blobs: Blobs,
) -> rusqlite::Result<bool> {
    let Some(Upload { owner, created_at, .. }) = upload(connection, attachment.id)? else { return Ok(false) };
    // The uses of the upload end with it, and those of its attachment begin.
    let used: Vec<_> = blobs.all().collect();
    let claimed: Vec<BlobHash> = connection
        .prepare_cached("SELECT hash FROM blob_use WHERE attachment = ?1")?
        .query_map([key(attachment.id)], |row| Ok(BlobHash(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let unused: Vec<_> = claimed.into_iter().filter(|blob| !used.contains(blob)).collect();
    for blob in &unused {
        connection
            .prepare_cached("DELETE FROM blob_use WHERE hash = ?1 AND attachment = ?2")?
            .execute(params![blob.0, key(attachment.id)])?;
    }
    condemn_unused(connection, &unused)?;
    connection.prepare_cached("DELETE FROM upload WHERE id = ?1")?.execute([key(attachment.id)])?;
    let attachment = attachment.clone();
    insert(connection, &StoredAttachment { attachment, owner, blobs, message: None, created_at })?;
    Ok(true)
}

/// Ends an upload of a user's, or removes an attachment of theirs that is in no message.
pub(in crate::storage::sqlite) fn discard(
    connection: &Connection,
    owner: UserId,
    id: AttachmentId,
) -> rusqlite::Result<bool> {
    let exists = connection
        .prepare_cached(
            "SELECT 1 FROM upload WHERE id = ?1 AND owner = ?2 \
             UNION ALL SELECT 1 FROM attachment WHERE id = ?1 AND owner = ?2 AND conversation IS NULL",
        )?
        .exists(params![key(id), owner.0])?;
    if exists {
        remove(connection, &[id])?;
    }
    Ok(exists)
}

/// Ends the uploads and removes the attachments in no message that began before a time.
pub(in crate::storage::sqlite) fn discard_unsent(
    connection: &Connection,
    before: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<AttachmentId>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let ids: Vec<AttachmentId> = connection
        .prepare_cached(
            "SELECT id FROM (SELECT id FROM upload WHERE created_at < ?1 UNION ALL \
             SELECT id FROM attachment WHERE created_at < ?1 AND conversation IS NULL) LIMIT ?2",
        )?
        .query_map(params![before.0, limit], |row| Ok(AttachmentId(Uuid::from_bytes(row.get(0)?))))?
        .collect::<rusqlite::Result<_>>()?;
    remove(connection, &ids)?;
    Ok(ids)
}

/// Those of some attachments that a user sees.
pub(in crate::storage::sqlite) fn visible(
    connection: &Connection,
    user: UserId,
    ids: &[AttachmentId],
) -> rusqlite::Result<Vec<StoredAttachment>> {
    connection
        .prepare_cached(&format!(
            "SELECT {STORED} FROM (SELECT ?1 AS user) u \
             JOIN attachment a ON a.id IN (SELECT unhex(value) FROM json_each(?2)) WHERE {IS_VISIBLE}"
        ))?
        .query_map(params![user.0, list(ids)], stored)?
        .collect()
}

/// The id of a session.
pub(in crate::storage::sqlite) fn session_id(
    connection: &Connection,
    token: SecretHash,
) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached("SELECT id FROM session WHERE token = ?1")?
        .query_row([token], |row| row.get(0))
        .optional()
}

/// An attachment, where the user of a session sees it.
pub(in crate::storage::sqlite) fn visible_for(
    connection: &Connection,
    session: u64,
    id: AttachmentId,
) -> rusqlite::Result<Option<StoredAttachment>> {
    connection
        .prepare_cached(&format!(
            "SELECT {STORED} FROM session u JOIN attachment a ON a.id = ?2 WHERE u.id = ?1 AND {IS_VISIBLE}"
        ))?
        .query_row(params![session.min(i64::MAX.unsigned_abs()), key(id)], stored)
        .optional()
}

/// Makes another attachment, of the same blobs, of one that a user sees.
pub(in crate::storage::sqlite) fn copy(
    connection: &Connection,
    user: UserId,
    id: AttachmentId,
    copy: AttachmentId,
    at: Timestamp,
    limits: StorageLimits,
) -> rusqlite::Result<CopyOutcome> {
    let Some(found) = visible(connection, user, &[id])?.pop() else { return Ok(CopyOutcome::Unknown) };
    let decision = decide(connection, user, limits, found.attachment.bytes)?;
    if decision != StorageDecision::Allowed {
        return Ok(CopyOutcome::Refused(decision));
    }
    let attachment = Attachment { id: copy, ..found.attachment };
    let new = StoredAttachment { attachment, owner: user, message: None, created_at: at, ..found };
    insert(connection, &new)?;
    Ok(CopyOutcome::Copied(new.attachment))
}

/// Blobs that are condemned.
pub(in crate::storage::sqlite) fn condemned(
    connection: &Connection,
    limit: usize,
) -> rusqlite::Result<Vec<BlobHash>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection
        .prepare_cached("SELECT hash FROM condemned_blob LIMIT ?1")?
        .query_map([limit], |row| Ok(BlobHash(row.get(0)?)))?
        .collect()
}

/// Takes a condemned blob until a time.
pub(in crate::storage::sqlite) fn take_condemned(
    connection: &Connection,
    blob: BlobHash,
    now: Timestamp,
    until: Timestamp,
) -> rusqlite::Result<bool> {
    let taken = connection
        .prepare_cached("UPDATE condemned_blob SET taken_until = ?3 WHERE hash = ?1 AND taken_until <= ?2")?
        .execute(params![blob.0, now.0, until.0])?;
    Ok(taken > 0)
}

/// A condemned blob is removed from the store.
pub(in crate::storage::sqlite) fn forget(connection: &Connection, blob: BlobHash) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM condemned_blob WHERE hash = ?1")?.execute([blob.0])?;
    Ok(())
}

/// Condemns those of some blobs that nothing uses.
pub(in crate::storage::sqlite) fn condemn_unused(
    connection: &Connection,
    blobs: &[BlobHash],
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO condemned_blob (hash) SELECT ?1 WHERE NOT EXISTS ( \
         SELECT 1 FROM blob_use WHERE hash = ?1)",
    )?;
    for blob in blobs {
        insert.execute([blob.0])?;
    }
    Ok(())
}

/// The blobs that are used, behind one.
pub(in crate::storage::sqlite) fn used(
    connection: &Connection,
    after: Option<BlobHash>,
    limit: usize,
) -> rusqlite::Result<Vec<BlobHash>> {
    let after = after.map_or(Vec::new(), |after| after.0.to_vec());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection
        .prepare_cached("SELECT DISTINCT hash FROM blob_use WHERE hash > ?1 ORDER BY hash LIMIT ?2")?
        .query_map(params![after, limit], |row| Ok(BlobHash(row.get(0)?)))?
        .collect()
}

/// The key that signs links, made where there is none.
pub(in crate::storage::sqlite) fn link_key(
    connection: &Connection,
    new: [u8; 32],
) -> rusqlite::Result<[u8; 32]> {
    connection.execute("UPDATE settings SET link_key = ?1 WHERE link_key IS NULL", [new])?;
    connection.query_row("SELECT link_key FROM settings", [], |row| row.get(0))
}
