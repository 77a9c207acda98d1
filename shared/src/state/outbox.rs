//! The commands of this client that are not in the log yet, in the order of writing.
//!
//! A client that stores its outbox persistently reads [`Outbox::take_changes`] after every change of the state, and passes
//! the stored entries to [`Outbox::restore`] when it starts. An acknowledged command is on the server's disk and need not
//! be stored.

use crate::{
    command::{Command, Send},
    error::{ErrorBody, ErrorCode},
    id::{AttachmentId, ClientId, ConversationId, Seq, Timestamp},
    protocol::{Ack, ClientFrame},
};

/// The longest wait, in milliseconds, that the server may ask for and the client waits by itself. A command that may be
/// sent only later is refused.
const MAX_WAIT_MS: u64 = 60_000;

/// How many commands are sent at once after a wait. The others follow once the last of these is answered: sent all at once,
/// most of them would be refused again.
const MAX_RESENT: usize = 100;

/// How far a command has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendState {
    /// Not to be sent yet: files that belong to it are on their way to the server.
    Waiting,
    /// Not answered yet: it is sent again on every new connection.
    Pending,
    /// On disk; its event has not arrived yet.
    Sent(Seq),
    /// Refused: the user may retry or discard it.
    Failed(ErrorCode, String),
}

/// A command and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The command; its `client_id` stays the same on every retry, so that it is carried out once.
    pub command: Command,
    /// When it was written, by this client's clock; by the server's once it is acknowledged.
    pub at: Timestamp,
    /// How far it has come.
    pub state: SendState,
}

impl OutboxEntry {
    /// Names the entry.
    #[must_use]
    pub fn client_id(&self) -> ClientId {
        self.command.client_id()
    }

    /// The conversation that the command is about.
    #[must_use]
    pub fn conversation(&self) -> ConversationId {
        self.command.conversation()
    }

    /// The text, where the command posts a message.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Command::Send(send) = &self.command { Some(&send.text) } else { None }
    }

    fn frame(&self) -> ClientFrame {
        self.command.clone().into()
    }
}

/// A change to the stored outbox, so that unsent commands survive the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutboxChange {
    /// Not on the server's disk: to be kept as it is now.
    Keep(OutboxEntry),
    /// On the server's disk, or discarded.
    Drop(ClientId),
}

/// The entries, in the order of writing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    entries: Vec<OutboxEntry>,
    /// The entries that changed since [`Outbox::take_changes`].
    changed: Vec<ClientId>,
    /// Why pending commands are not sent now.
    waiting: Option<Waiting>,
}

/// What the pending commands of a client wait for that sent too much in too short a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// A time, by this client's clock.
    Until(Timestamp),
    /// The answer to the last command that was sent again.
    Answer(ClientId),
}

impl Outbox {
    /// Adds a new command, and returns the frame to send. Its time is after that of every unsent one, even if the clock
    /// was set back: stored entries are ordered by it alone.
    pub fn push(&mut self, command: Command, at: Timestamp) -> ClientFrame {
        let frame = command.clone().into();
        self.add(command, at, SendState::Pending);
        frame
    }

    /// Adds a message that is sent once its files are on the server: see [`Outbox::release`].
    pub fn push_waiting(&mut self, message: Send, at: Timestamp) {
        self.add(message.into(), at, SendState::Waiting);
    }

    fn add(&mut self, command: Command, at: Timestamp, state: SendState) {
        let after = self.unsent().map(|entry| entry.at.0 + 1).max().unwrap_or_default();
        let entry = OutboxEntry { command, at: at.max(Timestamp(after)), state };
        self.changed.push(entry.client_id());
        self.entries.push(entry);
    }

    /// The files of a message are on the server: it gets them as its attachments, and is pending from now on. Answers the
    /// frame to send; none where it does not wait.
    pub fn release(&mut self, client_id: ClientId, attachments: Vec<AttachmentId>) -> Option<ClientFrame> {
        let entry = self.find(client_id).filter(|entry| entry.state == SendState::Waiting)?;
        if let Command::Send(send) = &mut entry.command {
            send.attachments = attachments;
        }
        entry.state = SendState::Pending;
        let frame = entry.frame();
        self.changed.push(client_id);
        Some(frame)
    }

    /// Adds the entries that an earlier client kept, in the order of writing and before all that was written since.
    pub fn restore(&mut self, kept: Vec<OutboxEntry>) {
        let written_since = std::mem::take(&mut self.entries);
        for entry in kept {
            if written_since.iter().all(|since| since.client_id() != entry.client_id()) {
                self.insert(entry);
            }
        }
        self.entries.extend(written_since);
    }

