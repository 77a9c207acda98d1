//! The log of one conversation, as it is read.

use std::collections::HashMap;

use confab_shared::{
    conversation::{Conversation, LastMessage},
    event::{Event, EventBody, Posted},
    id::{ConversationId, Seq, UserId},
};

use super::Violation;
use crate::{
    command::Command,
    history::{Run, Snapshot, Source, digest, last_digest},
};

/// A summary of a log: enough to compare it with any run of events that a reader saw, and with any read position.
pub struct Log {
    pub id: ConversationId,
    pub head_seq: Seq,
    pub message_count: u64,
    /// The sum of the digests up to each seq, from 0.
    sums: Vec<u64>,
    /// How many messages stand at or before each seq, from 0.
    counts: Vec<u32>,
    /// The digest of the newest message at or before each seq, from 0.
    lasts: Vec<u64>,
    /// Which messages call whom.
    mentions: HashMap<UserId, Vec<Seq>>,
    /// The last command of each tab.
    newest: HashMap<u16, u32>,
}

impl Log {
    pub fn new(id: ConversationId) -> Self {
        Self {
            id,
            head_seq: Seq(0),
            message_count: 0,
            sums: vec![0],
            counts: vec![0],
            lasts: vec![last_digest(None)],
            mentions: HashMap::new(),
            newest: HashMap::new(),
        }
    }

    /// Takes the next event. What is wrong with it, as the log goes.
    pub fn take(&mut self, event: &Event) -> Option<Violation> {
        let conversation = self.id;
        let expected = self.head_seq.next();
        if event.seq != expected || event.conversation != conversation {
            return Some(Violation::Gap { conversation, expected, found: event.seq });
        }
        self.head_seq = event.seq;
        let mut violation = None;
        let mut last = self.lasts.last().copied().unwrap_or_default();
        if let EventBody::Posted(Posted { text, ordinal, mentions }) = &event.body {
            last = last_digest(Some(&LastMessage::new(event.by, event.at, text.as_str())));
            self.message_count += 1;
            let (seq, expected, found) = (event.seq, self.message_count, *ordinal);
            violation =
                (found != expected).then_some(Violation::Ordinal { conversation, seq, expected, found });
            for user in mentions {
                self.mentions.entry(*user).or_default().push(seq);
            }
        }
        self.sums.push(self.sums.last().unwrap_or(&0).wrapping_add(digest(event)));
        self.counts.push(self.message_count as u32);
        self.lasts.push(last);
        violation
    }

    /// Notes the next command of a tab; answers the one before it where that was given later.
    pub fn follows(&mut self, command: Command) -> Option<Command> {
        let before = self.newest.insert(command.tab, command.number)?;
        (before > command.number).then_some(Command { tab: command.tab, number: before })
    }

    /// Compares a state with the log up to its head.
    pub fn check(&self, held: &Snapshot, user: UserId, tab: u16, note: &mut impl FnMut(Violation)) {
        let conversation = self.id;
        let mut check = |what, told: Vec<u64>, found: Vec<u64>| {
            if told != found {
                note(Violation::Untrue { tab, conversation, head: held.head_seq, what, told, found });
            }
        };
        let count = |seq: Seq| self.counts.get(seq.0 as usize).map(|count| u64::from(*count));
        check("messages", vec![held.message_count], Vec::from_iter(count(held.head_seq)));
        check("messages read", vec![held.read_count], Vec::from_iter(count(held.read_seq)));
        let last = self.lasts.get(held.head_seq.0 as usize).copied();
        check("the newest message", vec![held.last], Vec::from_iter(last));
        let calls = self.mentions.get(&user).into_iter().flatten();
        let calls = calls.filter(|seq| **seq > held.read_seq && **seq <= held.head_seq).map(|seq| seq.0);
        let mut calls: Vec<u64> = calls.collect();
        calls.drain(..calls.len().saturating_sub(Conversation::MAX_MENTIONS));
        check("mentions", held.mentions.iter().map(|seq| seq.0).collect(), calls);
    }

    /// Compares the events that readers saw with the log.
    pub fn check_runs(&self, runs: &[(u16, &Run)], note: &mut impl FnMut(Violation)) {
        let conversation = self.id;
        let mut told: HashMap<(u16, u32), Seq> = HashMap::new();
        for (tab, run) in runs {
            let (tab, Run { first, last, source, digest, .. }) = (*tab, **run);
            if let Source::Live { connection } = source
                && let Some(before) = told.insert((tab, connection), last)
                && before >= first
            {
                note(Violation::OutOfOrder { tab, connection, conversation, before, seq: first });
            }
            let sum = |seq: Seq| self.sums.get(seq.0 as usize).copied();
            match sum(Seq(first.0 - 1)).zip(sum(last)) {
                None => note(Violation::Vanished {
                    tab,
                    conversation,
                    last,
                    head: self.head_seq,
                    source_of: source,
                }),
                Some((before, through)) if through.wrapping_sub(before) != digest => {
                    note(Violation::Unlike { tab, conversation, first, last, source_of: source });
                }
                Some(_) => {}
            }
        }
    }
}
