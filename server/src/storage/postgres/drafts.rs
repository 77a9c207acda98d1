//! Drafts of messages.

use confab_shared::{
    draft::Draft,
    id::{ConversationId, Timestamp, UserId},
};
use deadpool_postgres::{Client, GenericClient};
use tokio_postgres::Row;

use super::{
    columns::{Columns, parameter},
    connection::{commit, execute, query, query_opt, transaction},
    failure::Failure,
};
use crate::{
    domain::draft::{DraftDecision, DraftEdit, StoredDraft, decide},
    storage::drafts::DraftOutcome,
};

fn draft(row: &Row) -> Result<Draft, Failure> {
    let mut columns = Columns::of(row);
    Ok(Draft {
        conversation: columns.conversation_id()?,
        text: columns.get()?,
        version: columns.number()?,
        at: columns.timestamp()?,
    })
}

/// All drafts of a user that have a text, of conversations that the user is in, the last changed first.
pub(super) async fn list(client: &impl GenericClient, user: UserId) -> Result<Vec<Draft>, Failure> {
    let sql = "SELECT d.conversation, d.text, d.version, d.at FROM draft d \
         JOIN member m ON m.conversation = d.conversation AND m.user_id = d.user_id \
         WHERE d.user_id = $1 AND d.text IS NOT NULL ORDER BY d.at DESC, d.conversation DESC";
    query(client, sql, &[&parameter(user.0)]).await?.iter().map(draft).collect()
}

/// A draft; none where the user is no member of the conversation.
pub(super) async fn one(
    client: &impl GenericClient,
    user: UserId,
    id: ConversationId,
) -> Result<Option<Draft>, Failure> {
    let sql = "SELECT m.conversation, coalesce(d.text, ''), coalesce(d.version, 0), coalesce(d.at, 0) FROM member m \
         LEFT JOIN draft d ON d.user_id = m.user_id AND d.conversation = m.conversation \
         WHERE m.user_id = $1 AND m.conversation = $2";
    let row = query_opt(client, sql, &[&parameter(user.0), &parameter(id.0)]).await?;
    row.as_ref().map(draft).transpose()
}

/// Changes a draft as `domain::draft` decides.
pub(super) async fn change(
    client: &mut Client,
    user: UserId,
    id: ConversationId,
    edit: &DraftEdit,
    at: Timestamp,
) -> Result<DraftOutcome, Failure> {
    let transaction = transaction(client).await?;
    // One change of a user's drafts after the other.
    let user_id = parameter(user.0);
    query_opt(&transaction, "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", &[&user_id]).await?;
    let Some(before) = one(&transaction, user, id).await? else { return Ok(DraftOutcome::NoMember) };
    let sql = "SELECT count(*) FROM draft WHERE user_id = $1 AND text IS NOT NULL";
    let row = query_opt(&transaction, sql, &[&user_id]).await?.ok_or_else(Failure::missing)?;
    let drafts = Columns::of(&row).number()?;
    let stored = StoredDraft { version: before.version, has_text: !before.text.is_empty() };
    let (text, version) = match decide(stored, edit, usize::try_from(drafts).unwrap_or(usize::MAX)) {
        DraftDecision::Write(text, version) => (text, version),
        DraftDecision::Keep => return Ok(DraftOutcome::Kept(before)),
        DraftDecision::Conflict => return Ok(DraftOutcome::Conflict),
        DraftDecision::TooMany => return Ok(DraftOutcome::TooMany),
    };
    let sql = "INSERT INTO draft (user_id, conversation, text, version, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (user_id, conversation) DO UPDATE SET text = excluded.text, version = excluded.version, \
         at = excluded.at";
    let given = text.as_ref().map(|text| text.as_str());
    let parameters = (parameter(id.0), parameter(version), parameter(at.0));
    execute(&transaction, sql, &[&user_id, &parameters.0, &given, &parameters.1, &parameters.2]).await?;
    commit(transaction).await?;
    let text = text.map(|text| text.to_string()).unwrap_or_default();
    Ok(DraftOutcome::Changed(Draft { conversation: id, text, version, at }))
}
