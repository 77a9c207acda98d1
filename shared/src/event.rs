//! Events: the entries of a conversation's append-only log, and what each kind does to the conversation.
//!
//! To add a kind: a file below with its content and its [`EventContent`], a `mod` line, and a line in
//! [`event_kinds`](crate::event_kinds). The enum, its names and the snapshots are generated from that table. A peer that does not know the kind decodes it as [`EventBody::Unknown`] and still counts its seq.

mod content;
mod deleted;
mod edited;
mod invited;
mod joined;
mod left;
mod pinned;
mod posted;
mod previewed;
mod reacted;
mod renamed;
mod topic;

use serde::{Deserialize, Serialize};

pub use self::{
    content::{EventContent, Occurrence},
    deleted::{Deleted, DeletedReply},
    edited::Edited,
    invited::Invited,
    joined::Joined,
    left::Left,
    pinned::Pinned,
    posted::Posted,
    previewed::Previewed,
    reacted::Reacted,
    renamed::Renamed,
    topic::TopicChanged,
};
use crate::{
    conversation::Conversation,
    decode::Decode,
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
};

/// The table of kinds: calls a macro with all of them, each with its variant, the type of its content and its name on
/// the wire.
#[macro_export]
macro_rules! event_kinds {
    ($callback:ident) => {
        $callback! {
            Posted, $crate::event::Posted, "posted";
            Joined, $crate::event::Joined, "joined";
            Left, $crate::event::Left, "left";
            Renamed, $crate::event::Renamed, "renamed";
            Topic, $crate::event::TopicChanged, "topic";
            Edited, $crate::event::Edited, "edited";
            Deleted, $crate::event::Deleted, "deleted";
            Reacted, $crate::event::Reacted, "reacted";
            Pinned, $crate::event::Pinned, "pinned";
            Invited, $crate::event::Invited, "invited";
            Previewed, $crate::event::Previewed, "previewed";
        }
    };
}

/// An entry of a conversation's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Event {
    /// The conversation.
    pub conversation: ConversationId,
    /// The number of the entry: gapless, from 1.
    pub seq: Seq,
    /// When the server took the command.
    pub at: Timestamp,
    /// The user whose command made it.
    pub by: UserId,
    /// The id of that command, by which its sender finds the pending entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The kind and its content.
    pub body: EventBody,
}

/// What [`Event::apply`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyOutcome {
    /// The event was the next one and is applied.
    Applied,
    /// The event had been applied before.
    Known,
    /// Events are missing before it and nothing was changed: fetch those after the head.
    Gap,
}

impl Event {
    /// Applies the event to a conversation as `me` sees it. Stale state and the events since then give fresh state,
    /// but for read positions, which travel as signals.
    pub fn apply(&self, conversation: &mut Conversation, me: UserId) -> ApplyOutcome {
        if self.seq <= conversation.head_seq {
            return ApplyOutcome::Known;
        }
        if self.seq != conversation.head_seq.next() {
            return ApplyOutcome::Gap;
        }
        if let Some(content) = self.body.content() {
            content.apply(&self.occurrence(), conversation, me);
        }
        conversation.head_seq = self.seq;
        ApplyOutcome::Applied
    }

    /// When, where and by whom it happened.
    pub(crate) fn occurrence(&self) -> Occurrence {
        Occurrence { seq: self.seq, at: self.at, by: self.by }
    }

    /// Every user whom the event names, the author included, sorted, each once.
    #[must_use]
    pub fn users(&self) -> Vec<UserId> {
        let mut users = self.body.content().map(EventContent::users).unwrap_or_default();
        users.push(self.by);
        users.sort_unstable();
        users.dedup();
        users
    }
}

macro_rules! define_event_body {
    ($($Kind:ident, $Content:path, $name:literal;)*) => {
        /// The kind of an event and its content.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
        #[serde(tag = "kind")]
        pub enum EventBody {
            $(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name)]
                $Kind($Content),
            )*
            /// A kind from a newer server: it takes its seq and changes nothing that this build knows of.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        /// The kinds of events, without their content.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $(
                #[doc = concat!("`", $name, "`")]
                $Kind,
            )*
            /// A kind from a newer server.
            Unknown,
        }

        $(
            impl From<$Content> for EventBody {
                fn from(content: $Content) -> Self {
                    Self::$Kind(content)
                }
            }
        )*

        impl EventKind {
            /// Every kind that this build knows.
            pub const ALL: &[Self] = &[$(Self::$Kind),*];

            /// The name on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Kind => $name,)*
                    Self::Unknown => "unknown",
                }
            }
        }

        impl EventBody {
            /// The kind.
            #[must_use]
            pub fn kind(&self) -> EventKind {
                match self {
                    $(Self::$Kind(_) => EventKind::$Kind,)*
                    Self::Unknown => EventKind::Unknown,
                }
            }

            /// The message that the event changes; none where it is an item of the timeline itself.
            #[must_use]
            pub fn target(&self) -> Option<Seq> {
                self.content().and_then(EventContent::target)
            }

            /// The message that the event changes, also where it is a reply that shows only in its thread: then the root.
            /// None where it is an item of the timeline.
            #[must_use]
            pub fn changed_message(&self) -> Option<Seq> {
                match self {
                    Self::Posted(posted) if posted.is_in_timeline() => None,
                    Self::Posted(posted) => posted.thread,
                    other => other.target(),
                }
            }

            /// The root of the thread that has a reply more or less by the event.
            #[must_use]
            pub fn changed_root(&self) -> Option<Seq> {
                self.content().and_then(EventContent::changed_root)
            }

            /// The message, where it is one that shows in the timeline.
            #[must_use]
            pub fn timeline_message(&self) -> Option<&Posted> {
                match self {
                    Self::Posted(posted) if posted.is_in_timeline() => Some(posted),
                    _ => None,
                }
            }

            /// The content; none of an unknown kind.
            #[must_use]
            pub fn content(&self) -> Option<&dyn EventContent> {
                match self {
                    $(Self::$Kind(content) => Some(content),)*
                    Self::Unknown => None,
                }
            }
        }
    };
}
event_kinds!(define_event_body);
