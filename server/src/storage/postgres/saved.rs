//! Saved messages.

use confab_shared::{
    api::SavedCursor,
    id::{ConversationId, Seq, Timestamp, UserId},
};
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::{
    columns::{Columns, limit, parameter},
    connection::{execute, query, query_opt},
    failure::Failure,
};

/// Saves a message; answers whether the user is a member of its conversation.
pub(super) async fn insert(
    client: &impl GenericClient,
    user: UserId,
    id: ConversationId,
    seq: Seq,
    at: Timestamp,
) -> Result<bool, Failure> {
    let key = (parameter(user.0), parameter(id.0), parameter(seq.0));
    let sql = "SELECT FROM member WHERE user_id = $1 AND conversation = $2";
    if query_opt(client, sql, &[&key.0, &key.1]).await?.is_none() {
        return Ok(false);
    }
    let sql = "INSERT INTO saved_message (user_id, conversation, seq, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    execute(client, sql, &[&key.0, &key.1, &key.2, &parameter(at.0)]).await?;
    Ok(true)
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
