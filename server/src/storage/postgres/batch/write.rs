//! Writes what a batch did and commits it: in one round trip, by statements that each take all rows at once.

mod changes;
mod rows;
mod threads;

use confab_shared::{
    conversation::{Conversation, LastMessage},
    text::{Title, Topic},
};
use deadpool_postgres::Client;

use self::rows::{at, id_of, no_more, push, transposed, user};
use super::{
    conversation::WorkingConversation,
    pipeline::{self, Query},
    requests::Requests,
    working_set::{NewEvent, WorkingSet},
};
use crate::{
    domain::notification::StoredEvent,
    storage::postgres::{
        attachment_statements::{END_USES, LOCK_USED, REMOVE, SET_MESSAGE},
        columns::{kind_number, member_role_number, parameter},
        failure::Failure,
    },
};

const NEW_CONVERSATIONS: &str = "INSERT INTO conversation (id, kind, low, high, last_activity_at) \
     SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[])";

const CONVERSATIONS: &str = "UPDATE conversation c SET title = k.title, topic = k.topic, member_count = k.member_count, \
     members_version = k.members_version, head_seq = k.head_seq, message_count = k.message_count, \
     deleted_count = k.deleted_count, last_activity_at = k.last_activity_at, last_seq = k.last_seq, \
     last_by = k.last_by, last_at = k.last_at, last_text = k.last_text, \
     last_attachments = k.last_attachments::json, furthest_read_seq = k.furthest_read_seq, \
     furthest_reader = k.furthest_reader, second_read_seq = k.second_read_seq \
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], \
     $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::bigint[], \
     $15::bigint[], $16::bigint[], $17::text[]) k (id, title, topic, member_count, members_version, head_seq, message_count, \
     deleted_count, last_activity_at, last_seq, last_by, last_at, last_text, furthest_read_seq, furthest_reader, \
     second_read_seq, last_attachments) WHERE c.id = k.id";

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

const ENDED_REQUESTS: &str = "DELETE FROM group_request WHERE conversation = ANY($1)";

const REMOVED_REQUESTS: &str = "DELETE FROM group_request r USING unnest($1::bigint[], $2::bigint[]) k (user_id, id) \
     WHERE r.user_id = k.user_id AND r.conversation = k.id";

const REQUESTS: &str = "INSERT INTO group_request (user_id, conversation, made_by, at) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])";

/// Writes what a batch did, and commits the transaction.
///
/// # Errors
/// The database's. Where the connection is lost, the transaction may be committed all the same.
pub(in crate::storage::postgres) async fn commit(client: &Client, set: &WorkingSet) -> Result<(), Failure> {
    let mut queries = Vec::new();
    conversations(set, &mut queries)?;
    members(set, &mut queries);
    events(set, &mut queries)?;
    changes::messages(set, &mut queries)?;
    changes::reactions(set, &mut queries);
    changes::mentions(set, &mut queries);
    threads::threads(set, &mut queries)?;
    requests(set, &mut queries);
    attachments(set, &mut queries);
    queries.push(Query::new("COMMIT"));
    pipeline::execute(client, &queries).await?;
    Ok(())
}

fn conversations<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) -> Result<(), Failure> {
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
        return Ok(());
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
    let summary = |one: &&WorkingConversation| {
        let summary = one.conversation.last_message.as_ref()?.attachments.as_ref()?;
        Some(serde_json::to_string(summary).map_err(Failure::corrupt))
    };
    let attachments = changed.iter().map(|one| summary(one).transpose());
    let attachments = attachments.collect::<Result<Vec<_>, _>>()?;
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
            .with(column(|one| one.readers.second.0))
            .with(attachments),
    );
    Ok(())
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
            .with(events().map(|stored| stored.event.body.changed_message().map(at)).collect::<Vec<_>>())
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

fn attachments<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) {
    if !set.sent.is_empty() {
        let ids: Vec<_> = set.sent.iter().map(|(attachment, ..)| attachment.0).collect();
        let [conversations, seqs] =
            transposed(set.sent.iter().map(|(_, conversation, seq)| [id_of(*conversation), at(*seq)]));
        queries.push(Query::new(SET_MESSAGE).with(ids).with(conversations).with(seqs));
    }
    if !set.removed_attachments.is_empty() {
        let ids: Vec<_> = set.removed_attachments.iter().map(|attachment| attachment.0).collect();
        let statements = [LOCK_USED, END_USES, REMOVE];
        queries.extend(statements.map(|sql| Query::new(sql).with(ids.clone())));
    }
}

fn requests<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) {
    let Requests { ended, changed, .. } = &set.requests;
    push(queries, ENDED_REQUESTS, ended.iter().map(|group| [id_of(*group)]), no_more);
    push(queries, REMOVED_REQUESTS, changed.keys().map(|(of, group)| [user(*of), id_of(*group)]), no_more);
    let made = changed.iter().filter_map(|((of, group), new)| {
        let (by, at) = (*new)?;
        Some([user(*of), id_of(*group), user(by), parameter(at.0)])
    });
    push(queries, REQUESTS, made, no_more);
}
