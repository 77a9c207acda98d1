//! What users decided about being added to groups, and the requests to join groups that they have. Commands make and end
//! requests: see [`super::batch`].

use confab_shared::{
    group_request::GroupRequest,
    id::{ConversationId, UserId},
    text::Title,
};
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::{
    columns::{Columns, USER, parameter},
    connection::{execute, query, query_opt},
    failure::Failure,
};

/// Whether a user is asked, as they decided.
pub(super) async fn setting(client: &impl GenericClient, user: UserId) -> Result<Option<bool>, Failure> {
    let sql = "SELECT asks_before_groups FROM users WHERE id = $1";
    match query_opt(client, sql, &[&parameter(user.0)]).await? {
        Some(row) => Columns::of(&row).get(),
        None => Ok(None),
    }
}

/// Sets whether a user is asked.
pub(super) async fn set_setting(
    client: &impl GenericClient,
    user: UserId,
    asks: bool,
) -> Result<(), Failure> {
    let sql = "UPDATE users SET asks_before_groups = $2 WHERE id = $1";
    execute(client, sql, &[&parameter(user.0), &asks]).await?;
    Ok(())
}

/// The requests that a user has not answered, the newest first.
pub(super) async fn list(client: &impl GenericClient, user: UserId) -> Result<Vec<GroupRequest>, Failure> {
    let sql = format!(
        "SELECT r.conversation, coalesce(c.title, ''), r.at, {USER} FROM group_request r \
         JOIN conversation c ON c.id = r.conversation JOIN users u ON u.id = r.made_by \
         WHERE r.user_id = $1 AND NOT r.declined ORDER BY r.at DESC, r.conversation DESC"
    );
    let request = |row: &Row| {
        let mut columns = Columns::of(row);
        Ok(GroupRequest {
            conversation: columns.conversation_id()?,
            title: Title::existing(columns.get()?),
            at: columns.timestamp()?,
            by: columns.user()?,
        })
    };
    query(client, &sql, &[&parameter(user.0)]).await?.iter().map(request).collect()
}

/// Declines a request. Answers whether there is one.
pub(super) async fn decline(
    client: &impl GenericClient,
    user: UserId,
    group: ConversationId,
) -> Result<bool, Failure> {
    let sql = "UPDATE group_request SET declined = true WHERE user_id = $1 AND conversation = $2";
    Ok(execute(client, sql, &[&parameter(user.0), &parameter(group.0)]).await? > 0)
}
