//! Drafts of messages.

use confab_shared::{
    draft::{Draft, DraftKey},
    id::{ConversationId, Seq, Timestamp, UserId},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::conversations;
use crate::{
    domain::draft::{DraftDecision, DraftEdit, StoredDraft, decide},
    storage::drafts::DraftOutcome,
};

const COLUMNS: &str = "d.conversation, coalesce(d.text, ''), d.version, d.at";

/// The statements of the drafts of conversations, or of those of threads. The root of a thread is `?3`.
struct Table {
    one: &'static str,
    write: &'static str,
}

const CONVERSATIONS: Table = Table {
    one: "SELECT coalesce(text, ''), version, at FROM draft WHERE user = ?1 AND conversation = ?2 AND ?3 IS NULL",
    write: "INSERT INTO draft (user, conversation, text, version, at) SELECT ?1, ?2, ?4, ?5, ?6 WHERE ?3 IS NULL \
         ON CONFLICT (user, conversation) DO UPDATE SET text = excluded.text, version = excluded.version, \
         at = excluded.at",
};

const THREADS: Table = Table {
    one: "SELECT coalesce(text, ''), version, at FROM thread_draft WHERE user = ?1 AND conversation = ?2 AND root = ?3",
    write: "INSERT INTO thread_draft (user, conversation, root, text, version, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (user, conversation, root) DO UPDATE SET text = excluded.text, version = excluded.version, \
         at = excluded.at",
};

fn table(of: DraftKey) -> &'static Table {
    if of.thread.is_none() { &CONVERSATIONS } else { &THREADS }
}

/// The root of the thread as a key: one that no integer of SQLite's can be is of no thread, like the highest.
fn root(of: DraftKey) -> Option<u64> {
    of.thread.map(|root| root.0.min(i64::MAX.unsigned_abs()))
}

/// All drafts of a user that have a text, of conversations that the user is in, the last changed first.
pub(in crate::storage::sqlite) fn list(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<Vec<Draft>> {
    let joined = "JOIN member m ON m.conversation = d.conversation AND m.user = d.user \
         WHERE d.user = ?1 AND d.text IS NOT NULL";
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, NULL FROM draft d {joined} UNION ALL SELECT {COLUMNS}, d.root FROM thread_draft d {joined} \
             ORDER BY 4 DESC, 1 DESC, 5 DESC"
        ))?
        .query_map([user.0], |row| {
            Ok(Draft {
                conversation: ConversationId(row.get(0)?),
                thread: row.get::<_, Option<u64>>(4)?.map(Seq),
                text: row.get(1)?,
                version: row.get(2)?,
                at: Timestamp(row.get(3)?),
            })
        })?
        .collect()
}

/// A draft; none where the user is no member of the conversation.
pub(in crate::storage::sqlite) fn one(
    connection: &Connection,
    user: UserId,
    of: DraftKey,
) -> rusqlite::Result<Option<Draft>> {
    match conversations::kind_for(connection, user, of.conversation)? {
        Some(_) => stored(connection, user, of).map(Some),
        None => Ok(None),
    }
}

fn stored(connection: &Connection, user: UserId, of: DraftKey) -> rusqlite::Result<Draft> {
    let found = connection
        .prepare_cached(table(of).one)?
        .query_row(params![user.0, of.conversation.0, root(of)], |row| {
            Ok(Draft { text: row.get(0)?, version: row.get(1)?, at: Timestamp(row.get(2)?), ..of.blank() })
        })
        .optional()?;
    Ok(found.unwrap_or_else(|| of.blank()))
}

/// Changes a draft as `domain::draft` decides.
pub(in crate::storage::sqlite) fn change(
    connection: &Connection,
    user: UserId,
    of: DraftKey,
    edit: &DraftEdit,
    at: Timestamp,
) -> rusqlite::Result<DraftOutcome> {
    let Some(before) = one(connection, user, of)? else { return Ok(DraftOutcome::NoMember) };
    let drafts: u64 = connection
        .prepare_cached(
            "SELECT (SELECT count(*) FROM draft WHERE user = ?1 AND text IS NOT NULL) \
             + (SELECT count(*) FROM thread_draft WHERE user = ?1 AND text IS NOT NULL)",
        )?
        .query_row([user.0], |row| row.get(0))?;
    let stored = StoredDraft { version: before.version, has_text: !before.text.is_empty() };
    let (text, version) = match decide(stored, edit, usize::try_from(drafts).unwrap_or(usize::MAX)) {
        DraftDecision::Write(text, version) => (text, version),
        DraftDecision::Keep => return Ok(DraftOutcome::Kept(before)),
        DraftDecision::Conflict => return Ok(DraftOutcome::Conflict),
        DraftDecision::TooMany => return Ok(DraftOutcome::TooMany),
    };
    let given = text.as_ref().map(|text| text.as_str());
    connection.prepare_cached(table(of).write)?.execute(params![
        user.0,
        of.conversation.0,
        root(of),
        given,
        version,
        at.0
    ])?;
    let text = text.map(|text| text.to_string()).unwrap_or_default();
    Ok(DraftOutcome::Changed(Draft { text, version, at, ..of.blank() }))
}
