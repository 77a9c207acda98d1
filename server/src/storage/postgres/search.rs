//! Searches messages, and keeps the index of their terms: rows with a `tsvector` that has no positions and a GIN index. It
//! proposes messages, and what they are now decides.

use std::collections::BTreeMap;

use confab_shared::{
    event::EventBody,
    id::{ConversationId, Seq, UserId},
    message::Message,
};
use deadpool_postgres::{Client, GenericClient, Transaction};
use tokio_postgres::types::ToSql;

use super::{
    columns::{Columns, limit, parameter},
    connection::{execute, query, query_opt, snapshot, transaction},
    failure::Failure,
    log, messages, users,
};
use crate::{
    domain::{
        search::{HitKey, Search, Window},
        search_terms::{self, Condition, VERSION},
    },
    storage::search::{IndexProgress, SearchRun},
};

/// The advisory lock of who indexes.
const INDEX_LOCK: i64 = 0x0c0f_ab02;

/// The most events of one transaction.
const MAX_EVENTS: u64 = 1_000;

/// The most conversations of one transaction.
const MAX_CONVERSATIONS: usize = 500;

/// How many proposals are read at once.
const PROPOSALS: usize = 100;

/// How many messages a search reads.
const MAX_READS: usize = 400;

/// The longest that a statement of a search may take, in milliseconds: its connection is one of few.
const MAX_STATEMENT_MS: u32 = 5_000;

/// Searches the messages that a user may see.
pub(super) async fn search(client: &mut Client, user: UserId, search: &Search) -> Result<SearchRun, Failure> {
    let conditions = search_terms::of_search(search);
    let is_empty = |condition: &Condition| matches!(condition, Condition::OneOf(terms) if terms.is_empty());
    let conversations = search.conversations();
    if search.matcher.is_empty()
        || conditions.iter().any(is_empty)
        || conversations.as_ref().is_some_and(Vec::is_empty)
    {
        return Ok(SearchRun::default());
    }
    let snapshot = snapshot(client).await?;
    // How many rows a term is in decides between the index of terms and that of times.
    let settings = format!(
        "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL statement_timeout = {MAX_STATEMENT_MS}"
    );
    snapshot.batch_execute(&settings).await?;
    let proposals = Proposals {
        user: parameter(user.0),
        terms: expression(&conditions),
        conversations: conversations.map(|ids| ids.iter().map(|id| parameter(id.0)).collect()),
        first: parameter(search.times().0.0),
        until: search.times().1.map(|until| parameter(until.0)),
    };
    let mut window = Window::new(search);
    let (mut before, mut read) = (search.before, 0);
    let reached = loop {
        let keys = proposals.before(&snapshot, before).await?;
        let found = messages::of_keys(&snapshot, &pairs(&keys)).await?;
        for key in &keys {
            if let Some(message) = found.get(&(key.conversation, key.seq)) {
                window.offer(*key, message.clone());
            }
        }
        read += keys.len();
        before = keys.last().copied().or(before);
        if keys.len() < PROPOSALS {
            break None;
        }
        if window.is_full() || read >= MAX_READS {
            break before;
        }
    };
    let page = window.page(reached);
    let users = users::by_ids(&snapshot, page.hits.iter().flat_map(|(_, message)| message.users())).await?;
    Ok(SearchRun { page, users })
}

fn pairs(keys: &[HitKey]) -> Vec<(ConversationId, Seq)> {
    keys.iter().map(|key| (key.conversation, key.seq)).collect()
}

/// What messages are proposed by.
struct Proposals {
    user: i64,
    terms: Option<String>,
    conversations: Option<Vec<i64>>,
    first: i64,
    until: Option<i64>,
}

