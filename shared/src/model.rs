//! Users, conversations and the events that change them.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ClientId, ConversationId, Seq, Timestamp, UserId},
    text::{MessageText, Title, UserName},
};

/// Somebody who takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// What events name them by.
    pub id: UserId,
    /// What people call them.
    pub name: UserName,
}

/// Whether somebody is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Who.
    pub user: UserId,
    /// Whether they have a connection now.
    pub online: bool,
    /// When their last connection ended, where they ever had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

/// What a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Between two people, one per pair; with oneself, for notes.
    Direct,
    /// Among its members, who may add others, leave and rename it.
    Group,
    /// Everybody is in it, from the day they come.
    Broadcast,
}

/// A conversation as one of its members sees it: everything but its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its name on the wire.
    pub id: ConversationId,
    /// What it is.
    pub kind: ConversationKind,
    /// What it is called; a direct conversation is called after the other person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// The other person of a direct conversation (oneself, of one's notes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<UserId>,
    /// How many are in it.
    pub member_count: u64,
    /// The seq of its newest event; 0 where it has none.
    pub head: Seq,
    /// How many messages it has: the ordinal of the newest.
    pub messages: u64,
    /// How far you have read.
    pub cursor: Seq,
    /// How many of its messages stand at or before your cursor.
    pub read: u64,
    /// The unread messages that call you by name, the oldest first; of more than [`Conversation::MAX_MENTIONS`] the
    /// newest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Seq>,
    /// How far the furthest of the others has read.
    pub seen: Seq,
    /// When it last changed.
    pub active_at: Timestamp,
    /// The newest message, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<LastMessage>,
}

/// The newest message of a conversation, for a list of conversations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastMessage {
    /// Who wrote it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Its beginning, at most [`LastMessage::MAX_CHARS`] characters.
    pub text: String,
}

impl LastMessage {
    /// How much of the text is kept, in characters.
    pub const MAX_CHARS: usize = 120;

    /// The newest message's entry in the list.
    #[must_use]
    pub fn new(by: UserId, at: Timestamp, text: &str) -> Self {
        Self { by, at, text: Self::cut(text).to_owned() }
    }

    /// What is kept of a text.
    #[must_use]
    pub fn cut(text: &str) -> &str {
        // No more bytes, so no more characters.
        if text.len() <= Self::MAX_CHARS {
            return text;
        }
        let end = text.char_indices().nth(Self::MAX_CHARS).map_or(text.len(), |(end, _)| end);
        text.get(..end).unwrap_or(text)
    }
}

/// Something that changed a conversation, for ever in its log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Where.
    pub conversation: ConversationId,
    /// Its place: gapless, from 1.
    pub seq: Seq,
    /// When the server took it.
    pub at: Timestamp,
    /// Who did it.
    pub by: UserId,
    /// The id of the command that made it, so that its sender finds their pending row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// What.
    pub body: EventBody,
}

impl Event {
    /// Every user whom the event names, each once.
    #[must_use]
    pub fn names(&self) -> Vec<UserId> {
        let mut ids = match &self.body {
            EventBody::Joined { users } => users.clone(),
            _ => Vec::new(),
        };
        ids.push(self.by);
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// What an event did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventBody {
    /// A message.
    Posted {
        /// What it says.
        text: MessageText,
        /// Its number among the conversation's messages, from 1.
        ordinal: u64,
        /// The members whom it calls by name, other than its author.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<UserId>,
    },
    /// People were added; none of them was in it before.
    Joined {
        /// Who.
        users: Vec<UserId>,
    },
    /// The one who did it is in it no more.
    Left,
    /// It is called something else now.
    Renamed {
        /// What.
        title: Title,
    },
    /// From a newer server: it takes its seq and changes nothing that this build knows of.
    #[serde(other)]
    Unknown,
}

/// What became of an event that was folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// It was the next one.
    Applied,
    /// It was known already.
    Known,
    /// Others are missing before it: nothing was changed; fetch what is after the head.
    Gap,
}

impl Conversation {
    /// How many unread mentions are told apart.
    pub const MAX_MENTIONS: usize = 100;

    /// How many messages are unread.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.messages.saturating_sub(self.read)
    }

    /// Moves the cursor forward: how many messages stand at or before it is `read`.
    pub fn advance(&mut self, cursor: Seq, read: u64) {
        if cursor > self.cursor {
            self.cursor = cursor;
            self.read = self.read.max(read);
            self.mentions.retain(|seq| *seq > cursor);
        }
    }

    /// Applies the next event, as `me` sees it. Stale state and the events since then give fresh state, but for
    /// cursors, which are told by signals.
    pub fn fold(&mut self, me: UserId, event: &Event) -> Fold {
        if event.seq <= self.head {
            return Fold::Known;
        }
        if event.seq != self.head.next() {
            return Fold::Gap;
        }
        match &event.body {
            EventBody::Posted { text, ordinal, mentions } => {
                // The store does the same: who has nothing unread has read what they write themselves. A cursor that
                // another session moved may have overtaken the event.
                if event.by == me && self.unread() == 0 {
                    self.advance(event.seq, *ordinal);
                }
                if mentions.contains(&me) && event.seq > self.cursor {
                    self.mentions.push(event.seq);
                    let surplus = self.mentions.len().saturating_sub(Self::MAX_MENTIONS);
                    self.mentions.drain(..surplus);
                }
                self.messages = *ordinal;
                self.last_message = Some(LastMessage::new(event.by, event.at, text.as_str()));
            }
            EventBody::Joined { users } => {
                self.member_count += users.len() as u64;
                if users.contains(&me) {
                    // Whoever comes (again) begins with nothing unread.
                    self.advance(event.seq, self.messages);
                }
            }
            EventBody::Left => self.member_count = self.member_count.saturating_sub(1),
            EventBody::Renamed { title } => self.title = Some(title.clone()),
            EventBody::Unknown => {}
        }
        self.head = event.seq;
        self.active_at = event.at;
        Fold::Applied
    }
}