    /// Takes an entry that another client of this user stored: adds it in the order of writing, or takes over what it is now,
    /// unless the command is acknowledged here.
    pub fn stored_elsewhere(&mut self, entry: OutboxEntry) {
        match self.find(entry.client_id()) {
            None => self.insert(entry),
            Some(known) if matches!(known.state, SendState::Sent(_)) => {}
            // A message that waited there has its attachments by now.
            Some(known) => (known.command, known.state) = (entry.command, entry.state),
        }
    }

    /// Inserts an entry in the order of writing, unless it is known.
    fn insert(&mut self, entry: OutboxEntry) {
        if self.get(entry.client_id()).is_none() {
            let before = |o: &&OutboxEntry| (o.at, o.client_id()) < (entry.at, entry.client_id());
            let index = self.entries.iter().take_while(before).count();
            self.entries.insert(index, entry);
        }
    }

    /// What is to be kept or dropped since this was last called.
    #[must_use]
    pub fn take_changes(&mut self) -> Vec<OutboxChange> {
        let changed = std::mem::take(&mut self.changed);
        let change = |id| match self.unsent().find(|entry| entry.client_id() == id) {
            Some(entry) => OutboxChange::Keep(entry.clone()),
            None => OutboxChange::Drop(id),
        };
        changed.into_iter().map(change).collect()
    }

    /// The entries of one conversation.
    pub fn of(&self, conversation: ConversationId) -> impl Iterator<Item = &OutboxEntry> {
        self.entries.iter().filter(move |entry| entry.conversation() == conversation)
    }

    /// The messages for the timeline of one conversation.
    pub fn messages_of(&self, conversation: ConversationId) -> impl Iterator<Item = &OutboxEntry> {
        self.of(conversation)
            .filter(|entry| matches!(&entry.command, Command::Send(send) if send.is_in_timeline()))
    }

    /// The replies for the thread of a root.
    pub fn replies_of(&self, conversation: ConversationId, root: Seq) -> impl Iterator<Item = &OutboxEntry> {
        self.of(conversation)
            .filter(move |entry| matches!(&entry.command, Command::Send(send) if send.thread == Some(root)))
    }

    /// One entry.
    #[must_use]
    pub fn get(&self, client_id: ClientId) -> Option<&OutboxEntry> {
        self.entries.iter().find(|entry| entry.client_id() == client_id)
    }

    /// The entries that are not on the server's disk, as far as is known: not answered, or refused.
    pub fn unsent(&self) -> impl Iterator<Item = &OutboxEntry> {
        self.entries.iter().filter(|entry| !matches!(entry.state, SendState::Sent(_)))
    }

    /// The frames to send on a new connection, in order: the entries that are not answered.
    #[must_use]
    pub fn unanswered(&self) -> Vec<ClientFrame> {
        let pending = |entry: &&OutboxEntry| entry.state == SendState::Pending;
        self.entries.iter().filter(pending).map(OutboxEntry::frame).collect()
    }

    /// Whether pending commands wait, since the server asked for time. Nothing may be sent meanwhile: it would overtake
    /// them. [`Outbox::resume`] sends it in its order.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// The frames to send on a new connection, in order. None while the server's time lasts.
    #[must_use]
    pub fn reconnected(&mut self, now: Timestamp) -> Vec<ClientFrame> {
        match self.waiting {
            None => self.unanswered(),
            Some(Waiting::Until(_)) => self.resume(now),
            // The answer was lost with the connection.
            Some(Waiting::Answer(_)) => self.resend(),
        }
    }

    /// The frames to send again, in order, where the wait is over. To be called after every answer, and every second.
    #[must_use]
    pub fn resume(&mut self, now: Timestamp) -> Vec<ClientFrame> {
        match self.waiting {
            Some(Waiting::Until(until)) if until <= now => self.resend(),
            _ => Vec::new(),
        }
    }

    fn resend(&mut self) -> Vec<ClientFrame> {
        let pending = self.entries.iter().filter(|entry| entry.state == SendState::Pending);
        let mut resent: Vec<_> = pending.take(MAX_RESENT + 1).collect();
        let more = resent.len() > MAX_RESENT;
        resent.truncate(MAX_RESENT);
        let last = resent.last().map(|entry| entry.client_id());
        let frames = resent.into_iter().map(OutboxEntry::frame).collect();
        self.waiting = last.filter(|_| more).map(Waiting::Answer);
        frames
    }

