//! Reads messages as they are now.

use std::ops::ControlFlow;

use confab_shared::{
    api::{Pins, Revision},
    event::EventBody,
    id::{ConversationId, Seq, UserId},
    item::Item,
    message::{Message, Reaction},
    user::User,
};
use rusqlite::Connection;

use super::{
    engine::segment::{self, Entry, Table},
    log,
    tables::{conversations, message_changes, message_events, reactions, threads, users},
};
use crate::storage::{KeyedMessages, MessageRun, Range};

pub(super) fn messages(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    range: Range,
    limit: usize,
) -> rusqlite::Result<Option<MessageRun>> {
    if conversations::kind_for(connection, user, id)?.is_none() {
        return Ok(None);
    }
    let head_seq = log::head_seq(connection, id)?;
    let before = |seq| older(connection, id, seq, limit);
    let (first_seq, last_seq, mut items) = match range {
        Range::Newest => before(head_seq.next())?,
        Range::Before(seq) => before(seq.min(head_seq.next()))?,
        Range::After(seq) => newer(connection, id, seq, head_seq, limit)?,
        Range::Around(seq) => {
            let seq = seq.min(head_seq.next());
            let (first_seq, _, mut items) = older(connection, id, seq, limit / 2)?;
            let rest = limit - limit / 2;
            let (_, last_seq, newer) = newer(connection, id, Seq(seq.0.saturating_sub(1)), head_seq, rest)?;
            items.extend(newer);
            (first_seq, last_seq, items)
        }
    };
    bring_up_to_date(connection, id, &mut items)?;
    Ok(Some(run(connection, id, items, None, (head_seq, first_seq, last_seq))?))
}

/// Items with what they reply to, and all users whom they name.
pub(super) fn run(
    connection: &Connection,
    id: ConversationId,
    items: Vec<Item>,
    root: Option<Message>,
    (head_seq, first_seq, last_seq): (Seq, Seq, Seq),
) -> rusqlite::Result<MessageRun> {
    let quotes = MessageRun::quotes(&items).into_iter();
    let quoted = quotes.map(|seq| message(connection, id, seq)).collect::<rusqlite::Result<Vec<_>>>()?;
    let quoted: Vec<_> = quoted.into_iter().flatten().collect();
    let users = named(connection, MessageRun::named(&items, &quoted, root.as_ref()).into_iter())?;
    Ok(MessageRun { items, quoted, root, users, head_seq, first_seq, last_seq })
}

/// The newest items before a seq, in seq order, and the part of the log that they are all items of.
fn older(
    connection: &Connection,
    id: ConversationId,
    before: Seq,
    limit: usize,
) -> rusqlite::Result<(Seq, Seq, Vec<Item>)> {
    let mut items = Vec::new();
    for table in [Table::WriteBuffer, Table::Segments] {
        let collect = |entry: &Entry| {
            if items.len() == limit {
                return ControlFlow::Break(());
            }
            items.extend(Item::of(&entry.stored.event));
            ControlFlow::Continue(())
        };
        segment::visit_back(connection, table, id, before, collect)?;
    }
    items.reverse();
    let first = match items.first() {
        Some(first) if items.len() == limit => first.seq(),
        _ if limit == 0 => before,
        _ => Seq(1),
    };
    Ok((first, Seq(before.0.saturating_sub(1)), items))
}

/// The oldest items after a seq.
fn newer(
    connection: &Connection,
    id: ConversationId,
    after: Seq,
    head_seq: Seq,
    limit: usize,
) -> rusqlite::Result<(Seq, Seq, Vec<Item>)> {
    let first = Seq(after.0.saturating_add(1));
    let mut items = Vec::new();
    for table in [Table::Segments, Table::WriteBuffer] {
        if first > head_seq {
            break;
        }
        segment::visit(connection, table, id, (first, head_seq), |entry| {
            if items.len() == limit {
                return ControlFlow::Break(());
            }
            items.extend(Item::of(&entry.stored.event));
            ControlFlow::Continue(())
        })?;
    }
    let last = match items.last() {
        Some(last) if items.len() == limit => last.seq(),
        _ => head_seq,
    };
    Ok((first, last, items))
}

