//! Digests of what clients see, so that millions of events and messages need few bytes.

use std::hash::{DefaultHasher, Hash, Hasher};

use confab_shared::{
    conversation::LastMessage,
    event::{
        Deleted, Edited, Event, EventBody, Invited, Joined, Pinned, Posted, Previewed, Reacted, Renamed,
        TopicChanged,
    },
    item::Item,
    message::{Message, Stamp, ThreadSummary},
};

/// The digests of some events, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// Of what no deletion removes from an event.
    pub lasting: u64,
    /// Of everything.
    pub whole: u64,
}

impl Digest {
    /// The digest of an event.
    pub fn of(event: &Event) -> Self {
        let mut hasher = DefaultHasher::new();
        (event.conversation, event.seq, event.at, event.by, event.client_id).hash(&mut hasher);
        let quoted = match &event.body {
            EventBody::Posted(Posted {
                text,
                ordinal,
                mentions,
                reply_to,
                thread,
                also_in_conversation,
                attachments,
                root_author,
            }) => {
                (0, ordinal, reply_to, thread, also_in_conversation, root_author).hash(&mut hasher);
                hash(&(text, mentions, attachments))
            }
            EventBody::Joined(Joined { users }) => hash(&(1, users)),
            EventBody::Invited(Invited { users }) => hash(&(10, users)),
            EventBody::Left(_) => hash(&2),
            EventBody::Renamed(Renamed { title }) => hash(&(3, title)),
            EventBody::Topic(TopicChanged { topic }) => hash(&(5, topic)),
            EventBody::Edited(Edited { target, text, mentions, notify, thread, also_in_conversation }) => {
                (6, target, thread, also_in_conversation).hash(&mut hasher);
                hash(&(text, mentions, notify))
            }
            EventBody::Deleted(Deleted { target, last_message, reply }) => {
                (7, target, last_message.as_ref().map(|last| last.seq)).hash(&mut hasher);
                let reply = reply.as_deref();
                hash(&reply.map(|reply| (reply.thread, reply.also_in_conversation, reply.author)))
                    .hash(&mut hasher);
                hash(&reply.and_then(|reply| reply.replies.as_ref()).map(summary)).hash(&mut hasher);
                last_digest(last_message.as_ref())
            }
            EventBody::Reacted(Reacted { target, emoji, on }) => {
                (8, target, on).hash(&mut hasher);
                hash(emoji)
            }
            EventBody::Pinned(Pinned { target, on }) => hash(&(9, target, on)),
            EventBody::Previewed(Previewed { target, previews }) => {
                (11, target).hash(&mut hasher);
                hash(previews)
            }
            EventBody::Unknown => hash(&4),
        };
        let lasting = hasher.finish();
        quoted.hash(&mut hasher);
        Self { lasting, whole: hasher.finish() }
    }

    pub fn add(self, other: Self) -> Self {
        Self {
            lasting: self.lasting.wrapping_add(other.lasting),
            whole: self.whole.wrapping_add(other.whole),
        }
    }

    pub fn subtract(self, other: Self) -> Self {
        Self {
            lasting: self.lasting.wrapping_sub(other.lasting),
            whole: self.whole.wrapping_sub(other.whole),
        }
    }
}

/// Whether an event lacks what it quoted of a message that is deleted by now.
pub fn is_redacted(event: &Event) -> bool {
    match &event.body {
        EventBody::Posted(posted) => posted.text.as_str().is_empty() && posted.attachments.is_empty(),
        EventBody::Edited(edited) => edited.text.as_str().is_empty(),
        EventBody::Reacted(reacted) => reacted.emoji.as_str().is_empty(),
        EventBody::Deleted(deleted) => deleted
            .last_message
            .as_ref()
            .is_some_and(|last| last.text.is_empty() && last.attachments.is_none()),
        _ => false,
    }
}

/// A number that differs where two newest messages do.
pub fn last_digest(last: Option<&LastMessage>) -> u64 {
    hash(&last.map(|last| (last.seq, last.by, last.at, &last.text, &last.attachments)))
}

/// A digest of an item of a timeline, with whether it is a message that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemDigest(u32);

impl ItemDigest {
    pub fn of(item: &Item) -> Self {
        match item {
            Item::Message(message) => Self::of_message(message),
            Item::Notice(event) => Self::new(Digest::of(event).whole, false),
        }
    }

    /// Every field of a message counts.
    pub fn of_message(message: &Message) -> Self {
        let Message {
            seq,
            at,
            by,
            client_id,
            text,
            mentions,
            reply_to,
            thread,
            also_in_conversation,
            attachments,
            previews,
            replies,
            edited_at,
            reactions,
            pinned,
            deleted,
        } = message;
        let stamp = |stamp: &Option<Stamp>| stamp.map(|stamp| (stamp.by, stamp.at));
        let reactions: Vec<_> = reactions.iter().map(|reaction| (&reaction.emoji, &reaction.users)).collect();
        let fields =
            (seq, at, by, client_id, text, mentions, edited_at, reactions, stamp(pinned), stamp(deleted));
        let place = (reply_to, thread, also_in_conversation, replies.as_ref().map(summary));
        let files = (attachments, previews);
        Self::new(hash(&(fields, place, files)), deleted.is_some())
    }

    fn new(digest: u64, is_deleted: bool) -> Self {
        Self(digest as u32 & !1 | u32::from(is_deleted))
    }

    pub fn is_deleted(self) -> bool {
        self.0 & 1 == 1
    }
}

/// All fields of what a root shows of its thread.
fn summary(replies: &ThreadSummary) -> impl Hash + '_ {
    (replies.count, replies.last_seq, replies.last_at, &replies.faces)
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
