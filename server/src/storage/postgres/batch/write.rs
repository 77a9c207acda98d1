//! Writes what a batch did and commits it: in one round trip, by statements that each take all rows at once.

use confab_shared::{
    conversation::{Conversation, LastMessage},
    id::{ConversationId, Seq, UserId},
    message::{Message, Stamp},
    text::{Title, Topic},
};
use deadpool_postgres::Client;
use serde::Serialize;
use tokio_postgres::types::Json;

use super::{
    conversation::WorkingConversation,
    message::WorkingMessage,
    pipeline::{self, Query},
    working_set::{NewEvent, WorkingSet},
};
use crate::{
    domain::notification::StoredEvent,
    storage::postgres::{
        columns::{kind_number, member_role_number, parameter},
        failure::Failure,
    },
};

const NEW_CONVERSATIONS: &str = "INSERT INTO conversation (id, kind, low, high, last_activity_at) \
     SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[])";

const CONVERSATIONS: &str = "UPDATE conversation c SET title = k.title, topic = k.topic, member_count = k.member_count, \
     members_version = k.members_version, head_seq = k.head_seq, message_count = k.message_count, \
     deleted_count = k.deleted_count, last_activity_at = k.last_activity_at, last_seq = k.last_seq, \
     last_by = k.last_by, last_at = k.last_at, last_text = k.last_text, furthest_read_seq = k.furthest_read_seq, \
     furthest_reader = k.furthest_reader, second_read_seq = k.second_read_seq \
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], \
     $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::bigint[], \
     $15::bigint[], $16::bigint[]) k (id, title, topic, member_count, members_version, head_seq, message_count, \
     deleted_count, last_activity_at, last_seq, last_by, last_at, last_text, furthest_read_seq, furthest_reader, \
     second_read_seq) WHERE c.id = k.id";

const REMOVED_MEMBERS: &str = "DELETE FROM member m USING unnest($1::bigint[], $2::bigint[]) k (id, user_id) \
     WHERE m.conversation = k.id AND m.user_id = k.user_id";

const MEMBERS: &str = "INSERT INTO member (conversation, user_id, role, takes_part, read_seq, read_ordinal) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::boolean[], $5::bigint[], $6::bigint[]) \
     ON CONFLICT (conversation, user_id) DO UPDATE SET role = excluded.role, takes_part = excluded.takes_part, \
     read_seq = excluded.read_seq, read_ordinal = excluded.read_ordinal";

const EVENTS: &str = "INSERT INTO event (conversation, seq, at, by, ordinal, target, client_id, kind, body, legacy) \
     SELECT k.conversation, k.seq, k.at, k.by, k.ordinal, k.target, k.client_id, k.kind, k.body::json, k.legacy \
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::uuid[], \
     $8::text[], $9::text[], $10::text[]) k (conversation, seq, at, by, ordinal, target, client_id, kind, body, legacy)";

const REDACTED: &str = "UPDATE event e SET body = k.body::json, legacy = NULL \
     FROM unnest($1::bigint[], $2::bigint[], $3::text[]) k (conversation, seq, body) \
     WHERE e.conversation = k.conversation AND e.seq = k.seq";

const UNCHANGED: &str = "INSERT INTO unchanged_command (client_id, sender, conversation, seq, at) \
     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])";

const MESSAGE_CHANGES: &str = "INSERT INTO message_change AS c (conversation, seq, edited_at, text, mentions, mentioned, \
     emoji, deleted_at, deleted_by) SELECT k.conversation, k.seq, k.edited_at, k.text, k.mentions, k.mentioned, \
     k.emoji, k.deleted_at, k.deleted_by FROM json_to_recordset($1) k (conversation bigint, seq bigint, \
     edited_at bigint, text text, mentions json, mentioned json, emoji json, deleted_at bigint, deleted_by bigint) \
     ON CONFLICT (conversation, seq) DO UPDATE SET edited_at = excluded.edited_at, text = excluded.text, \
     mentions = excluded.mentions, mentioned = excluded.mentioned, emoji = excluded.emoji, \
     deleted_at = excluded.deleted_at, deleted_by = excluded.deleted_by";

const UNPINNED: &str = "DELETE FROM pin p USING unnest($1::bigint[], $2::bigint[]) k (id, seq) \
     WHERE p.conversation = k.id AND p.seq = k.seq";

const PINS: &str = "INSERT INTO pin (conversation, seq, at, by) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])";

