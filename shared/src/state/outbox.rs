//! What a client sent and has not seen in the log yet, in the order of sending.

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

/// What is on its way, in the order of sending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox(Vec<Outgoing>);

impl Outbox {
    /// Takes a message that a person just wrote, and answers the command to send.
    pub fn push_local(
        &mut self,
        client_id: ClientId,
        conversation: ConversationId,
        text: MessageText,
        at: Timestamp,
    ) -> ClientFrame {
        let outgoing = Outgoing { client_id, conversation, text, at, state: SendState::Pending };
        let frame = outgoing.frame();
        self.0.push(outgoing);
        frame
    }

    /// What is on its way in one conversation.
    pub fn of(&self, conversation: ConversationId) -> impl Iterator<Item = &Outgoing> {
        self.0.iter().filter(move |o| o.conversation == conversation)
    }

    /// The commands to send on a new connection, in order: all that has no answer yet.
    #[must_use]
    pub fn unanswered(&self) -> Vec<ClientFrame> {
        self.0.iter().filter(|o| o.state == SendState::Pending).map(Outgoing::frame).collect()
    }

    /// Tries a refused message again: answers the command to send.
    pub fn retry(&mut self, client_id: ClientId) -> Option<ClientFrame> {
        let outgoing = self.find(client_id)?;
        outgoing.state = SendState::Pending;
        Some(outgoing.frame())
    }

    /// Gives a message up.
    pub fn discard(&mut self, client_id: ClientId) {
        self.0.retain(|o| o.client_id != client_id);
    }

    /// Takes the server's refusal of a command.
    pub fn refused(&mut self, client_id: ClientId, error: &ErrorBody) {
        if let Some(outgoing) = self.find(client_id).filter(|o| o.state == SendState::Pending) {
            outgoing.state = SendState::Failed(error.code, error.message.clone());
        }
    }

    /// What is on disk and whose event has not been seen.
    pub(super) fn acknowledged(&self) -> Vec<(ClientId, ConversationId, Seq)> {
        let seq = |o: &Outgoing| if let SendState::Sent(seq) = o.state { Some(seq) } else { None };
        self.0.iter().filter_map(|o| Some((o.client_id, o.conversation, seq(o)?))).collect()
    }

    pub(super) fn sent(&mut self, ack: &Ack) {
        if let Some(outgoing) = self.find(ack.client_id) {
            outgoing.state = SendState::Sent(ack.seq);
            outgoing.at = ack.at;
        }
    }

    /// Its event is in the log: the log shows it from now on.
    pub(super) fn arrived(&mut self, client_id: ClientId) {
        self.discard(client_id);
    }

    pub(super) fn forget(&mut self, conversation: ConversationId) {
        self.0.retain(|o| o.conversation != conversation);
    }

    fn find(&mut self, client_id: ClientId) -> Option<&mut Outgoing> {
        self.0.iter_mut().find(|o| o.client_id == client_id)
    }
}
