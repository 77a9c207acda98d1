//! What happened, as the clients saw it: every command and its answers, and every event that a reader was given. Kept
//! small: a command's text follows from its name ([`Command`]), and events are kept as runs with one digest.

mod digest;
mod threads;

use std::collections::{HashMap, HashSet, hash_map::Entry};

use confab_shared::{
    api::MessagePage,
    conversation::{Conversation, UnreadMention},
    error::ErrorCode,
    event::Event,
    id::{ConversationId, Seq, Timestamp, UserId},
    protocol::Ack,
    timeline::Timeline,
};

pub use self::{
    digest::{Digest, ItemDigest, is_redacted, last_digest},
    threads::{Follow, FollowAnswer, Reply, ThreadSource, ThreadView, ThreadsEnd},
};
use crate::command::Command;

/// The longest run that is kept as one: where a digest differs, it says no more than that one of these does.
const LONGEST_RUN: u64 = 64;

/// Everything that happened.
#[derive(Debug, Default)]
pub struct History {
    /// What people are called: the texts of messages name them.
    pub names: Vec<String>,
    /// Whom the groups began with, beside who made them.
    pub begun: HashMap<ConversationId, Vec<UserId>>,
    /// What each tab did and saw; a tab's number is its place.
    pub journals: Vec<Journal>,
}

/// What a command was to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Post,
    /// A message of the largest size.
    Speak,
    /// A message that replies to another.
    Reply(Reply),
    Begin,
    Rename,
    Add(UserId),
    Leave,
    /// Another text of a message.
    Edit(Seq),
    Delete(Seq),
    /// A reaction with an emoji of [`crate::command::EMOJI`], or its withdrawal.
    React(Seq, u8, bool),
    Pin(Seq, bool),
}

impl What {
    /// The message that it changes.
    pub fn target(self) -> Option<Seq> {
        match self {
            Self::Edit(target) | Self::Delete(target) | Self::React(target, ..) | Self::Pin(target, _) => {
                Some(target)
            }
            Self::Post
            | Self::Speak
            | Self::Reply(_)
            | Self::Begin
            | Self::Rename
            | Self::Add(_)
            | Self::Leave => None,
        }
    }

    /// Whether it is sent over the socket, in one order with the others of its kind.
    pub fn is_pipelined(self) -> bool {
        matches!(self, Self::Post | Self::Speak | Self::Reply(_)) || self.target().is_some()
    }
}

/// What a command was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: it may have been carried out or not.
    None,
    /// That it cannot be executed.
    Refused(ErrorCode),
    /// That it is on disk, and no more (HTTP).
    Done,
    /// That it is on disk, where and when.
    Acked(Seq, Timestamp),
}

/// A command that was sent, at least once.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub conversation: ConversationId,
    pub what: What,
    pub answer: Answer,
}

/// How a reader got a run of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Delivered over a connection.
    Live { connection: u32 },
    /// Fetched over HTTP.
    Page,
    /// Cached in a timeline.
    Cached,
}

/// Consecutive events, without a gap.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub conversation: ConversationId,
    pub source: Source,
    pub first: Seq,
    pub last: Seq,
    pub digest: Digest,
}

/// A part of a log, as items that a reader fetched or had cached: messages as they were, and notices; or as the replies of one
/// of its threads.
#[derive(Clone, Debug)]
pub struct Part {
    pub conversation: ConversationId,
    /// The root of the thread.
    pub thread: Option<Seq>,
    pub source: Source,
    /// The event as of which they are; cached ones may be as of a later one.
    pub as_of: Seq,
    pub first: Seq,
    pub last: Seq,
    pub items: Box<[ItemDigest]>,
    /// The messages that they reply to, as far as they are known; of a thread the root, too.
    pub quoted: Box<[(Seq, ItemDigest)]>,
}

impl Part {
    /// A fetched page.
    pub fn of(conversation: ConversationId, page: &MessagePage) -> Self {
        let items = page.items.iter().map(ItemDigest::of).collect();
        let (as_of, first, last) = (page.head_seq, page.first_seq, page.last_seq);
        let thread = page.root.as_ref().map(|root| root.seq);
        let quoted = page.quoted.iter().chain(&page.root);
        let quoted = quoted.map(|message| (message.seq, ItemDigest::of_message(message))).collect();
        Self { conversation, thread, source: Source::Page, as_of, first, last, items, quoted }
    }

    /// A cached timeline.
    pub fn cached(conversation: ConversationId, timeline: &Timeline) -> Self {
        let items = timeline.items().map(ItemDigest::of).collect();
        let (as_of, first, last) = (timeline.applied(), timeline.first(), timeline.last());
        let replies = timeline.items().filter_map(|item| item.message()?.reply_to);
        let quoted = replies.chain(timeline.thread()).filter_map(|seq| {
            let message = timeline.quoted_message(seq)?;
            Some((seq, ItemDigest::of_message(message)))
        });
        let (thread, quoted) = (timeline.thread(), quoted.collect());
        Self { conversation, thread, source: Source::Cached, as_of, first, last, items, quoted }
    }
}

/// A tab's state of a conversation at some time: it has to follow from the log up to its head.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub conversation: ConversationId,
    pub head_seq: Seq,
    pub message_count: u64,
    pub deleted_count: u64,
    pub read_seq: Seq,
    pub read_count: u64,
    pub mentions: Vec<UnreadMention>,
    /// [`last_digest`] of the newest message.
    pub last: u64,
}

impl Snapshot {
    pub fn of(held: &Conversation) -> Self {
        Self {
            conversation: held.id,
            head_seq: held.head_seq,
            message_count: held.message_count,
            deleted_count: held.deleted_count,
            read_seq: held.read_seq,
            read_count: held.read_count,
            mentions: held.mentions.clone(),
            last: last_digest(held.last_message.as_ref()),
        }
    }
}