const CLEARED_REACTIONS: &str = "DELETE FROM reaction r USING unnest($1::bigint[], $2::bigint[]) k (id, seq) \
     WHERE r.conversation = k.id AND r.seq = k.seq";

const REMOVED_REACTIONS: &str = "DELETE FROM reaction r \
     USING unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) k (id, seq, emoji, user_id) \
     WHERE r.conversation = k.id AND r.seq = k.seq AND r.emoji = k.emoji AND r.user_id = k.user_id";

const REACTIONS: &str = "INSERT INTO reaction (conversation, seq, emoji, user_id, event) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[])";

const MESSAGE_EVENTS: &str = "INSERT INTO message_event (conversation, message, seq) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) ON CONFLICT DO NOTHING";

const READ_MENTIONS: &str = "DELETE FROM mention m USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) k (id, user_id, event) \
     WHERE m.user_id = k.user_id AND m.conversation = k.id AND m.event <= k.event";

const REMOVED_MENTIONS: &str = "DELETE FROM mention m USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) k (id, user_id, seq) \
     WHERE m.user_id = k.user_id AND m.conversation = k.id AND m.seq = k.seq";

const MENTIONS: &str = "INSERT INTO mention (conversation, user_id, seq, event) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])";

/// Writes what a batch did, and commits the transaction.
///
/// # Errors
/// The database's. Where the connection is lost, the transaction may be committed all the same.
pub(in crate::storage::postgres) async fn commit(client: &Client, set: &WorkingSet) -> Result<(), Failure> {
    let mut queries = Vec::new();
    conversations(set, &mut queries);
    members(set, &mut queries);
    events(set, &mut queries)?;
    messages(set, &mut queries)?;
    reactions(set, &mut queries);
    mentions(set, &mut queries);
    queries.push(Query::new("COMMIT"));
    pipeline::execute(client, &queries).await?;
    Ok(())
}

/// Columns of numbers, of rows of them.
fn transposed<const N: usize>(rows: impl Iterator<Item = [i64; N]>) -> [Vec<i64>; N] {
    let mut columns = [const { Vec::new() }; N];
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    columns
}

/// Adds a statement whose first parameters are columns of numbers, unless there is no row.
fn push<'s, const N: usize>(
    queries: &mut Vec<Query<'s>>,
    sql: &'s str,
    rows: impl Iterator<Item = [i64; N]>,
    rest: impl FnOnce(Query<'s>) -> Query<'s>,
) {
    let columns = transposed(rows);
    if columns.iter().all(Vec::is_empty) {
        return;
    }
    let query = columns.into_iter().fold(Query::new(sql), Query::with);
    queries.push(rest(query));
}

fn no_more<'s>(query: Query<'s>) -> Query<'s> {
    query
}

fn user(id: UserId) -> i64 {
    parameter(id.0)
}

fn at(seq: Seq) -> i64 {
    parameter(seq.0)
}

fn id_of(id: ConversationId) -> i64 {
    parameter(id.0)
}

fn conversations<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) {
    let new: Vec<_> = set.conversations.values().filter(|one| one.is_new).collect();
    if !new.is_empty() {
        let column = |of: fn(&WorkingConversation) -> i64| new.iter().map(|one| of(one)).collect::<Vec<_>>();
        let kinds: Vec<_> = new.iter().map(|one| kind_number(one.conversation.kind)).collect();
        let lows: Vec<_> = new.iter().map(|one| one.pair.map(|(low, _)| user(low))).collect();
        let highs: Vec<_> = new.iter().map(|one| one.pair.map(|(_, high)| user(high))).collect();
        let query = Query::new(NEW_CONVERSATIONS).with(column(|one| id_of(one.conversation.id)));
        let query = query.with(kinds).with(lows).with(highs);
        queries.push(query.with(column(|one| parameter(one.conversation.last_activity_at.0))));
    }
    let changed: Vec<_> = set.conversations.values().filter(|one| one.changed).collect();
    if changed.is_empty() {
        return;
    }
    let column = |of: fn(&WorkingConversation) -> u64| -> Vec<i64> {
        changed.iter().map(|one| parameter(of(one))).collect()
    };
    let last = |of: fn(&LastMessage) -> u64| -> Vec<Option<i64>> {
        changed
            .iter()
            .map(|one| one.conversation.last_message.as_ref().map(|last| parameter(of(last))))
            .collect()
    };
    let text = |of: fn(&Conversation) -> Option<&str>| -> Vec<Option<&'s str>> {
        changed.iter().map(|one| of(&one.conversation)).collect()
    };
    queries.push(
        Query::new(CONVERSATIONS)
            .with(column(|one| one.conversation.id.0))
            .with(text(|one| one.title.as_ref().map(Title::as_str)))
            .with(text(|one| one.topic.as_ref().map(Topic::as_str)))
            .with(column(|one| one.conversation.member_count))
            .with(column(|one| one.members.version))
            .with(column(|one| one.conversation.head_seq.0))
            .with(column(|one| one.conversation.message_count))
            .with(column(|one| one.conversation.deleted_count))
            .with(column(|one| one.conversation.last_activity_at.0))
            .with(last(|last| last.seq.0))
            .with(last(|last| last.by.0))
            .with(last(|last| last.at.0))
            .with(text(|one| one.last_message.as_ref().map(|last| last.text.as_str())))
            .with(column(|one| one.readers.furthest.0))
            .with(column(|one| one.readers.by.0))
            .with(column(|one| one.readers.second.0)),
    );
}

