//! Drafts of messages.

use confab_shared::{
    draft::{Draft, DraftKey},
    id::{Seq, Timestamp, UserId},
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

/// All drafts of a user that have a text, of conversations that the user is in, the last changed first.
pub(super) async fn list(client: &impl GenericClient, user: UserId) -> Result<Vec<Draft>, Failure> {
    let joined = "JOIN member m ON m.conversation = d.conversation AND m.user_id = d.user_id \
         WHERE d.user_id = $1 AND d.text IS NOT NULL";
    let sql = format!(
        "SELECT d.conversation, d.text, d.version, d.at, 0::bigint AS root FROM draft d {joined} UNION ALL \
         SELECT d.conversation, d.text, d.version, d.at, d.root FROM thread_draft d {joined} \
         ORDER BY at DESC, conversation DESC, root DESC"
    );
    let draft = |row: &Row| {
        let mut columns = Columns::of(row);
        let mut draft = Draft {
            conversation: columns.conversation_id()?,
            text: columns.get()?,
            version: columns.number()?,
            at: columns.timestamp()?,
            thread: None,
        };
        draft.thread = Some(columns.seq()?).filter(|root| *root > Seq(0));
        Ok(draft)
    };
    query(client, &sql, &[&parameter(user.0)]).await?.iter().map(draft).collect()
}

/// A draft; none where the user is no member of the conversation.
pub(super) async fn one(
    client: &impl GenericClient,
    user: UserId,
    of: DraftKey,
) -> Result<Option<Draft>, Failure> {
    let key = (parameter(user.0), parameter(of.conversation.0), of.thread.map(|root| parameter(root.0)));
    let columns = "coalesce(d.text, ''), coalesce(d.version, 0), coalesce(d.at, 0)";
    let joined = "d.user_id = m.user_id AND d.conversation = m.conversation";
    let row = match &key.2 {
        None => {
            let sql = format!(
                "SELECT {columns} FROM member m LEFT JOIN draft d ON {joined} \
                 WHERE m.user_id = $1 AND m.conversation = $2"
            );
            query_opt(client, &sql, &[&key.0, &key.1]).await?
        }
        Some(root) => {
            let sql = format!(
                "SELECT {columns} FROM member m LEFT JOIN thread_draft d ON {joined} AND d.root = $3 \
                 WHERE m.user_id = $1 AND m.conversation = $2"
            );
            query_opt(client, &sql, &[&key.0, &key.1, root]).await?
        }
    };
    let draft = |row: &Row| {
        let mut columns = Columns::of(row);
        Ok(Draft { text: columns.get()?, version: columns.number()?, at: columns.timestamp()?, ..of.blank() })
    };
    row.as_ref().map(draft).transpose()
}

/// Changes a draft as `domain::draft` decides.
pub(super) async fn change(
    client: &mut Client,
    user: UserId,
    of: DraftKey,
    edit: &DraftEdit,
    at: Timestamp,
) -> Result<DraftOutcome, Failure> {
    let transaction = transaction(client).await?;
    // One change of a user's drafts after the other.
    let user_id = parameter(user.0);
    query_opt(&transaction, "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", &[&user_id]).await?;
    let Some(before) = one(&transaction, user, of).await? else { return Ok(DraftOutcome::NoMember) };
    let sql = "SELECT (SELECT count(*) FROM draft WHERE user_id = $1 AND text IS NOT NULL) \
         + (SELECT count(*) FROM thread_draft WHERE user_id = $1 AND text IS NOT NULL)";
    let row = query_opt(&transaction, sql, &[&user_id]).await?.ok_or_else(Failure::missing)?;
    let drafts = Columns::of(&row).number()?;
    let stored = StoredDraft { version: before.version, has_text: !before.text.is_empty() };
    let (text, version) = match decide(stored, edit, usize::try_from(drafts).unwrap_or(usize::MAX)) {
        DraftDecision::Write(text, version) => (text, version),
        DraftDecision::Keep => return Ok(DraftOutcome::Kept(before)),
        DraftDecision::Conflict => return Ok(DraftOutcome::Conflict),
        DraftDecision::TooMany => return Ok(DraftOutcome::TooMany),
    };
    let given = text.as_ref().map(|text| text.as_str());
    let id = parameter(of.conversation.0);
    let (version_given, at_given) = (parameter(version), parameter(at.0));
    match of.thread.map(|root| parameter(root.0)) {
        None => {
            let sql = "INSERT INTO draft (user_id, conversation, text, version, at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (user_id, conversation) DO UPDATE SET text = excluded.text, \
                 version = excluded.version, at = excluded.at";
            execute(&transaction, sql, &[&user_id, &id, &given, &version_given, &at_given]).await?;
        }
        Some(root) => {
            let sql = "INSERT INTO thread_draft (user_id, conversation, text, version, at, root) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, conversation, root) DO UPDATE SET \
                 text = excluded.text, version = excluded.version, at = excluded.at";
            execute(&transaction, sql, &[&user_id, &id, &given, &version_given, &at_given, &root]).await?;
        }
    }
    commit(transaction).await?;
    let text = text.map(|text| text.to_string()).unwrap_or_default();
    Ok(DraftOutcome::Changed(Draft { text, version, at, ..of.blank() }))
}
