//! The verifier: checks a history, the final logs and the final states of tabs against the delivery contract. Pure.

mod end;
mod followers;
mod log;
mod messages;
mod refusals;
mod threads;
mod violation;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use confab_shared::{
    api::{MAX_PINS_LISTED, MessagePage, Pins},
    emoji::Emoji,
    event::{Deleted, Edited, Event, EventBody, Joined, Left, Pinned, Posted, Reacted, Renamed},
    id::{ConversationId, Seq, UserId},
    protocol::Ack,
};

use self::log::Log;
pub use self::violation::Violation;
use crate::{
    command::{Command, EMOJI},
    history::{Answer, End, History, ItemDigest, Journal, Part, Reply, Run, Snapshot, ThreadView, What},
};

/// How many violations are kept; of more only the number is.
const KEPT: usize = 1_000;

/// How far a reader had read a thread: its tab and user.
type ThreadOf<'a> = ((u16, UserId), &'a ThreadView);

/// Reads the logs, page by page, and compares them with the history.
pub struct Verifier<'a> {
    history: &'a History,
    ends: &'a [End],
    /// Where each command of each tab stands; 0 for nowhere yet.
    found: Vec<Vec<u64>>,
    /// Acks beside the first of each command.
    more_acks: HashMap<Command, Vec<&'a Ack>>,
    /// What readers saw, with their journals, by conversation.
    runs: HashMap<ConversationId, Vec<(&'a Journal, &'a Run)>>,
    parts: HashMap<ConversationId, Vec<(u16, &'a Part)>>,
    /// The commands that change messages, by conversation.
    changes: HashMap<ConversationId, Vec<Command>>,
    /// Acknowledged commands that rightly made no event.
    unchanged: HashSet<Command>,
    /// Who made each group, and is its admin.
    founders: HashMap<ConversationId, UserId>,
    /// States of readers at some time, with their journals, by conversation.
    snapshots: HashMap<ConversationId, Vec<(&'a Journal, &'a Snapshot)>>,
    /// How far readers had read threads at some time, with their tab and user, by conversation.
    threads: HashMap<ConversationId, Vec<ThreadOf<'a>>>,
    /// Users who left a group at some time: they are refused while they are not members, so the order of their commands
    /// before and after is not guaranteed.
    left: HashSet<(UserId, ConversationId)>,
    /// The log that is being read.
    log: Option<Log>,
    violations: Vec<Violation>,
    /// How many violations there are.
    total: u64,
    /// How many events, items and states were checked.
    events: u64,
    items: u64,
    states: u64,
    thread_views: u64,
    to_online: u64,
}

/// The result of the verification.
#[derive(Debug)]
pub struct Verdict {
    /// The first violations.
    pub violations: Vec<Violation>,
    /// How many there are in all.
    pub total: u64,
    /// How many events, items and states were checked.
    pub events: u64,
    pub items: u64,
    pub states: u64,
    /// How many states of threads.
    pub threads: u64,
    /// How many messages mention those who were online.
    pub to_online: u64,
}

/// Compares whole logs with the history.
#[cfg(test)]
pub fn verify(history: &History, logs: &[(ConversationId, Vec<Event>)], ends: &[End]) -> Vec<Violation> {
    let mut verifier = Verifier::new(history, ends);
    for (id, events) in logs {
        verifier.begin(*id);
        events.chunks(3).for_each(|page| verifier.page(page));
        verifier.end();
    }
    verifier.verdict().violations
}

