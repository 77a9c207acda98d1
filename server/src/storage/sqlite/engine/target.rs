//! Loads the message that a command is to change.

use std::ops::ControlFlow;

use confab_shared::{
    conversation::LastMessage,
    event::EventBody,
    id::{Seq, UserId},
    message::Message,
};
use rusqlite::Connection;

use super::{
    heads::Head,
    segment::{self, Table},
};
use crate::{
    domain::{
        decision::{LoadedMessage, MessageNeeds},
        notification::StoredEvent,
    },
    storage::sqlite::tables::{deletions, message_changes, reactions, threads, users},
};

/// Loads what a command of an actor needs of a message; none where the conversation has no such message.
pub(super) fn load(
    connection: &Connection,
    head: &Head,
    needs: MessageNeeds<'_>,
    actor: UserId,
) -> rusqlite::Result<Option<LoadedMessage>> {
    let id = head.conversation.id;
    let Some(mut message) = message(connection, head, needs.seq)? else { return Ok(None) };
    let change = message_changes::get(connection, id, needs.seq)?.unwrap_or_default();
    let first_mentions = message.mentions.clone();
    change.apply_to(&mut message);
    let mentioned_before = change.edit.map_or(first_mentions, |edit| edit.mentioned);
    let (reacted_by_actor, reacted_by_others) = match needs.reaction {
        Some(emoji) if change.emoji.contains(emoji) => {
            reactions::reacted(connection, (id, needs.seq), emoji, actor)?
        }
        _ => (false, false),
    };
    let last = head.conversation.last_message.as_ref();
    let is_last = needs.message_before_last && last.is_some_and(|last| last.seq == needs.seq);
    let message_before = if is_last { message_before(connection, head, needs.seq)? } else { None };
    let author_before =
        users::by_ids(connection, message_before.as_ref().map(|last| last.by).as_slice())?.pop();
    let replies = match message.thread {
        _ if !needs.replies => None,
        Some(root) => threads::summary_without(connection, id, root, needs.seq)?,
        None => threads::summary(connection, id, needs.seq)?,
    };
    let replies = match replies {
        Some(replies) => {
            let faces = users::by_ids(connection, &replies.faces)?;
            Some((replies, faces))
        }
        None => None,
    };
    Ok(Some(LoadedMessage {
        message,
        mentioned_before,
        emoji: change.emoji,
        reacted_by_actor,
        reacted_by_others,
        message_before: message_before.zip(author_before),
        replies,
    }))
}

/// A message that is only looked at: as it was posted, with its deletion.
pub(super) fn quoted(connection: &Connection, head: &Head, seq: Seq) -> rusqlite::Result<Option<Message>> {
    let Some(mut message) = message(connection, head, seq)? else { return Ok(None) };
    if let Some(change) = message_changes::get(connection, head.conversation.id, seq)? {
        change.apply_to(&mut message);
    }
    Ok(Some(message))
}

/// A message as it was posted.
fn message(connection: &Connection, head: &Head, seq: Seq) -> rusqlite::Result<Option<Message>> {
    let stored = event(connection, head, seq)?;
    Ok(stored.and_then(|stored| match &stored.event.body {
        EventBody::Posted(posted) => Some(Message::new(&stored.event, posted)),
        _ => None,
    }))
}

/// An event of the conversation.
fn event(connection: &Connection, head: &Head, seq: Seq) -> rusqlite::Result<Option<StoredEvent>> {
    let id = head.conversation.id;
    if let Some(segment) = head.buffered_segments().find(|s| (s.first..=s.last).contains(&seq)) {
        let index = usize::try_from(seq.0 - segment.first.0).unwrap_or(usize::MAX);
        return segment.entries(id).nth(index).transpose().map(|entry| entry.map(|entry| entry.stored));
    }
    let mut found = None;
    if seq.0 > 0 && seq <= head.conversation.head_seq {
        segment::visit(connection, Table::Segments, id, (seq, seq), |entry| {
            found = Some(entry.stored);
            ControlFlow::Break(())
        })?;
    }
    Ok(found)
}

/// The newest message before another that is not deleted.
fn message_before(connection: &Connection, head: &Head, seq: Seq) -> rusqlite::Result<Option<LastMessage>> {
    let id = head.conversation.id;
    let tail = head.tail.iter().rev().filter(|entry| entry.is_message && entry.seq < seq);
    for entry in tail {
        if !deletions::contains(connection, id, entry.seq)? {
            return last_message(connection, head, entry.seq);
        }
    }
    let buffered_from = head.tail.first().map_or(head.conversation.head_seq.next(), |first| first.seq);
    let (mut found, mut failed) = (None, None);
    segment::visit_back(connection, Table::Segments, id, seq.min(buffered_from), |entry| {
        let event = &entry.stored.event;
        if event.body.timeline_message().is_none() {
            return ControlFlow::Continue(());
        }
        match deletions::contains(connection, id, event.seq) {
            Ok(true) => return ControlFlow::Continue(()),
            Ok(false) => found = Some(event.seq),
            Err(error) => failed = Some(error),
        }
        ControlFlow::Break(())
    })?;
    match (failed, found) {
        (Some(error), _) => Err(error),
        (None, Some(seq)) => last_message(connection, head, seq),
        (None, None) => Ok(None),
    }
}

fn last_message(connection: &Connection, head: &Head, seq: Seq) -> rusqlite::Result<Option<LastMessage>> {
    let message = quoted(connection, head, seq)?;
    Ok(message.map(|message| {
        let last = LastMessage::new(seq, message.by, message.at, message.text.as_str());
        last.with_attachments(&message.attachments)
    }))
}
