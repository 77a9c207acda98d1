//! Saved messages.

use confab_shared::{
    api::{MAX_SAVED, SavedCursor},
    id::{ConversationId, Seq, Timestamp, UserId},
};
use rusqlite::{Connection, params};

use super::{conversations, rows};
use crate::storage::saved::SaveOutcome;

/// A number as a column: one that no integer of SQLite's can be is nobody's, like the highest.
fn number(number: u64) -> u64 {
    number.min(i64::MAX.unsigned_abs())
}

/// Saves a message, where the user may save one more.
pub(in crate::storage::sqlite) fn insert(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    seq: Seq,
    at: Timestamp,
) -> rusqlite::Result<SaveOutcome> {
    if conversations::kind_for(connection, user, id)?.is_none() {
        return Ok(SaveOutcome::NoMember);
    }
    let key = [user.0, id.0, number(seq.0)];
    let (count, is_saved): (u64, bool) = connection
        .prepare_cached(
            "SELECT count(*), coalesce(max(conversation = ?2 AND seq = ?3), 0) FROM saved_message WHERE user = ?1",
        )?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))?;
    if is_saved {
        return Ok(SaveOutcome::Saved);
    }
    if count >= MAX_SAVED as u64 {
        return Ok(SaveOutcome::TooMany);
    }
    let [user, conversation, seq] = key;
    connection
        .prepare_cached("INSERT INTO saved_message (user, conversation, seq, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute([user, conversation, seq, at.0])?;
    Ok(SaveOutcome::Saved)
}

/// Saves a message no more.
pub(in crate::storage::sqlite) fn delete(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM saved_message WHERE user = ?1 AND conversation = ?2 AND seq = ?3")?
        .execute(params![user.0, rows::key(id), number(seq.0)])?;
    Ok(())
}

/// The saved messages of a user before a place, the last saved first.
pub(in crate::storage::sqlite) fn list(
    connection: &Connection,
    user: UserId,
    before: Option<SavedCursor>,
    limit: usize,
) -> rusqlite::Result<Vec<SavedCursor>> {
    let before = before.map(|before| [before.saved_at.0, before.conversation.0, before.seq.0].map(number));
    let [at, conversation, seq] = before.map_or([None; 3], |before| before.map(Some));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "SELECT s.at, s.conversation, s.seq FROM saved_message s \
             JOIN member m ON m.conversation = s.conversation AND m.user = s.user WHERE s.user = ?1 \
             AND (?2 IS NULL OR (s.at, s.conversation, s.seq) < (?2, ?3, ?4)) \
             ORDER BY s.at DESC, s.conversation DESC, s.seq DESC LIMIT ?5",
        )?
        .query_map(params![user.0, at, conversation, seq, limit], |row| {
            Ok(SavedCursor {
                saved_at: Timestamp(row.get(0)?),
                conversation: ConversationId(row.get(1)?),
                seq: Seq(row.get(2)?),
            })
        })?
        .collect()
}
