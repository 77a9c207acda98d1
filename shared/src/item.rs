//! The items of a timeline, messages and notices; and what events make of messages.

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    event::{Event, EventBody, EventContent, Posted},
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
    /// The item that an event adds to the timeline; none for an event that changes a message, and for a reply that shows only
    /// in its thread.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match &event.body {
            EventBody::Posted(posted) => {
                posted.is_in_timeline().then(|| Self::Message(Message::new(event, posted)))
            }
            body => body.target().is_none().then(|| Self::Notice(event.clone())),
        }
    }

    /// The item that an event adds to the thread of a root.
    #[must_use]
    pub fn of_thread(root: Seq, event: &Event) -> Option<Self> {
        match &event.body {
            EventBody::Posted(posted) if posted.thread == Some(root) => {
                Some(Self::Message(Message::new(event, posted)))
            }
            _ => None,
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
            reply_to: posted.reply_to,
            thread: posted.thread,
            also_in_conversation: posted.also_in_conversation,
            attachments: posted.attachments.clone(),
            previews: Vec::new(),
            replies: None,
            edited_at: None,
            reactions: Vec::new(),
            pinned: None,
            deleted: None,
        }
    }

    /// Applies an event of the message's conversation; one that concerns another message changes nothing. The events
    /// since a message was read, applied in order, give the message as it is read now.
    pub fn apply(&mut self, event: &Event) {
        let seq = Some(self.seq);
        let changes = |content: &&dyn EventContent| content.target() == seq || content.changed_root() == seq;
        if let Some(content) = event.body.content().filter(changes) {
            content.apply_to_message(&event.occurrence(), self);
        }
    }
}