fn members<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) {
    let all = || set.conversations.values().map(|one| (id_of(one.conversation.id), one));
    let removed = all().flat_map(|(id, one)| one.removed.iter().map(move |gone| [id, user(*gone)]));
    push(queries, REMOVED_MEMBERS, removed, no_more);
    let changed =
        all().flat_map(|(id, one)| one.positions.iter().map(move |(user, member)| (id, user, member)));
    let changed: Vec<_> = changed.filter(|(.., member)| member.changed).collect();
    if changed.is_empty() {
        return;
    }
    let [ids, users] = transposed(changed.iter().map(|(id, member, _)| [*id, user(**member)]));
    let [seqs, ordinals] = transposed(
        changed
            .iter()
            .map(|(.., member)| [at(member.position.read_seq), parameter(member.position.read_ordinal)]),
    );
    let roles: Vec<_> = changed.iter().map(|(.., member)| member_role_number(member.is_admin)).collect();
    let takes_part: Vec<_> = changed.iter().map(|(.., member)| member.takes_part).collect();
    let query = Query::new(MEMBERS).with(ids).with(users).with(roles).with(takes_part);
    queries.push(query.with(seqs).with(ordinals));
}

fn body(stored: &StoredEvent) -> Result<String, Failure> {
    serde_json::to_string(&stored.event.body).map_err(Failure::corrupt)
}

fn events<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) -> Result<(), Failure> {
    let new = &set.events;
    let bodies = new.iter().map(|new| body(&new.stored)).collect::<Result<Vec<_>, _>>()?;
    let numbers = new.iter().map(|NewEvent { stored, ordinal, .. }| {
        let event = &stored.event;
        [id_of(event.conversation), at(event.seq), parameter(event.at.0), user(event.by), parameter(*ordinal)]
    });
    push(queries, EVENTS, numbers, |query| {
        let events = || new.iter().map(|new| &new.stored);
        query
            .with(events().map(|stored| stored.event.body.target().map(at)).collect::<Vec<_>>())
            .with(events().map(|stored| stored.event.client_id.map(|id| id.0)).collect::<Vec<_>>())
            .with(events().map(|stored| stored.event.body.kind().name()).collect::<Vec<_>>())
            .with(bodies)
            .with(events().map(|stored| stored.legacy.as_deref()).collect::<Vec<_>>())
    });
    let redacted = &set.redacted;
    let bodies = redacted.iter().map(body).collect::<Result<Vec<_>, _>>()?;
    let keys = redacted.iter().map(|stored| [id_of(stored.event.conversation), at(stored.event.seq)]);
    push(queries, REDACTED, keys, |query| query.with(bodies));
    if !set.unchanged.is_empty() {
        let ids: Vec<_> = set.unchanged.iter().map(|(_, client_id, _)| client_id.0).collect();
        let numbers = set.unchanged.iter().map(|(sender, _, position)| {
            [user(*sender), id_of(position.conversation), at(position.seq), parameter(position.at.0)]
        });
        queries.push(transposed(numbers).into_iter().fold(Query::new(UNCHANGED).with(ids), Query::with));
    }
    Ok(())
}

/// A row of `message_change`.
#[derive(Serialize)]
struct ChangeRow<'m> {
    conversation: ConversationId,
    seq: Seq,
    edited_at: Option<u64>,
    text: Option<&'m str>,
    mentions: Option<&'m [UserId]>,
    mentioned: Option<&'m [UserId]>,
    emoji: Vec<&'m str>,
    deleted_at: Option<u64>,
    deleted_by: Option<UserId>,
}