impl Proposals {
    /// The newest before a place.
    async fn before(
        &self,
        client: &impl GenericClient,
        before: Option<HitKey>,
    ) -> Result<Vec<HitKey>, Failure> {
        let mut sql = "SELECT d.at, d.conversation, d.seq FROM search_document d \
             JOIN member m ON m.conversation = d.conversation AND m.user_id = $1 WHERE d.at >= $2"
            .to_owned();
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&self.user, &self.first];
        let mut add = |parameters: &mut Vec<&(dyn ToSql + Sync)>, condition: &str| {
            // `?` stands for the parameter that was added last.
            sql.push_str(&condition.replace('?', &format!("${}", parameters.len())));
        };
        if let Some(terms) = &self.terms {
            parameters.push(terms);
            add(&mut parameters, " AND d.terms @@ ?::text::tsquery");
        }
        if let Some(conversations) = &self.conversations {
            parameters.push(conversations);
            add(&mut parameters, " AND d.conversation = ANY(?::bigint[])");
        }
        if let Some(until) = &self.until {
            parameters.push(until);
            add(&mut parameters, " AND d.at < ?");
        }
        let place =
            before.map(|key| (parameter(key.at.0), parameter(key.conversation.0), parameter(key.seq.0)));
        if let Some((at, conversation, seq)) = &place {
            parameters.push(at);
            add(&mut parameters, " AND (d.at, d.conversation, d.seq) < (?");
            parameters.push(conversation);
            add(&mut parameters, ", ?");
            parameters.push(seq);
            add(&mut parameters, ", ?)");
        }
        sql.push_str(&format!(" ORDER BY d.at DESC, d.conversation DESC, d.seq DESC LIMIT {PROPOSALS}"));
        let rows = query(client, &sql, &parameters).await?;
        let key = |row| {
            let mut columns = Columns::of(row);
            Ok(HitKey {
                at: columns.timestamp()?,
                conversation: columns.conversation_id()?,
                seq: columns.seq()?,
            })
        };
        rows.iter().map(key).collect()
    }
}

/// Conditions in the language of Postgres; none where they ask for no term.
fn expression(conditions: &[Condition]) -> Option<String> {
    let quoted = |term: &String| format!("'{term}'");
    let part = |condition: &Condition| match condition {
        Condition::Term(term) => quoted(term),
        Condition::Prefix(prefix) => format!("{}:*", quoted(prefix)),
        Condition::OneOf(terms) => {
            format!("({})", terms.iter().map(quoted).collect::<Vec<_>>().join(" | "))
        }
        Condition::Not(term) => format!("!{}", quoted(term)),
    };
    // One that asks only for what is not there would read the whole index of terms.
    let asks = conditions.iter().any(|condition| !matches!(condition, Condition::Not(_)));
    asks.then(|| conditions.iter().map(part).collect::<Vec<_>>().join(" & "))
}

/// The direct conversation of two users.
pub(super) async fn direct_with(
    client: &impl GenericClient,
    user: UserId,
    other: UserId,
) -> Result<Option<ConversationId>, Failure> {
    let sql = "SELECT id FROM conversation WHERE low = $1 AND high = $2";
    let (low, high) = (parameter(user.min(other).0), parameter(user.max(other).0));
    let row = query_opt(client, sql, &[&low, &high]).await?;
    row.map(|row| Columns::of(&row).conversation_id()).transpose()
}

/// Empties the index.
pub(super) async fn drop_index(client: &mut Client) -> Result<(), Failure> {
    let transaction = transaction(client).await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&INDEX_LOCK]).await?;
    empty(&transaction).await?;
    Ok(transaction.commit().await?)
}

async fn empty(transaction: &Transaction<'_>) -> Result<(), Failure> {
    Ok(transaction.batch_execute("TRUNCATE search_document, search_progress").await?)
}

/// Indexes a part of what is not indexed yet, where no other node does.
pub(super) async fn index(client: &mut Client) -> Result<IndexProgress, Failure> {
    let behind = behind(client).await?;
    let transaction = transaction(client).await?;
    let sql = "SELECT pg_try_advisory_xact_lock($1)";
    let row = transaction.query_one(sql, &[&INDEX_LOCK]).await?;
    let has_lock: bool = row.try_get(0)?;
    if !has_lock {
        return Ok(IndexProgress { behind, gives_way: true });
    }
    let known = i32::try_from(VERSION).unwrap_or(i32::MAX);
    let row = transaction.query_one("SELECT version FROM search_version", &[]).await?;
    let version: i32 = row.try_get(0)?;
    if version > known {
        // A newer node indexes.
        return Ok(IndexProgress { behind, gives_way: true });
    }
    if version < known {
        empty(&transaction).await?;
        transaction.execute("UPDATE search_version SET version = $1", &[&known]).await?;
    }
    let mut indexed = 0;
    for (id, after, head) in left(&transaction).await? {
        if indexed >= MAX_EVENTS {
            break;
        }
        let last = Seq(head.0.min(after.0 + (MAX_EVENTS - indexed)));
        index_events(&transaction, id, (after.next(), last)).await?;
        indexed += last.0 - after.0;
    }
    if indexed > 0 || version < known {
        transaction.commit().await?;
    }
    Ok(IndexProgress { behind: behind.saturating_sub(indexed), gives_way: false })
}

