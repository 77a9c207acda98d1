//! Earlier commands of the same user and id: what a retry is compared with.

use std::hash::{Hash, Hasher};

use confab_shared::{
    event::{Event, EventBody, EventKind},
    id::{AttachmentId, ConversationId, Seq},
};
use rustc_hash::FxHasher;

use super::event_position::EventPosition;

/// An earlier command of the same user and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The position of its event; the conversation's head where it changed nothing.
    pub position: EventPosition,
    /// Its event; none where it changed nothing.
    pub event: Option<EarlierEvent>,
}

/// What is remembered of an event to recognise its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlierEvent {
    /// The kind.
    pub kind: EventKind,
    /// A hash of what the command asked for; none where the event does not say it: names became ids, and what a deleted
    /// message said is gone.
    pub content: Option<u64>,
}

impl Earlier {
    /// The command of an event.
    pub fn of(event: &Event) -> Self {
        let content = content(&event.body);
        Self {
            position: EventPosition::of(event),
            event: Some(EarlierEvent { kind: event.body.kind(), content }),
        }
    }

    /// Whether it made an event of a kind in a conversation, with this content as far as both are known.
    pub fn is(&self, kind: EventKind, conversation: ConversationId, content: Option<u64>) -> bool {
        self.position.conversation == conversation && self.says(kind, content)
    }

    /// Whether it made an event of a kind, with this content as far as both are known.
    pub fn says(&self, kind: EventKind, content: Option<u64>) -> bool {
        let same = |event: EarlierEvent| {
            event.kind == kind && event.content.zip(content).is_none_or(|(one, other)| one == other)
        };
        self.event.is_some_and(same)
    }
}

/// What an event says that its command asked for. The commands hash the same values.
fn content(body: &EventBody) -> Option<u64> {
    match body {
        EventBody::Posted(message)
            if !message.text.as_str().is_empty() || !message.attachments.is_empty() =>
        {
            let attachments = message.attachments.iter().map(|attachment| attachment.id);
            posted(
                message.text.as_str(),
                (message.reply_to, message.thread),
                message.also_in_conversation,
                attachments,
            )
        }
        EventBody::Edited(edited) if !edited.text.as_str().is_empty() => {
            hash((edited.target, edited.text.as_str()))
        }
        EventBody::Reacted(reacted) if !reacted.emoji.as_str().is_empty() => {
            hash((reacted.target, reacted.emoji.as_str(), reacted.on))
        }
        EventBody::Deleted(deleted) => hash(deleted.target),
        EventBody::Pinned(pinned) => hash((pinned.target, pinned.on)),
        EventBody::Previewed(previewed) => hash(previewed.target),
        EventBody::Renamed(renamed) => hash(renamed.title.as_str()),
        EventBody::Topic(changed) => hash(changed.topic.as_ref().map(|topic| topic.as_str())),
        EventBody::Posted(_)
        | EventBody::Edited(_)
        | EventBody::Reacted(_)
        | EventBody::Joined(_)
        | EventBody::Invited(_)
        | EventBody::Left(_)
        | EventBody::Unknown => None,
    }
}

/// The hash of what a message says.
pub fn posted(
    text: &str,
    (reply_to, thread): (Option<Seq>, Option<Seq>),
    also_in_conversation: bool,
    attachments: impl Iterator<Item = AttachmentId>,
) -> Option<u64> {
    let mut hasher = FxHasher::default();
    (text, reply_to, thread, also_in_conversation).hash(&mut hasher);
    attachments.for_each(|attachment| attachment.hash(&mut hasher));
    Some(hasher.finish())
}

/// A hash that is the same for as long as the process lives. It finds mistakes of clients and is no protection.
pub fn hash(content: impl Hash) -> Option<u64> {
    let mut hasher = FxHasher::default();
    content.hash(&mut hasher);
    Some(hasher.finish())
}