/// What one tab did and saw.
#[derive(Debug)]
pub struct Journal {
    pub tab: u16,
    pub user: UserId,
    pub attempts: Vec<Attempt>,
    /// Acks beside the first one of a command of this tab: those that differ, and those of other tabs' commands.
    pub more_acks: Vec<(Command, Ack)>,
    pub runs: Vec<Run>,
    pub parts: Vec<Part>,
    /// Its states before each reload or new welcome.
    pub snapshots: Vec<Snapshot>,
    /// How far its user had read threads, as the server answered or as it had it before a reload or a new welcome.
    pub threads: Vec<ThreadView>,
    /// Threads that its user followed by hand, or not any more.
    pub follows: Vec<Follow>,
    /// Positions in threads that it sent: the conversation, the root and the seq.
    pub thread_reads: HashSet<(ConversationId, Seq, Seq)>,
    /// Answers that no server may give.
    pub oddities: Vec<String>,
    connection: u32,
    /// The runs that grow, of this connection.
    growing: HashMap<ConversationId, Run>,
}

impl Journal {
    pub fn new(tab: u16, user: UserId) -> Self {
        Self {
            tab,
            user,
            attempts: Vec::new(),
            more_acks: Vec::new(),
            runs: Vec::new(),
            parts: Vec::new(),
            snapshots: Vec::new(),
            threads: Vec::new(),
            follows: Vec::new(),
            thread_reads: HashSet::new(),
            oddities: Vec::new(),
            connection: 0,
            growing: HashMap::new(),
        }
    }

    /// Notes a command that is about to be sent for the first time.
    pub fn attempt(&mut self, conversation: ConversationId, what: What) -> Command {
        let number = u32::try_from(self.attempts.len()).expect("fewer commands than that");
        self.attempts.push(Attempt { conversation, what, answer: Answer::None });
        Command { tab: self.tab, number }
    }

    /// The command of this tab's that will be next.
    pub fn next(&self) -> Command {
        Command { tab: self.tab, number: self.attempts.len() as u32 }
    }

    /// Notes an ack. Answers the command where it is one of this tab's that had no ack before.
    pub fn acked(&mut self, ack: &Ack) -> Option<Command> {
        let Some(command) = Command::of(ack.client_id) else {
            self.oddities.push(format!("an ack of nobody's command: {ack:?}"));
            return None;
        };
        let Some(attempt) = self.own(command) else {
            self.more_acks.push((command, ack.clone()));
            return None;
        };
        let known = (attempt.conversation, attempt.answer);
        if known == (ack.conversation, Answer::Acked(ack.seq, ack.at)) {
            return None;
        }
        if known.0 == ack.conversation && !matches!(known.1, Answer::Acked(..)) {
            attempt.answer = Answer::Acked(ack.seq, ack.at);
            return Some(command);
        }
        self.more_acks.push((command, ack.clone()));
        None
    }

    /// Notes that a command of this tab's was carried out, or refused.
    pub fn answered(&mut self, command: Command, answer: Answer) {
        if let Some(attempt) = self.own(command).filter(|attempt| attempt.answer == Answer::None) {
            attempt.answer = answer;
        }
    }

    fn own(&mut self, command: Command) -> Option<&mut Attempt> {
        self.attempts.get_mut(command.number as usize).filter(|_| command.tab == self.tab)
    }

    /// Records that later deliveries are those of another connection.
    pub fn connected(&mut self) {
        self.connection += 1;
        self.runs.extend(self.growing.drain().map(|(_, run)| run));
    }

    /// Notes an event that was delivered.
    pub fn delivered(&mut self, event: &Event) {
        let source = Source::Live { connection: self.connection };
        match self.growing.entry(event.conversation) {
            Entry::Vacant(place) => {
                place.insert(Run::of(event, source));
            }
            Entry::Occupied(mut place) => {
                if !place.get_mut().grow(event) {
                    self.runs.push(place.insert(Run::of(event, source)));
                }
            }
        }
    }

    /// Records events that were fetched.
    pub fn saw<'e>(&mut self, events: impl Iterator<Item = &'e Event>) {
        let source = Source::Page;
        let mut growing: Option<Run> = None;
        for event in events {
            if !growing.as_mut().is_some_and(|run| run.grow(event)) {
                self.runs.extend(growing.replace(Run::of(event, source)));
            }
        }
        self.runs.extend(growing);
    }

    /// Ends the journal: no run grows any more.
    pub fn close(&mut self) {
        self.connected();
    }
}

impl Run {
    fn of(event: &Event, source: Source) -> Self {
        let (conversation, seq) = (event.conversation, event.seq);
        Self { conversation, source, first: seq, last: seq, digest: Digest::of(event) }
    }

    /// Takes an event, where it is the next one.
    fn grow(&mut self, event: &Event) -> bool {
        let next = event.seq == self.last.next() && event.seq.0 - self.first.0 < LONGEST_RUN;
        if next {
            self.last = event.seq;
            self.digest = self.digest.add(Digest::of(event));
        }
        next
    }
}

/// A tab's state at the end, and that of a new tab.
#[derive(Debug)]
pub struct End {
    pub tab: u16,
    pub user: UserId,
    pub held: Vec<Conversation>,
    pub fresh: Vec<Conversation>,
    /// What the tab looked at, and the event that its timeline ends with and has all changes up to.
    pub open: Option<(ConversationId, Seq)>,
    /// How many commands were still without an answer.
    pub unanswered: usize,
    pub threads: ThreadsEnd,
}
