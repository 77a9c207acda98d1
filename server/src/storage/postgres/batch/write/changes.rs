//! Writes what a batch changed about messages, reactions and mentions.

use confab_shared::{
    id::{ConversationId, Seq, UserId},
    message::{Message, Stamp},
    preview::Preview,
};
use serde::Serialize;
use tokio_postgres::types::Json;

use super::rows::{at, id_of, no_more, push, transposed, user};
use crate::storage::postgres::{
    batch::{message::WorkingMessage, pipeline::Query, working_set::WorkingSet},
    columns::parameter,
    failure::Failure,
};

const MESSAGE_CHANGES: &str = "INSERT INTO message_change AS c (conversation, seq, edited_at, text, mentions, mentioned, \
     emoji, deleted_at, deleted_by, previews) SELECT k.conversation, k.seq, k.edited_at, k.text, k.mentions, k.mentioned, \
     k.emoji, k.deleted_at, k.deleted_by, k.previews FROM json_to_recordset($1) k (conversation bigint, seq bigint, \
     edited_at bigint, text text, mentions json, mentioned json, emoji json, deleted_at bigint, deleted_by bigint, previews json) \
     ON CONFLICT (conversation, seq) DO UPDATE SET edited_at = excluded.edited_at, text = excluded.text, \
     mentions = excluded.mentions, mentioned = excluded.mentioned, emoji = excluded.emoji, \
     deleted_at = excluded.deleted_at, deleted_by = excluded.deleted_by, previews = excluded.previews";

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

const LEFT_MENTIONS: &str = "DELETE FROM mention m USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) k (id, user_id, event) \
     WHERE m.user_id = k.user_id AND m.conversation = k.id AND m.event <= k.event";

const REMOVED_MENTIONS: &str = "DELETE FROM mention m USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) k (id, user_id, seq) \
     WHERE m.user_id = k.user_id AND m.conversation = k.id AND m.seq = k.seq";

const MENTIONS: &str = "INSERT INTO mention (conversation, user_id, seq, event, author) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])";

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
    previews: &'m [Preview],
}

impl<'m> ChangeRow<'m> {
    fn of(conversation: ConversationId, working: &'m WorkingMessage) -> Self {
        let Message { seq, text, mentions, edited_at, deleted, previews, .. } = &working.message;
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
            previews,
        }
    }
}

pub(super) fn messages<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) -> Result<(), Failure> {
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

pub(super) fn reactions<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) {
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

pub(super) fn mentions<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) {
    let all = || set.conversations.values().map(|one| (id_of(one.conversation.id), &one.mentions));
    let left = all()
        .flat_map(|(id, changes)| changes.left.iter().map(move |(by, event)| [id, user(*by), at(*event)]));
    push(queries, LEFT_MENTIONS, left, no_more);
    let removed = all()
        .flat_map(|(id, changes)| changes.removed.iter().map(move |(by, seq)| [id, user(*by), at(*seq)]));
    push(queries, REMOVED_MENTIONS, removed, no_more);
    let added = all().flat_map(|(id, changes)| {
        let added = changes.added.iter();
        added.map(move |((of, seq), (event, by))| [id, user(*of), at(*seq), at(*event), user(*by)])
    });
    push(queries, MENTIONS, added, no_more);
}
