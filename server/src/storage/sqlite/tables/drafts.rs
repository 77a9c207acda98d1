//! Drafts of messages.

use confab_shared::{
    draft::Draft,
    id::{ConversationId, Timestamp, UserId},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::conversations;
use crate::{
    domain::draft::{DraftDecision, DraftEdit, StoredDraft, decide},
    storage::drafts::DraftOutcome,
};

const COLUMNS: &str = "d.conversation, coalesce(d.text, ''), d.version, d.at";

fn draft(row: &Row<'_>) -> rusqlite::Result<Draft> {
    Ok(Draft {
        conversation: ConversationId(row.get(0)?),
        text: row.get(1)?,
        version: row.get(2)?,
        at: Timestamp(row.get(3)?),
    })
}

/// All drafts of a user that have a text, of conversations that the user is in, the last changed first.
pub(in crate::storage::sqlite) fn list(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<Vec<Draft>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM draft d JOIN member m ON m.conversation = d.conversation AND m.user = d.user \
             WHERE d.user = ?1 AND d.text IS NOT NULL ORDER BY d.at DESC, d.conversation DESC"
        ))?
        .query_map([user.0], draft)?
        .collect()
}

/// A draft; none where the user is no member of the conversation.
pub(in crate::storage::sqlite) fn one(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
) -> rusqlite::Result<Option<Draft>> {
    match conversations::kind_for(connection, user, id)? {
        Some(_) => stored(connection, user, id).map(Some),
        None => Ok(None),
    }
}

fn stored(connection: &Connection, user: UserId, id: ConversationId) -> rusqlite::Result<Draft> {
    let found = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM draft d WHERE d.user = ?1 AND d.conversation = ?2"))?
        .query_row([user.0, id.0], draft)
        .optional()?;
    Ok(found.unwrap_or_else(|| Draft { conversation: id, ..Draft::default() }))
}

/// Changes a draft as `domain::draft` decides.
pub(in crate::storage::sqlite) fn change(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    edit: &DraftEdit,
    at: Timestamp,
) -> rusqlite::Result<DraftOutcome> {
    let Some(before) = one(connection, user, id)? else { return Ok(DraftOutcome::NoMember) };
    let drafts: u64 = connection
        .prepare_cached("SELECT count(*) FROM draft WHERE user = ?1 AND text IS NOT NULL")?
        .query_row([user.0], |row| row.get(0))?;
    let stored = StoredDraft { version: before.version, has_text: !before.text.is_empty() };
    let (text, version) = match decide(stored, edit, usize::try_from(drafts).unwrap_or(usize::MAX)) {
        DraftDecision::Write(text, version) => (text, version),
        DraftDecision::Keep => return Ok(DraftOutcome::Kept(before)),
        DraftDecision::Conflict => return Ok(DraftOutcome::Conflict),
        DraftDecision::TooMany => return Ok(DraftOutcome::TooMany),
    };
    connection
        .prepare_cached(
            "INSERT INTO draft (user, conversation, text, version, at) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (user, conversation) DO UPDATE SET text = excluded.text, version = excluded.version, \
             at = excluded.at",
        )?
        .execute(params![user.0, id.0, text.as_ref().map(|text| text.as_str()), version, at.0])?;
    let text = text.map(|text| text.to_string()).unwrap_or_default();
    Ok(DraftOutcome::Changed(Draft { conversation: id, text, version, at }))
}
