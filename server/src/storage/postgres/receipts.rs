//! Who has read a message, as far as people share that.

use confab_shared::{
    api::Reader,
    id::{ConversationId, Seq, UserId},
};
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::{
    columns::{Columns, USER, limit, parameter},
    connection::{execute, query, query_opt},
    failure::Failure,
};
use crate::storage::receipts::ReaderRun;

/// Whether a user shares their read positions.
pub(super) async fn shares(client: &impl GenericClient, user: UserId) -> Result<bool, Failure> {
    let sql = "SELECT shares_read_positions FROM users WHERE id = $1";
    match query_opt(client, sql, &[&parameter(user.0)]).await? {
        Some(row) => Columns::of(&row).get(),
        None => Ok(true),
    }
}

/// Sets whether a user shares their read positions.
pub(super) async fn set_shares(
    client: &impl GenericClient,
    user: UserId,
    shares: bool,
) -> Result<(), Failure> {
    let sql = "UPDATE users SET shares_read_positions = $2 WHERE id = $1";
    execute(client, sql, &[&parameter(user.0), &shares]).await?;
    Ok(())
}

/// The members who have read up to a seq; none where the one who asks is no member.
pub(super) async fn readers(
    client: &impl GenericClient,
    user: UserId,
    id: ConversationId,
    seq: Seq,
    after: UserId,
    max: usize,
) -> Result<Option<ReaderRun>, Failure> {
    let key = (parameter(id.0), parameter(user.0));
    let sql = "SELECT FROM member WHERE conversation = $1 AND user_id = $2";
    if query_opt(client, sql, &[&key.0, &key.1]).await?.is_none() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT {USER}, m.read_seq FROM member m JOIN users u ON u.id = m.user_id WHERE m.conversation = $1 AND m.user_id <> $2 \
         AND m.user_id > $3 AND m.read_seq >= $4 AND m.takes_part AND u.shares_read_positions ORDER BY u.id LIMIT $5"
    );
    let bounds = (parameter(after.0), parameter(seq.0), limit(max).saturating_add(1));
    let rows = query(client, &sql, &[&key.0, &key.1, &bounds.0, &bounds.1, &bounds.2]).await?;
    let reader = |row: &Row| {
        let mut columns = Columns::of(row);
        Ok(Reader { user: columns.user()?, read_seq: columns.seq()? })
    };
    let readers = rows.iter().take(max).map(reader).collect::<Result<_, Failure>>()?;
    Ok(Some(ReaderRun { readers, more: rows.len() > max }))
}
