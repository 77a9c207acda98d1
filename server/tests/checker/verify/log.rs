//! The log of one conversation, as it is read.

use std::collections::HashMap;

use confab_shared::{
    conversation::Conversation,
    event::{Event, EventBody, Posted},
    id::{ConversationId, Seq, UserId},
};

use super::{Violation, followers::Followers, messages::Messages};
use crate::{
    command::Command,
    history::{Digest, Journal, Part, Run, Snapshot, Source, is_redacted},
};

/// A summary of a log: enough to compare it with any run of events that a reader saw, with any items that it had, and with
/// any read position.
pub struct Log {
    pub id: ConversationId,
    pub head_seq: Seq,
    pub messages: Messages,
    /// Who follows threads, as far as events say.
    pub followers: Followers,
    /// How many messages were ever posted.
    posted: u64,
    /// The sum of the digests up to each seq, from 0.
    sums: Vec<Digest>,
    /// How many events up to each seq lack what they said of a deleted message.
    redacted: Vec<u32>,
    /// How many messages were ever posted at or before each seq, from 0.
    counts: Vec<u32>,
    /// The last command of each tab.
    newest: HashMap<u16, u32>,
    /// Users who left and did not return so far, with the event by which they left.
    left: HashMap<UserId, Seq>,
}

impl Log {
    pub fn new(id: ConversationId) -> Self {
        Self {
            id,
            head_seq: Seq(0),
            messages: Messages::new(),
            followers: Followers::default(),
            posted: 0,
            sums: vec![Digest::default()],
            redacted: vec![0],
            counts: vec![0],
            newest: HashMap::new(),
            left: HashMap::new(),
        }
    }

    /// Takes the next event, with what the server removed from it; `founder` may delete what others wrote. Answers what is
    /// wrong with it, as the log goes. `named` are those whom a text named that is not there any more.
    pub fn take(
        &mut self,
        event: &Event,
        restored: &Event,
        founder: Option<UserId>,
        named: &[UserId],
    ) -> Vec<Violation> {
        let (conversation, seq) = (self.id, event.seq);
        let expected = self.head_seq.next();
        if seq != expected || event.conversation != conversation {
            return vec![Violation::Gap { conversation, expected, found: seq }];
        }
        self.head_seq = seq;
        let mut violations = Vec::new();
        if let EventBody::Posted(Posted { ordinal, thread, also_in_conversation, .. }) = &event.body {
            // A reply that shows only in its thread does not count.
            self.posted += u64::from(thread.is_none() || *also_in_conversation);
            let (expected, found) = (self.posted, *ordinal);
            if found != expected {
                violations.push(Violation::Ordinal { conversation, seq, expected, found });
            }
        }
        if let Err(why) = self.messages.take(event, restored, founder) {
            violations.push(Violation::Wrong { conversation, seq, why });
        }
        self.followers.take(event, named);
        match &event.body {
            EventBody::Left(_) => drop(self.left.insert(event.by, seq)),
            EventBody::Joined(joined) => self.left.retain(|user, _| !joined.users.contains(user)),
            _ => {}
        }
        self.sums.push(self.sums.last().copied().unwrap_or_default().add(Digest::of(event)));
        self.redacted.push(self.redacted.last().unwrap_or(&0) + u32::from(is_redacted(event)));
        self.counts.push(self.posted as u32);
        violations
    }

    /// Notes the next command of a tab; answers the one before it where that was given later.
    pub fn follows(&mut self, command: Command) -> Option<Command> {
        let before = self.newest.insert(command.tab, command.number)?;
        (before > command.number).then_some(Command { tab: command.tab, number: before })
    }

