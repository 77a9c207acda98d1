//! What a client sent and has not seen in the log yet, in the order of sending.
//!
//! A client that keeps its outbox beyond its own life reads [`Outbox::take_changes`] after every change of the state,
//! and hands what it kept to [`Outbox::restore`] when it begins again. What is acknowledged is on the server's disk
//! and needs no keeping.

use crate::{
    ids::{ClientId, ConversationId, Seq, Timestamp},
    protocol::{Ack, ClientFrame, ErrorBody, ErrorCode},
    text::MessageText,
};

/// How far a message of one's own has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendState {
    /// Not acknowledged yet: it is sent again on every new connection.
    Pending,
    /// On disk, and its event is about to arrive.
    Sent(Seq),
    /// Refused: the person may retry or drop it.
    Failed(ErrorCode, String),
}

/// A message of one's own on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The same on every retry, so that it is posted once.
    pub client_id: ClientId,
    /// Where it goes.
    pub conversation: ConversationId,
    /// What it says.
    pub text: MessageText,
    /// When it was written, by this client's clock; the server's once it is acknowledged.
    pub at: Timestamp,
    /// How far it has come.
    pub state: SendState,
}

impl Outgoing {
    /// The command that sends it.
    #[must_use]
    pub fn frame(&self) -> ClientFrame {
        ClientFrame::Send {
            client_id: self.client_id,
            conversation: self.conversation,
            text: self.text.as_str().to_owned(),
        }
    }
}

/// What has to be kept, or need not be kept any more, so that nothing unsent is lost with the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Not on the server's disk: to be kept as it is now.
    Keep(Outgoing),
    /// On the server's disk, or given up.
    Drop(ClientId),
}

/// What is on its way, in the order of sending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    waiting: Vec<Outgoing>,
    /// What changed since [`Outbox::take_changes`].
    changed: Vec<ClientId>,
}

impl Outbox {
    /// Takes a message that a person just wrote, and answers the command to send. Its time is after that of every
    /// unsent one, whatever the clock says: what is kept and restored has no other order.
    pub fn push_local(
        &mut self,
        client_id: ClientId,
        conversation: ConversationId,
        text: MessageText,
        at: Timestamp,
    ) -> ClientFrame {
        let after = self.unsent().map(|o| o.at.0 + 1).max().unwrap_or_default();
        let at = at.max(Timestamp(after));
        let outgoing = Outgoing { client_id, conversation, text, at, state: SendState::Pending };
        let frame = outgoing.frame();
        self.waiting.push(outgoing);
        self.changed.push(client_id);
        frame
    }

    /// Takes what was kept of earlier, in the order of writing and before all that was written since.
    pub fn restore(&mut self, kept: Vec<Outgoing>) {
        let written_since = std::mem::take(&mut self.waiting);
        for outgoing in kept {
            let held = |o: &Outgoing| o.client_id == outgoing.client_id;
            if !self.waiting.iter().chain(&written_since).any(held) {
                let before = |o: &&Outgoing| (o.at, o.client_id) < (outgoing.at, outgoing.client_id);
                let place = self.waiting.iter().take_while(before).count();
                self.waiting.insert(place, outgoing);
            }
        }
        self.waiting.extend(written_since);
    }

    /// What is to be kept or dropped since this was last asked.
    #[must_use]
    pub fn take_changes(&mut self) -> Vec<Change> {
        let changed = std::mem::take(&mut self.changed);
        let change = |id| match self.unsent().find(|o| o.client_id == id) {
            Some(outgoing) => Change::Keep(outgoing.clone()),
            None => Change::Drop(id),
        };
        changed.into_iter().map(change).collect()
    }

    /// What is on its way in one conversation.
    pub fn of(&self, conversation: ConversationId) -> impl Iterator<Item = &Outgoing> {
        self.waiting.iter().filter(move |o| o.conversation == conversation)
    }

    /// What is not on the server's disk, as far as is known: without an answer, or refused.
    pub fn unsent(&self) -> impl Iterator<Item = &Outgoing> {
        self.waiting.iter().filter(|o| !matches!(o.state, SendState::Sent(_)))
    }

    /// The commands to send on a new connection, in order: all that has no answer yet.
    #[must_use]
    pub fn unanswered(&self) -> Vec<ClientFrame> {
        self.waiting.iter().filter(|o| o.state == SendState::Pending).map(Outgoing::frame).collect()
    }

    /// Tries a refused message again: answers the command to send.
    pub fn retry(&mut self, client_id: ClientId) -> Option<ClientFrame> {
        let outgoing = self.find(client_id)?;
        outgoing.state = SendState::Pending;
        let frame = outgoing.frame();
        self.changed.push(client_id);
        Some(frame)
    }

    /// Gives a message up.
    pub fn discard(&mut self, client_id: ClientId) {
        if self.find(client_id).is_some() {
            self.waiting.retain(|o| o.client_id != client_id);
            self.changed.push(client_id);
        }
    }

    /// Gives up all that is unsent.
    pub fn discard_unsent(&mut self) {
        let unsent: Vec<_> = self.unsent().map(|o| o.client_id).collect();
        unsent.into_iter().for_each(|id| self.discard(id));
    }

    /// Another client of this person that kept the same message says that it was sent or given up. One that is
    /// acknowledged here shows until its event comes.
    pub fn settled_elsewhere(&mut self, client_id: ClientId) {
        self.waiting.retain(|o| o.client_id != client_id || matches!(o.state, SendState::Sent(_)));
    }

    /// Takes the server's refusal of a command.
    pub fn refused(&mut self, client_id: ClientId, error: &ErrorBody) {
        if let Some(outgoing) = self.find(client_id).filter(|o| o.state == SendState::Pending) {
            outgoing.state = SendState::Failed(error.code, error.message.clone());
            self.changed.push(client_id);
        }
    }

    /// What is on disk and whose event has not been seen.
    pub(super) fn acknowledged(&self) -> Vec<(ClientId, ConversationId, Seq)> {
        let seq = |o: &Outgoing| if let SendState::Sent(seq) = o.state { Some(seq) } else { None };
        self.waiting.iter().filter_map(|o| Some((o.client_id, o.conversation, seq(o)?))).collect()
    }

    pub(super) fn sent(&mut self, ack: &Ack) {
        if let Some(outgoing) = self.find(ack.client_id) {
            outgoing.state = SendState::Sent(ack.seq);
            outgoing.at = ack.at;
            self.changed.push(ack.client_id);
        }
    }

    /// Its event is in the log: the log shows it from now on.
    pub(super) fn arrived(&mut self, client_id: ClientId) {
        self.discard(client_id);
    }

    /// One is in this conversation no more, and what is on disk will not be told. All else is the server's to answer:
    /// it may have come before one left.
    pub(super) fn left(&mut self, conversation: ConversationId) {
        self.waiting.retain(|o| o.conversation != conversation || !matches!(o.state, SendState::Sent(_)));
    }

    fn find(&mut self, client_id: ClientId) -> Option<&mut Outgoing> {
        self.waiting.iter_mut().find(|o| o.client_id == client_id)
    }
}
