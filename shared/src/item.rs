//! The items of a timeline, messages and notices; and what events make of messages.

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    event::{Event, EventBody, Posted},
    id::{Seq, UserId},
    message::Message,
};

/// An item of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Item {
    /// A message as it is now.
    Message(Message),
    /// An event that is shown as it happened: somebody joined, the title changed.
    Notice(Event),
}

impl Item {
    /// The item that an event adds to the timeline; none for an event that changes a message.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match &event.body {
            EventBody::Posted(posted) => Some(Self::Message(Message::new(event, posted))),
            body => body.target().is_none().then(|| Self::Notice(event.clone())),
        }
    }

    /// The seq of the event that made it.
    #[must_use]
    pub fn seq(&self) -> Seq {
        match self {
            Self::Message(message) => message.seq,
            Self::Notice(event) => event.seq,
        }
    }

    /// The message, where it is one.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        if let Self::Message(message) = self { Some(message) } else { None }
    }

    /// The users whom it names, in no order; some may come twice.
    #[must_use]
    pub fn users(&self) -> Vec<UserId> {
        match self {
            Self::Message(message) => message.users().collect(),
            Self::Notice(event) => event.users(),
        }
    }
}

impl Message {
    /// A message as its event posted it.
    #[must_use]
    pub fn new(event: &Event, posted: &Posted) -> Self {
        Self {
            seq: event.seq,
            at: event.at,
            by: event.by,
            client_id: event.client_id,
            text: posted.text.clone(),
            mentions: posted.mentions.clone(),
            edited_at: None,
            reactions: Vec::new(),
            pinned: None,
            deleted: None,
        }
    }

    /// Applies an event of the message's conversation; one that concerns another message changes nothing. The events
    /// since a message was read, applied in order, give the message as it is read now.
    pub fn apply(&mut self, event: &Event) {
        if let Some(content) = event.body.content().filter(|content| content.target() == Some(self.seq)) {
            content.apply_to_message(&event.occurrence(), self);
        }
    }
}