    /// Compares a state with the log up to its head.
    pub fn check(&self, held: &Snapshot, user: UserId, tab: u16, note: &mut impl FnMut(Violation)) {
        let (conversation, head) = (self.id, held.head_seq);
        let mut check = |what, values: Vec<u64>, found: Vec<u64>| {
            if values != found {
                note(Violation::Untrue { tab, conversation, head, what, held: values, found });
            }
        };
        let count = |seq: Seq| {
            let posted = self.counts.get(seq.0 as usize).map(|count| u64::from(*count));
            Vec::from_iter(posted.map(|posted| posted - self.messages.deleted_up_to(seq, head)))
        };
        check("messages", vec![held.message_count], count(head));
        check("messages read", vec![held.read_count], count(held.read_seq));
        let deleted = self.messages.deleted_up_to(head, head);
        check("deleted messages", vec![held.deleted_count], vec![deleted]);
        let is_last = self.messages.is_last(held.last, head);
        check("the newest message", vec![1], vec![u64::from(is_last)]);
        // Whether a message mentioned somebody is not known once it is deleted.
        let lasting = |seq: Seq| self.messages.deleted_at(seq).is_none_or(|deleted| deleted <= head);
        let unread =
            held.mentions.iter().filter(|mention| lasting(mention.seq)).map(|mention| mention.event.0);
        let found = self.messages.mentions(user, held.read_seq, head).into_iter();
        let mut found: Vec<_> = found.filter(|m| lasting(m.seq)).map(|mention| mention.event.0).collect();
        let unread: Vec<_> = unread.collect();
        if held.mentions.len() == Conversation::MAX_MENTIONS {
            found.drain(..found.len().saturating_sub(unread.len()));
        }
        check("mentions", unread, found);
    }

    /// Compares the events that readers saw with the log. Who left for good received nothing that followed; of those who
    /// returned it is not checked, since one run may span both.
    pub fn check_runs(&self, runs: &[(&Journal, &Run)], note: &mut impl FnMut(Violation)) {
        let conversation = self.id;
        let mut delivered: HashMap<(u16, u32), Seq> = HashMap::new();
        for (journal, run) in runs {
            let (tab, Run { first, last, source, digest, .. }) = (journal.tab, **run);
            if let Source::Live { .. } = source
                && let Some(left) = self.left.get(&journal.user).copied().filter(|left| last > *left)
            {
                note(Violation::Leaked { tab, conversation, left, last });
            }
            if let Source::Live { connection } = source
                && let Some(before) = delivered.insert((tab, connection), last)
                && before >= first
            {
                note(Violation::OutOfOrder { tab, connection, conversation, before, seq: first });
            }
            let before = first.0 as usize - 1;
            let Some((sum, through)) = self.sums.get(before).zip(self.sums.get(last.0 as usize)) else {
                self.vanished(tab, last, source, note);
                continue;
            };
            let (sum, redacted) =
                (through.subtract(*sum), self.redacted[last.0 as usize] - self.redacted[before]);
            // A deletion removes what earlier events said; who saw them before saw more.
            let same = if redacted == 0 { sum == digest } else { sum.lasting == digest.lasting };
            if !same {
                note(Violation::Unlike { tab, conversation, first, last, source_of: source });
            }
        }
    }

    /// Compares the items that readers fetched, or had cached, with those that the log gives.
    pub fn check_parts(&self, parts: &[(u16, &Part)], note: &mut impl FnMut(Violation)) {
        let conversation = self.id;
        for (tab, part) in parts {
            let (tab, source) = (*tab, part.source);
            if part.last.max(part.as_of) > self.head_seq {
                self.vanished(tab, part.last.max(part.as_of), source, note);
                continue;
            }
            let may_be_ahead = source == Source::Cached;
            if let Err(seq) = self.compare(part, may_be_ahead) {
                let as_of = part.as_of;
                note(Violation::UntrueMessage { tab, conversation, seq, as_of, source_of: source });
            }
        }
    }

    /// Compares the items of a part, and the messages that they reply to. Answers the first that differs, or is not there.
    fn compare(&self, part: &Part, may_be_ahead: bool) -> Result<(), Seq> {
        let Part { thread, first, last, as_of, items, quoted, .. } = part;
        self.messages.compare((*thread, *first, *last), items, *as_of, may_be_ahead)?;
        self.messages.compare_quoted(quoted, *as_of, may_be_ahead)?;
        // What a tab lacks may be on its way.
        let unquoted = self.messages.unquoted(*thread, (*first, *last), quoted);
        unquoted.filter(|_| !may_be_ahead).map_or(Ok(()), Err)
    }

    fn vanished(&self, tab: u16, last: Seq, source_of: Source, note: &mut impl FnMut(Violation)) {
        let (conversation, head) = (self.id, self.head_seq);
        note(Violation::Vanished { tab, conversation, last, head, source_of });
    }
}