impl<'m> ChangeRow<'m> {
    fn of(conversation: ConversationId, working: &'m WorkingMessage) -> Self {
        let Message { seq, text, mentions, edited_at, deleted, .. } = &working.message;
        Self {
            conversation,
            seq: *seq,
            edited_at: edited_at.map(|at| at.0),
            text: edited_at.map(|_| text.as_str()),
            mentions: edited_at.map(|_| mentions.as_slice()),
            mentioned: edited_at.map(|_| working.mentioned.as_slice()),
            emoji: working.emoji.iter().map(|emoji| emoji.as_str()).collect(),
            deleted_at: deleted.map(|stamp| stamp.at.0),
            deleted_by: deleted.map(|stamp| stamp.by),
        }
    }
}

fn messages<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) -> Result<(), Failure> {
    let all = || {
        let all = set.conversations.values();
        all.flat_map(|one| one.messages.values().map(|message| (one.conversation.id, message)))
    };
    let changed = all().filter(|(_, message)| message.changed);
    let changes: Vec<_> = changed.map(|(id, message)| ChangeRow::of(id, message)).collect();
    if !changes.is_empty() {
        let rows = serde_json::to_value(&changes).map_err(Failure::corrupt)?;
        queries.push(Query::new(MESSAGE_CHANGES).with(Json(rows)));
    }
    let pins = || all().filter(|(_, message)| message.pin_changed);
    push(queries, UNPINNED, pins().map(|(id, one)| [id_of(id), at(one.message.seq)]), no_more);
    let pinned = pins().filter_map(|(id, one)| {
        let Stamp { at: pinned_at, by } = one.message.pinned?;
        Some([id_of(id), at(one.message.seq), parameter(pinned_at.0), user(by)])
    });
    push(queries, PINS, pinned, no_more);
    let named = set.message_events.iter().map(|(id, message, event)| [id_of(*id), at(*message), at(*event)]);
    push(queries, MESSAGE_EVENTS, named, no_more);
    Ok(())
}

fn reactions<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) {
    let all = || set.conversations.values().map(|one| (id_of(one.conversation.id), &one.reactions));
    let cleared = all().flat_map(|(id, reactions)| reactions.cleared.iter().map(move |seq| [id, at(*seq)]));
    push(queries, CLEARED_REACTIONS, cleared, no_more);
    let changed = all().flat_map(|(id, reactions)| reactions.changed.iter().map(move |change| (id, change)));
    let changed: Vec<_> = changed.collect();
    if changed.is_empty() {
        return;
    }
    let [ids, seqs, users] =
        transposed(changed.iter().map(|(id, ((seq, _, by), _))| [*id, at(*seq), user(*by)]));
    let emoji: Vec<&str> = changed.iter().map(|(_, ((_, emoji, _), _))| emoji.as_str()).collect();
    queries.push(Query::new(REMOVED_REACTIONS).with(ids).with(seqs).with(emoji).with(users));
    let added: Vec<_> =
        changed.iter().filter_map(|(id, (key, event))| Some((*id, *key, (**event)?))).collect();
    if added.is_empty() {
        return;
    }
    let [ids, seqs] = transposed(added.iter().map(|(id, (seq, ..), _)| [*id, at(*seq)]));
    let [users, events] = transposed(added.iter().map(|(_, (.., by), event)| [user(*by), at(*event)]));
    let emoji: Vec<&str> = added.iter().map(|(_, (_, emoji, _), _)| emoji.as_str()).collect();
    queries.push(Query::new(REACTIONS).with(ids).with(seqs).with(emoji).with(users).with(events));
}

fn mentions<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) {
    let all = || set.conversations.values().map(|one| (id_of(one.conversation.id), &one.mentions));
    let read = all()
        .flat_map(|(id, changes)| changes.read.iter().map(move |(by, event)| [id, user(*by), at(*event)]));
    push(queries, READ_MENTIONS, read, no_more);
    let removed = all()
        .flat_map(|(id, changes)| changes.removed.iter().map(move |(by, seq)| [id, user(*by), at(*seq)]));
    push(queries, REMOVED_MENTIONS, removed, no_more);
    let added = all().flat_map(|(id, changes)| {
        changes.added.iter().map(move |((by, seq), event)| [id, user(*by), at(*seq), at(*event)])
    });
    push(queries, MENTIONS, added, no_more);
}