/// How many events are not indexed.
async fn behind(client: &impl GenericClient) -> Result<u64, Failure> {
    let sql = "SELECT coalesce(sum(c.head_seq - coalesce(p.seq, 0)), 0)::bigint FROM conversation c \
         LEFT JOIN search_progress p ON p.conversation = c.id WHERE c.head_seq > coalesce(p.seq, 0)";
    let row = query_opt(client, sql, &[]).await?.ok_or_else(Failure::missing)?;
    Columns::of(&row).number()
}

/// Conversations that are not indexed up to their heads, each with its progress and its head.
async fn left(client: &impl GenericClient) -> Result<Vec<(ConversationId, Seq, Seq)>, Failure> {
    let sql = "SELECT c.id, coalesce(p.seq, 0), c.head_seq FROM conversation c \
         LEFT JOIN search_progress p ON p.conversation = c.id WHERE c.head_seq > coalesce(p.seq, 0) LIMIT $1";
    let rows = query(client, sql, &[&limit(MAX_CONVERSATIONS)]).await?;
    let left = |row| {
        let mut columns = Columns::of(row);
        Ok((columns.conversation_id()?, columns.seq()?, columns.seq()?))
    };
    rows.iter().map(left).collect()
}

async fn index_events(
    transaction: &Transaction<'_>,
    id: ConversationId,
    (first, last): (Seq, Seq),
) -> Result<(), Failure> {
    let mut documents: BTreeMap<Seq, Option<Message>> = BTreeMap::new();
    let mut changed = Vec::new();
    for stored in log::between(transaction, id, (first, last)).await? {
        let event = stored.event;
        if let EventBody::Posted(posted) = &event.body {
            documents.insert(event.seq, Some(Message::new(&event, posted)));
        }
        if let Some(content) = event.body.content() {
            changed.extend(content.target().into_iter().chain(content.changed_root()));
        }
    }
    if !changed.is_empty() {
        changed.sort_unstable();
        changed.dedup();
        documents.extend(changed.iter().map(|seq| (*seq, None)));
        let now = messages::of_seqs(transaction, id, &changed).await?.into_iter();
        documents.extend(now.filter(|m| m.deleted.is_none()).map(|message| (message.seq, Some(message))));
    }
    let conversation = parameter(id.0);
    let deleted: Vec<_> =
        documents.iter().filter(|(_, message)| message.is_none()).map(|(seq, _)| parameter(seq.0)).collect();
    if !deleted.is_empty() {
        let sql = "DELETE FROM search_document WHERE conversation = $1 AND seq = ANY($2)";
        execute(transaction, sql, &[&conversation, &deleted]).await?;
    }
    let (mut seqs, mut times, mut flags, mut terms) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for message in documents.into_values().flatten() {
        let of_message = search_terms::flags(&message);
        seqs.push(parameter(message.seq.0));
        times.push(parameter(message.at.0));
        flags.push(i16::from(of_message));
        let quoted =
            search_terms::of_message(id, &message, of_message).into_iter().map(|term| format!("'{term}'"));
        terms.push(quoted.collect::<Vec<_>>().join(" "));
    }
    if !seqs.is_empty() {
        let sql = "INSERT INTO search_document (conversation, seq, at, flags, terms) \
             SELECT $1, d.seq, d.at, d.flags, d.terms::tsvector \
             FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::text[]) AS d (seq, at, flags, terms) \
             ON CONFLICT (conversation, seq) DO UPDATE SET flags = excluded.flags, terms = excluded.terms";
        execute(transaction, sql, &[&conversation, &seqs, &times, &flags, &terms]).await?;
    }
    let sql = "INSERT INTO search_progress (conversation, seq) VALUES ($1, $2) \
         ON CONFLICT (conversation) DO UPDATE SET seq = excluded.seq";
    execute(transaction, sql, &[&conversation, &parameter(last.0)]).await?;
    Ok(())
}
