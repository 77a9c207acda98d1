//! One log, event by event: gapless, readable, and applied to what its conversation, members and messages were before.

use std::{cmp::Ordering, collections::HashSet};

use confab_shared::{
    conversation::{Conversation, ConversationKind},
    event::{Event, EventBody},
    id::{Seq, UserId},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    attachments::GivenAttachments, faults::Faults, messages::ChangedMessages, positions::Positions,
    threads::GivenThreads,
};
use crate::storage::sqlite::engine::segment::Segment;

/// Nobody's view: a conversation that is applied for no member.
const NOBODY: UserId = UserId(0);

/// The database that is checked.
pub(super) struct Tables<'c> {
    pub(super) connection: &'c Connection,
    /// All users.
    pub(super) users: HashSet<UserId>,
}

/// How much was checked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) events: u64,
    pub(super) messages: u64,
    /// The events whose commands are stored.
    pub(super) commands: u64,
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.messages += other.messages;
        self.commands += other.commands;
    }
}

/// What the events of a log have given so far.
pub(super) struct Log<'t> {
    pub(super) tables: &'t Tables<'t>,
    /// The conversation, as no member sees it.
    pub(super) conversation: Conversation,
    /// The members of a group.
    pub(super) members: HashSet<UserId>,
    /// Everybody whom an event invited.
    pub(super) invited: HashSet<UserId>,
    pub(super) messages: ChangedMessages,
    pub(super) positions: Positions,
    pub(super) threads: GivenThreads,
    pub(super) attachments: GivenAttachments,
    pub(super) counts: Counts,
}

/// Where a segment is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// Compacted: the rows of its commands are written.
    Compacted,
    /// In the write buffer.
    Buffered,
}

impl Log<'_> {
    /// Adds the next segment. What cannot be read is passed over, so that what follows can be checked.
    pub(super) fn add(
        &mut self,
        segment: &Segment,
        stored: Stored,
        faults: &mut Faults<'_>,
    ) -> rusqlite::Result<()> {
        let (id, due) = (self.conversation.id, self.conversation.head_seq.next());
        match segment.first.cmp(&due) {
            Ordering::Equal => {}
            Ordering::Greater => {
                let last = segment.first.0 - 1;
                faults.add(format_args!("conversation {id}: the log lacks seq {due} to {last}"));
            }
            Ordering::Less => {
                let first = segment.first;
                faults.add(format_args!("conversation {id}: the log has seq {first} a second time"));
                return Ok(());
            }
        }
        if due == segment.first && segment.messages_before != self.last_ordinal() {
            faults.add(format_args!(
                "conversation {id}: {} messages are before seq {due}, and its segment says {}",
                self.last_ordinal(),
                segment.messages_before
            ));
        }
        self.conversation.head_seq = Seq(segment.first.0 - 1);
        self.conversation.message_count =
            segment.messages_before.saturating_sub(self.conversation.deleted_count);
        for entry in segment.entries(id) {
            match entry {
                Ok(entry) => self.apply(&entry.stored.event, stored, faults)?,
                Err(error) => {
                    let seq = self.conversation.head_seq.next();
                    faults.add(format_args!("conversation {id}: event {seq} cannot be read: {error}"));
                    break;
                }
            }
        }
        if self.conversation.head_seq != segment.last {
            let (head, last) = (self.conversation.head_seq, segment.last);
            faults.add(format_args!(
                "conversation {id}: a segment ends at seq {last}, and its last event is {head}"
            ));
            self.conversation.head_seq = segment.last;
        }
        Ok(())
    }

    fn apply(&mut self, event: &Event, stored: Stored, faults: &mut Faults<'_>) -> rusqlite::Result<()> {
        let (id, seq) = (event.conversation, event.seq);
        self.positions.pass(seq, self.last_ordinal(), faults);
        for user in event.users().into_iter().filter(|user| !self.tables.users.contains(user)) {
            faults.add(format_args!("conversation {id}: event {seq} names user {user}, who does not exist"));
        }
        if seq == Seq(1) && self.conversation.kind == ConversationKind::Group {
            self.members.insert(event.by);
        }
        match &event.body {
            EventBody::Joined(joined) => self.members.extend(&joined.users),
            EventBody::Invited(invited) => self.invited.extend(&invited.users),
            EventBody::Left(_) => drop(self.members.remove(&event.by)),
            EventBody::Posted(_) => self.counts.messages += 1,
            _ => {}
        }
        self.messages.apply(event, faults);
        self.threads.apply(event);
        self.attachments.apply(event);
        self.counts.events += 1;
        if stored == Stored::Compacted {
            self.check_command(event, faults)?;
        }
        event.apply(&mut self.conversation, NOBODY);
        Ok(())
    }

    /// Checks that a retry of the event's command would be recognised.
    fn check_command(&mut self, event: &Event, faults: &mut Faults<'_>) -> rusqlite::Result<()> {
        let Some(client_id) = event.client_id else { return Ok(()) };
        let (id, seq) = (event.conversation, event.seq);
        let found: Option<(u64, u64)> = self
            .tables
            .connection
            .prepare_cached("SELECT conversation, seq FROM command WHERE client_id = ?1 AND sender = ?2")?
            .query_row(params![client_id.0.as_bytes(), event.by.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        self.counts.commands += u64::from(found.is_some());
        if found != Some((id.0, seq.0)) {
            faults.add(format_args!("conversation {id}: command does not lead to event {seq}"));
        }
        Ok(())
    }

    /// How many messages were ever posted.
    pub(super) fn last_ordinal(&self) -> u64 {
        self.conversation.next_ordinal() - 1
    }
}