impl<'a> Verifier<'a> {
    pub fn new(history: &'a History, ends: &'a [End]) -> Self {
        let journals = &history.journals;
        let mut verifier = Self {
            history,
            ends,
            found: journals.iter().map(|journal| vec![0; journal.attempts.len()]).collect(),
            more_acks: HashMap::new(),
            runs: HashMap::new(),
            parts: HashMap::new(),
            changes: HashMap::new(),
            unchanged: HashSet::new(),
            founders: HashMap::new(),
            snapshots: HashMap::new(),
            threads: HashMap::new(),
            left: HashSet::new(),
            log: None,
            violations: Vec::new(),
            total: 0,
            events: 0,
            items: 0,
            states: 0,
            thread_views: 0,
            to_online: 0,
        };
        for journal in journals {
            for (command, ack) in &journal.more_acks {
                verifier.more_acks.entry(*command).or_default().push(ack);
            }
            for run in &journal.runs {
                verifier.runs.entry(run.conversation).or_default().push((journal, run));
            }
            for part in &journal.parts {
                verifier.parts.entry(part.conversation).or_default().push((journal.tab, part));
            }
            for (number, attempt) in journal.attempts.iter().enumerate() {
                let command = Command { tab: journal.tab, number: number as u32 };
                if attempt.what.target().is_some() || matches!(attempt.what, What::Reply(_)) {
                    verifier.changes.entry(attempt.conversation).or_default().push(command);
                } else if attempt.what == What::Begin {
                    verifier.founders.insert(attempt.conversation, journal.user);
                }
            }
            for held in &journal.snapshots {
                verifier.snapshots.entry(held.conversation).or_default().push((journal, held));
            }
            for view in &journal.threads {
                let of = (journal.tab, journal.user);
                verifier.threads.entry(view.conversation).or_default().push((of, view));
            }
            let left = journal.attempts.iter().filter(|attempt| attempt.what == What::Leave);
            verifier.left.extend(left.map(|attempt| (journal.user, attempt.conversation)));
            for what in &journal.oddities {
                verifier.note(Violation::Odd { tab: journal.tab, what: what.clone() });
            }
        }
        verifier
    }

    /// Begins with a conversation.
    pub fn begin(&mut self, id: ConversationId) {
        self.log = Some(Log::new(id));
    }

    /// Takes what the nodes answer to one question about the conversation after a seq. Answers what the first of them says.
    pub fn same<T: PartialEq>(&mut self, after: Seq, answers: Vec<T>) -> T {
        let mut answers = answers.into_iter();
        let first = answers.next().expect("there is a server");
        if answers.any(|answer| answer != first) {
            let conversation = self.log.as_ref().map_or(ConversationId(0), |log| log.id);
            self.note(Violation::Apart { conversation, after });
        }
        first
    }

    /// Takes the next events of the conversation.
    pub fn page(&mut self, events: &[Event]) {
        let Some(mut log) = self.log.take() else { return };
        for event in events {
            self.events += 1;
            let to_online = matches!(&event.body, EventBody::Posted(p) if p.mentions.contains(&UserId::HERE));
            self.to_online += u64::from(to_online);
            let founder = self.founders.get(&log.id).copied();
            let restored = self.restored(event);
            for violation in log.take(event, &restored, founder, &self.named(event, &restored)) {
                self.note(violation);
            }
            self.command(&mut log, event);
        }
        self.log = Some(log);
    }

    /// Takes a page of the conversation's items as they are at the end.
    pub fn messages(&mut self, page: &MessagePage) {
        let Some(log) = self.log.take() else { return };
        self.items += page.items.len() as u64;
        let digests: Vec<_> = page.items.iter().map(ItemDigest::of).collect();
        let part = (page.root.as_ref().map(|root| root.seq), page.first_seq, page.last_seq);
        let quoted = page.quoted.iter().chain(&page.root);
        let quoted: Vec<_> = quoted.map(|m| (m.seq, ItemDigest::of_message(m))).collect();
        let compared = log.messages.compare(part, &digests, page.head_seq, false);
        let compared = compared.and_then(|()| log.messages.compare_quoted(&quoted, page.head_seq, false));
        let unquoted = log.messages.unquoted(part.0, (part.1, part.2), &quoted);
        if let Some(seq) = compared.err().or(unquoted) {
            self.note(Violation::UntrueList { conversation: log.id, seq, what: "the messages" });
        }
        self.log = Some(log);
    }

    /// The roots of the threads that the conversation has had so far.
    pub fn roots(&self) -> Vec<Seq> {
        self.log.as_ref().map(|log| log.messages.roots()).unwrap_or_default()
    }

    /// Takes the conversation's pins as they are at the end.
    pub fn pins(&mut self, pins: &Pins) {
        let Some(log) = self.log.take() else { return };
        let pins = pins.messages.iter().map(|message| (message.seq, ItemDigest::of_message(message)));
        let (pins, mut expected): (Vec<_>, _) = (pins.collect(), log.messages.pins());
        expected.truncate(MAX_PINS_LISTED);
        if pins != expected {
            let seq = pins.first().or(expected.first()).map_or(Seq(0), |(seq, _)| *seq);
            self.note(Violation::UntrueList { conversation: log.id, seq, what: "the pins" });
        }
        self.log = Some(log);
    }