    /// Takes the error that answers a command. One that came too soon after others, or while the server's storage was away,
    /// is no failure: it stays pending, and it and all that follow it wait until `resume` sends them again.
    pub fn answered_with(&mut self, client_id: ClientId, error: &ErrorBody, now: Timestamp) {
        let is_passing = matches!(error.code, ErrorCode::RateLimited | ErrorCode::StoreFailed);
        let wait = error.retry_after_ms.filter(|_| is_passing);
        match wait.filter(|wait| *wait <= MAX_WAIT_MS) {
            None => self.refused(client_id, error),
            Some(wait) if self.get(client_id).is_some_and(|entry| entry.state == SendState::Pending) => {
                let until = Timestamp(now.0 + wait);
                self.waiting = Some(Waiting::Until(match self.waiting {
                    Some(Waiting::Until(earlier)) => earlier.max(until),
                    Some(Waiting::Answer(_)) | None => until,
                }));
            }
            Some(_) => {}
        }
    }

    /// Notes that a command is answered, or is none of this client's any more.
    fn settled(&mut self, client_id: ClientId) {
        if self.waiting == Some(Waiting::Answer(client_id)) {
            self.waiting = Some(Waiting::Until(Timestamp(0)));
        }
    }

    /// Makes a refused entry pending again, and answers the frame to send.
    pub fn retry(&mut self, client_id: ClientId) -> Option<ClientFrame> {
        let entry = self.find(client_id)?;
        entry.state = SendState::Pending;
        let frame = entry.frame();
        self.changed.push(client_id);
        Some(frame)
    }

    /// Makes a refused message wait for its files again: they may be gone from the server. Answers whether it was refused.
    pub fn retry_with_files(&mut self, client_id: ClientId) -> bool {
        let refused = |entry: &&mut OutboxEntry| matches!(entry.state, SendState::Failed(..));
        let Some(entry) = self.find(client_id).filter(refused) else { return false };
        entry.state = SendState::Waiting;
        self.changed.push(client_id);
        true
    }

    /// Removes an entry.
    pub fn discard(&mut self, client_id: ClientId) {
        if self.find(client_id).is_some() {
            self.entries.retain(|entry| entry.client_id() != client_id);
            self.changed.push(client_id);
        }
        self.settled(client_id);
    }

    /// Removes all entries that are unsent.
    pub fn discard_unsent(&mut self) {
        let unsent: Vec<_> = self.unsent().map(OutboxEntry::client_id).collect();
        unsent.into_iter().for_each(|id| self.discard(id));
    }

    /// Removes an entry that another client of this user sent or discarded. One that is acknowledged here stays until
    /// its event arrives.
    pub fn resolved_elsewhere(&mut self, client_id: ClientId) {
        let sent = |entry: &OutboxEntry| matches!(entry.state, SendState::Sent(_));
        self.entries.retain(|entry| entry.client_id() != client_id || sent(entry));
        self.settled(client_id);
    }

    /// Takes the server's refusal of a command.
    pub fn refused(&mut self, client_id: ClientId, error: &ErrorBody) {
        if let Some(entry) = self.find(client_id).filter(|entry| entry.state == SendState::Pending) {
            entry.state = SendState::Failed(error.code, error.message.clone());
            self.changed.push(client_id);
        }
        self.settled(client_id);
    }

    /// The entries that are on disk and whose events have not arrived.
    pub(super) fn acknowledged(&self) -> Vec<(ClientId, ConversationId, Seq)> {
        let seq = |entry: &OutboxEntry| if let SendState::Sent(seq) = entry.state { Some(seq) } else { None };
        let named = |entry: &OutboxEntry| Some((entry.client_id(), entry.conversation(), seq(entry)?));
        self.entries.iter().filter_map(named).collect()
    }

    pub(super) fn sent(&mut self, ack: &Ack) {
        if let Some(entry) = self.find(ack.client_id) {
            entry.state = SendState::Sent(ack.seq);
            entry.at = ack.at;
            self.changed.push(ack.client_id);
        }
        self.settled(ack.client_id);
    }

    /// Removes an entry whose event is in the log: the log shows it from now on.
    pub(super) fn arrived(&mut self, client_id: ClientId) {
        self.discard(client_id);
    }

    /// The user is no member of this conversation any more: events of acknowledged commands will not arrive. Other
    /// entries keep waiting for the server's answer, which may be from before.
    pub(super) fn left(&mut self, conversation: ConversationId) {
        let sent = |entry: &OutboxEntry| matches!(entry.state, SendState::Sent(_));
        self.entries.retain(|entry| entry.conversation() != conversation || !sent(entry));
    }

    fn find(&mut self, client_id: ClientId) -> Option<&mut OutboxEntry> {
        self.entries.iter_mut().find(|entry| entry.client_id() == client_id)
    }
}
