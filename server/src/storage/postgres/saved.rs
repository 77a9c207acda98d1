//! Saved messages.

use confab_shared::{
    api::{MAX_SAVED, SavedCursor},
    id::{ConversationId, Seq, Timestamp, UserId},
};
use deadpool_postgres::{Client, GenericClient};
use tokio_postgres::Row;

use super::{
    columns::{Columns, limit, parameter},
    connection::{commit, execute, query, query_opt, transaction},
    failure::Failure,
};
use crate::storage::saved::SaveOutcome;

/// Saves a message, where the user may save one more.
pub(super) async fn insert(
    client: &mut Client,
    user: UserId,
    id: ConversationId,
    seq: Seq,
    at: Timestamp,
) -> Result<SaveOutcome, Failure> {
    let transaction = transaction(client).await?;
    let key = (parameter(user.0), parameter(id.0), parameter(seq.0));
    // One save of a user's after the other.
    query_opt(&transaction, "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", &[&key.0]).await?;
    let sql = "SELECT FROM member WHERE user_id = $1 AND conversation = $2";
    if query_opt(&transaction, sql, &[&key.0, &key.1]).await?.is_none() {
        return Ok(SaveOutcome::NoMember);
    }
    let sql = "SELECT count(*), count(*) FILTER (WHERE conversation = $2 AND seq = $3) FROM saved_message WHERE user_id = $1";
    let row = query_opt(&transaction, sql, &[&key.0, &key.1, &key.2]).await?.ok_or_else(Failure::missing)?;
    let mut columns = Columns::of(&row);
    let (count, is_saved) = (columns.number()?, columns.number()? > 0);
    if is_saved {
        return Ok(SaveOutcome::Saved);
    }
    if count >= MAX_SAVED as u64 {
        return Ok(SaveOutcome::TooMany);
    }
    let sql = "INSERT INTO saved_message (user_id, conversation, seq, at) VALUES ($1, $2, $3, $4)";
    execute(&transaction, sql, &[&key.0, &key.1, &key.2, &parameter(at.0)]).await?;
    commit(transaction).await?;
    Ok(SaveOutcome::Saved)
}

/// Saves a message no more.
pub(super) async fn delete(
    client: &impl GenericClient,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> Result<(), Failure> {
    let sql = "DELETE FROM saved_message WHERE user_id = $1 AND conversation = $2 AND seq = $3";
    execute(client, sql, &[&parameter(user.0), &parameter(id.0), &parameter(seq.0)]).await?;
    Ok(())
}

/// The saved messages of a user before a place, the last saved first.
pub(super) async fn list(
    client: &impl GenericClient,
    user: UserId,
    before: Option<SavedCursor>,
    max: usize,
) -> Result<Vec<SavedCursor>, Failure> {
    let sql = "SELECT s.at, s.conversation, s.seq FROM saved_message s \
         JOIN member m ON m.conversation = s.conversation AND m.user_id = s.user_id WHERE s.user_id = $1 \
         AND ($2::bigint IS NULL OR (s.at, s.conversation, s.seq) < ($2, $3::bigint, $4::bigint)) \
         ORDER BY s.at DESC, s.conversation DESC, s.seq DESC LIMIT $5";
    let at = before.map(|before| parameter(before.saved_at.0));
    let conversation = before.map(|before| parameter(before.conversation.0));
    let seq = before.map(|before| parameter(before.seq.0));
    let rows = query(client, sql, &[&parameter(user.0), &at, &conversation, &seq, &limit(max)]).await?;
    let saved = |row: &Row| {
        let mut columns = Columns::of(row);
        Ok(SavedCursor {
            saved_at: columns.timestamp()?,
            conversation: columns.conversation_id()?,
            seq: columns.seq()?,
        })
    };
    rows.iter().map(saved).collect()
}