    /// Ends a conversation: its log has been taken whole.
    pub fn end(&mut self) {
        let Some(log) = self.log.take() else { return };
        let runs = self.runs.remove(&log.id).unwrap_or_default();
        log.check_runs(&runs, &mut |violation| self.note(violation));
        let parts = self.parts.remove(&log.id).unwrap_or_default();
        self.items += parts.iter().map(|(_, part)| part.items.len() as u64).sum::<u64>();
        log.check_parts(&parts, &mut |violation| self.note(violation));
        for (seq, why) in log.messages.wrongly_quoted() {
            self.note(Violation::Wrong { conversation: log.id, seq, why });
        }
        self.check_changes(&log);
        self.check_threads(&log);
        let snapshots = self.snapshots.remove(&log.id).unwrap_or_default();
        self.states += snapshots.len() as u64;
        for (journal, held) in snapshots {
            log.check(held, journal.user, journal.tab, &mut |violation| self.note(violation));
        }
        for end in self.ends {
            end::check_fresh(end, &log, &mut |violation| self.note(violation));
        }
    }

    /// Ends it all: every log has been taken.
    pub fn verdict(mut self) -> Verdict {
        for (id, runs) in std::mem::take(&mut self.runs) {
            Log::new(id).check_runs(&runs, &mut |violation| self.note(violation));
        }
        for (id, parts) in std::mem::take(&mut self.parts) {
            Log::new(id).check_parts(&parts, &mut |violation| self.note(violation));
        }
        self.lost();
        for end in self.ends {
            end::check_held(end, &mut |violation| self.note(violation));
        }
        let Self { violations, total, events, items, states, thread_views: threads, to_online, .. } = self;
        Verdict { violations, total, events, items, states, threads, to_online }
    }

    fn note(&mut self, violation: Violation) {
        self.total += 1;
        if self.violations.len() < KEPT {
            self.violations.push(violation);
        }
    }

    /// Checks the command of an event: that it was sent, made one event, was acknowledged with this event, and is in
    /// the sender's order.
    fn command(&mut self, log: &mut Log, event: &Event) {
        let (conversation, seq) = (event.conversation, event.seq);
        let command = match self.origin(event) {
            Ok(Some(command)) => command,
            Ok(None) => return,
            Err(why) => return self.note(Violation::Foreign { conversation, seq, why }),
        };
        let place = &mut self.found[usize::from(command.tab)][command.number as usize];
        if *place != 0 {
            let first = Seq(*place);
            return self.note(Violation::Doubled { command, conversation, first, again: seq });
        }
        *place = seq.0;
        self.acks(command, event);
        let attempt = &self.history.journals[usize::from(command.tab)].attempts[command.number as usize];
        if attempt.what.is_pipelined()
            && !self.left.contains(&(event.by, conversation))
            && let Some(before) = log.follows(command)
        {
            self.note(Violation::Reordered { command, conversation, seq, before });
        }
    }