/// Makes of messages as they were posted what they are now.
fn bring_up_to_date(connection: &Connection, id: ConversationId, items: &mut [Item]) -> rusqlite::Result<()> {
    let Some((first, last)) = items.first().map(Item::seq).zip(items.last().map(Item::seq)) else {
        return Ok(());
    };
    for (root, replies) in threads::summaries(connection, id, (first, last))? {
        if let Ok(index) = items.binary_search_by_key(&root, Item::seq)
            && let Item::Message(message) = &mut items[index]
        {
            message.replies = Some(replies);
        }
    }
    let changes = message_changes::between(connection, id, (first, last))?;
    if changes.is_empty() {
        return Ok(());
    }
    let mut users = reactions::between(connection, id, (first, last))?;
    for (seq, change) in changes {
        let index = items.binary_search_by_key(&seq, Item::seq);
        if let Ok(index) = index
            && let Item::Message(message) = &mut items[index]
        {
            change.apply_to(message);
            let reaction = |emoji| {
                let key = (seq, emoji);
                let users = users.remove(&key)?;
                Some(Reaction { emoji: key.1, users })
            };
            message.reactions = change.emoji.into_iter().filter_map(reaction).collect();
        }
    }
    Ok(())
}

pub(super) fn named(
    connection: &Connection,
    ids: impl Iterator<Item = UserId>,
) -> rusqlite::Result<Vec<User>> {
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    users::by_ids(connection, &ids)
}

/// One message as it is now.
pub(super) fn message(
    connection: &Connection,
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<Option<Message>> {
    let mut items = posted(connection, id, seq)?.into_iter().collect::<Vec<_>>();
    bring_up_to_date(connection, id, &mut items)?;
    Ok(items.pop().and_then(|item| match item {
        Item::Message(message) => Some(message),
        Item::Notice(_) => None,
    }))
}

/// Messages as they are now, by their seqs, in seq order.
pub(super) fn of_seqs(
    connection: &Connection,
    id: ConversationId,
    seqs: &[Seq],
) -> rusqlite::Result<Vec<Item>> {
    let posted = seqs.iter().map(|seq| posted(connection, id, *seq));
    let mut items: Vec<_> = posted.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect();
    bring_up_to_date(connection, id, &mut items)?;
    Ok(items)
}

/// Messages by their conversations and seqs. Each is read for itself: what lies between two of them may be much.
pub(super) fn by_key(
    connection: &Connection,
    user: UserId,
    keys: &[(ConversationId, Seq)],
) -> rusqlite::Result<KeyedMessages> {
    let found = keys.iter().map(|(id, seq)| match conversations::kind_for(connection, user, *id)? {
        Some(_) => Ok(Some(message(connection, *id, *seq)?.filter(|message| message.deleted.is_none()))),
        None => Ok(None),
    });
    let messages = found.collect::<rusqlite::Result<Vec<_>>>()?;
    let users = named(connection, KeyedMessages::named(&messages))?;
    Ok(KeyedMessages { messages, users })
}

/// A message as it was posted.
fn posted(connection: &Connection, id: ConversationId, seq: Seq) -> rusqlite::Result<Option<Item>> {
    let stored = log::event(connection, id, seq)?;
    Ok(stored.and_then(|stored| match &stored.event.body {
        EventBody::Posted(posted) => Some(Item::Message(Message::new(&stored.event, posted))),
        _ => None,
    }))
}

/// The texts of a message before the present one, the oldest first.
pub(super) fn revisions(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<Option<Option<Vec<Revision>>>> {
    if conversations::kind_for(connection, user, id)?.is_none() {
        return Ok(None);
    }
    let Some(present) = message(connection, id, seq)?.filter(|message| message.deleted.is_none()) else {
        return Ok(Some(None));
    };
    let mut revisions = Vec::new();
    for seq in std::iter::once(present.seq).chain(message_events::of(connection, id, seq)?) {
        let Some(stored) = log::event(connection, id, seq)? else { continue };
        let at = stored.event.at;
        match stored.event.body {
            EventBody::Posted(posted) => revisions.push(Revision { at, text: posted.text }),
            EventBody::Edited(edited) => revisions.push(Revision { at, text: edited.text }),
            _ => {}
        }
    }
    // The last one is the present text.
    revisions.pop();
    Ok(Some(Some(revisions)))
}

/// The pinned messages, the last pinned first.
pub(super) fn pins(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    limit: usize,
) -> rusqlite::Result<Option<Pins>> {
    if conversations::kind_for(connection, user, id)?.is_none() {
        return Ok(None);
    }
    let seqs = message_changes::pinned(connection, id, limit)?;
    let found = seqs.iter().map(|seq| message(connection, id, *seq)).collect::<rusqlite::Result<Vec<_>>>()?;
    let messages: Vec<_> = found.into_iter().flatten().collect();
    let users = named(connection, messages.iter().flat_map(Message::users))?;
    Ok(Some(Pins { messages, users, head_seq: log::head_seq(connection, id)? }))
}
