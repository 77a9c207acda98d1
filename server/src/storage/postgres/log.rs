//! Reads the logs.

use confab_shared::id::{ConversationId, Seq, UserId};
use deadpool_postgres::{Client, GenericClient};

use super::{
    columns::{Columns, EVENT, parameter},
    connection::{query, query_opt, snapshot},
    failure::Failure,
    users,
};
use crate::{
    domain::notification::StoredEvent,
    storage::{EventRun, Range},
};

/// The newest seq of a conversation; none where the user is no member.
pub(super) async fn head_seq(
    client: &impl GenericClient,
    user: UserId,
    id: ConversationId,
) -> Result<Option<Seq>, Failure> {
    let sql = "SELECT c.head_seq FROM member m JOIN conversation c ON c.id = m.conversation \
         WHERE m.conversation = $1 AND m.user_id = $2";
    let row = query_opt(client, sql, &[&parameter(id.0), &parameter(user.0)]).await?;
    row.map(|row| Columns::of(&row).seq()).transpose()
}

/// The events from one seq to another.
async fn between(
    client: &impl GenericClient,
    id: ConversationId,
    (first, last): (Seq, Seq),
) -> Result<Vec<StoredEvent>, Failure> {
    let sql = format!(
        "SELECT {EVENT} FROM event e WHERE e.conversation = $1 AND e.seq BETWEEN $2 AND $3 ORDER BY e.seq"
    );
    let rows = query(client, &sql, &[&parameter(id.0), &parameter(first.0), &parameter(last.0)]).await?;
    rows.iter().map(|row| Columns::of(row).event()).collect()
}

pub(super) async fn events(
    client: &mut Client,
    user: UserId,
    id: ConversationId,
    range: Range,
    limit: usize,
) -> Result<Option<EventRun>, Failure> {
    let snapshot = snapshot(client).await?;
    let Some(head_seq) = head_seq(&snapshot, user, id).await? else { return Ok(None) };
    let events = between(&snapshot, id, range.bounds(head_seq, limit)).await?;
    let users = users::by_ids(&snapshot, events.iter().flat_map(|stored| stored.event.users())).await?;
    Ok(Some(EventRun { events, users, head_seq }))
}