    /// The command that made an event; none for the second event of a group, which has none of its own. `Err` says
    /// how the event differs from what was sent.
    fn origin(&self, event: &Event) -> Result<Option<Command>, &'static str> {
        let Some(client_id) = event.client_id else {
            let begun = self.history.begun.get(&event.conversation).filter(|_| event.seq == Seq(2));
            return match (begun, &event.body) {
                (Some(with), EventBody::Joined(Joined { users })) if users == with => Ok(None),
                _ => Err("no command made it"),
            };
        };
        let command = Command::of(client_id).ok_or("nobody made its id")?;
        let journal = self.history.journals.get(usize::from(command.tab)).ok_or("there is no such tab")?;
        let attempt = journal.attempts.get(command.number as usize).ok_or("the command was not given yet")?;
        if attempt.conversation != event.conversation {
            return Err("it was sent to another conversation");
        }
        if journal.user != event.by {
            return Err("somebody else sent it");
        }
        let as_sent = match (attempt.what, &event.body) {
            (What::Post | What::Reply(_), EventBody::Posted(posted)) => {
                let text = &posted.text;
                let is_text = text.as_str().is_empty() || *text == command.text(&self.history.names);
                is_text && replies_as(attempt.what, posted)
            }
            (What::Speak, EventBody::Posted(posted)) => {
                let text = &posted.text;
                let is_text = text.as_str().is_empty() || *text == command.speech();
                is_text && replies_as(attempt.what, posted)
            }
            (What::Edit(of), EventBody::Edited(Edited { target, text, .. })) => {
                *target == of && (text.as_str().is_empty() || *text == command.text(&self.history.names))
            }
            (What::Delete(of), EventBody::Deleted(Deleted { target, .. })) => *target == of,
            (What::React(of, number, is_on), EventBody::Reacted(Reacted { target, emoji, on })) => {
                let emoji = emoji.as_str();
                let same = emoji.is_empty() || emoji == EMOJI[usize::from(number)];
                (*target, *on) == (of, is_on) && same
            }
            (What::Pin(of, is_on), EventBody::Pinned(Pinned { target, on })) => (*target, *on) == (of, is_on),
            (What::Begin | What::Rename, EventBody::Renamed(Renamed { title })) => {
                title.as_str() == command.title()
            }
            (What::Add(user), EventBody::Joined(Joined { users })) => *users == [user],
            (What::Leave, EventBody::Left(Left {})) => true,
            _ => false,
        };
        if as_sent { Ok(Some(command)) } else { Err("it says something else than what was sent") }
    }

    /// An event with what its command said, where the server removed that.
    fn restored(&self, event: &Event) -> Event {
        let mut event = event.clone();
        let Some(command) = event.client_id.and_then(Command::of) else { return event };
        let journal = self.history.journals.get(usize::from(command.tab));
        let attempt = journal.and_then(|journal| journal.attempts.get(command.number as usize));
        let sent = || match attempt.map(|attempt| attempt.what) {
            Some(What::Speak) => command.speech(),
            _ => command.text(&self.history.names),
        };
        match (&mut event.body, attempt.map(|attempt| attempt.what)) {
            (EventBody::Posted(Posted { text, .. }) | EventBody::Edited(Edited { text, .. }), _)
                if text.as_str().is_empty() =>
            {
                *text = sent();
            }
            (EventBody::Reacted(reacted), Some(What::React(_, number, _)))
                if reacted.emoji.as_str().is_empty() =>
            {
                reacted.emoji = Emoji::existing(EMOJI[usize::from(number)]);
            }
            _ => {}
        }
        event
    }

    /// Those whom the text of an event named that is not there any more: users have their names in the order of their tabs.
    fn named(&self, event: &Event, restored: &Event) -> Vec<UserId> {
        let (EventBody::Posted(gone), EventBody::Posted(posted)) = (&event.body, &restored.body) else {
            return Vec::new();
        };
        if !gone.text.as_str().is_empty() {
            return Vec::new();
        }
        let text = posted.text.as_str();
        let users = self.history.journals.iter().map(|journal| journal.user);
        let named =
            self.history.names.iter().zip(users).filter(|(name, _)| text.contains(&format!("@{name} ")));
        named.map(|(_, user)| user).collect()
    }

    /// Checks that every ack of a command names the event.
    fn acks(&mut self, command: Command, event: &Event) {
        let attempt = &self.history.journals[usize::from(command.tab)].attempts[command.number as usize];
        let first = match attempt.answer {
            Answer::Acked(seq, at) => Some((attempt.conversation, seq, at)),
            _ => None,
        };
        let more = self.more_acks.remove(&command).unwrap_or_default();
        let more = more.iter().map(|ack| (ack.conversation, ack.seq, ack.at));
        let stands = (event.conversation, event.seq, event.at);
        for acked in first.into_iter().chain(more).filter(|acked| *acked != stands) {
            self.note(Violation::OtherAck { command, acked, stands });
        }
    }

    /// Finds what was acknowledged and stands nowhere.
    fn lost(&mut self) {
        for journal in &self.history.journals {
            for (number, attempt) in journal.attempts.iter().enumerate() {
                let command = Command { tab: journal.tab, number: number as u32 };
                let promised = match attempt.answer {
                    Answer::Acked(..) => true,
                    // A user may have been a member already.
                    Answer::Done => !matches!(attempt.what, What::Add(_)),
                    Answer::None | Answer::Refused(_) => self.more_acks.contains_key(&command),
                };
                let promised = promised && !self.unchanged.contains(&command);
                if promised && self.found[usize::from(command.tab)][number] == 0 {
                    self.note(Violation::Lost {
                        command,
                        conversation: attempt.conversation,
                        answer: attempt.answer,
                    });
                }
            }
        }
    }
}

/// Whether a message replies to what its command said.
fn replies_as(what: What, posted: &Posted) -> bool {
    let reply = if let What::Reply(reply) = what { reply } else { Reply::default() };
    (posted.reply_to, posted.thread) == (reply.reply_to(), reply.thread())
        && posted.also_in_conversation == reply.also
}
