//! A conversation as one of its members sees it: the state that its events give, without the events.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    attachment::{Attachment, AttachmentSummary},
    decode::Decode,
    id::{ConversationId, Seq, Timestamp, UserId},
    text::{Title, Topic},
};

/// The kinds of conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Decode)]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Between two users, one per pair; with oneself, for notes.
    Direct,
    /// Among its members, who may add others, leave and rename it.
    Group,
    /// Every user is a member from the day that the user is made.
    Broadcast,
}

/// What a member may do in a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Decode)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// An ordinary member.
    #[default]
    Member,
    /// A member who may delete the messages of others; at first who made the group.
    Admin,
    /// From a newer server.
    #[serde(other)]
    Unknown,
}

/// The place of a conversation in the list of a user, which begins with the greatest: the latest activity, and of equal ones
/// the higher id. On the wire it is a text, `AT-ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Decode)]
#[serde(try_from = "String", into = "String")]
pub struct ListCursor {
    /// When its newest message was posted: [`Conversation::last_activity_at`].
    pub last_activity_at: Timestamp,
    /// The conversation.
    pub id: ConversationId,
}

impl fmt::Display for ListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.last_activity_at, self.id)
    }
}

/// A text that is no [`ListCursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadListCursor;

impl fmt::Display for BadListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cursor is the time of the last activity and the id of a conversation, with a hyphen between them")
    }
}

impl std::error::Error for BadListCursor {}

impl FromStr for ListCursor {
    type Err = BadListCursor;

    fn from_str(text: &str) -> Result<Self, BadListCursor> {
        let (at, id) = text.split_once('-').ok_or(BadListCursor)?;
        Ok(Self {
            last_activity_at: at.parse().map_err(|_| BadListCursor)?,
            id: id.parse().map_err(|_| BadListCursor)?,
        })
    }
}

impl TryFrom<String> for ListCursor {
    type Error = BadListCursor;

    fn try_from(text: String) -> Result<Self, BadListCursor> {
        text.parse()
    }
}

impl From<ListCursor> for String {
    fn from(cursor: ListCursor) -> Self {
        cursor.to_string()
    }
}

/// A conversation as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Conversation {
    /// Names the conversation on the wire.
    pub id: ConversationId,
    /// Its kind; it never changes.
    pub kind: ConversationKind,
    /// The title; a direct conversation has none and is shown under the other member's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// The topic, where one is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
    /// The other member of a direct conversation; oneself in notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<UserId>,
    /// How many members it has.
    pub member_count: u64,
    /// The seq of its newest event; 0 before the first.
    pub head_seq: Seq,
    /// How many messages it has; deleted ones are not counted.
    pub message_count: u64,
    /// How many of its messages were deleted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deleted_count: u64,
    /// The role of this member.
    #[serde(default, skip_serializing_if = "is_member")]
    pub role: MemberRole,
    /// How far this member has read.
    pub read_seq: Seq,
    /// How many of its messages stand at or before `read_seq`; deleted ones are not counted.
    pub read_count: u64,
    /// The unread mentions of this member, the oldest first; of more than [`Conversation::MAX_MENTIONS`] the newest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UnreadMention>,
    /// How far the furthest of the other members has read.
    pub peers_read_seq: Seq,
    /// When the newest message was posted; when the conversation was created, before the first.
    pub last_activity_at: Timestamp,
    /// The newest message, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<LastMessage>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_member(role: &MemberRole) -> bool {
    *role == MemberRole::Member
}

/// A message that mentions a member who has not read that yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Decode)]
pub struct UnreadMention {
    /// The message.
    pub seq: Seq,
    /// The event that mentions the member: the message itself, or an edit. The mention is read once this is.
    pub event: Seq,
}

/// The newest message of a conversation, as a list of conversations shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct LastMessage {
    /// The message.
    pub seq: Seq,
    /// The author.
    pub by: UserId,
    /// When it was posted.
    pub at: Timestamp,
    /// The beginning of its text, at most [`LastMessage::MAX_CHARS`] characters.
    pub text: String,
    /// What it has beside its text; none where it has no attachments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Box<AttachmentSummary>>,
}

impl LastMessage {
    /// How much of the text is kept, in characters.
    pub const MAX_CHARS: usize = 120;

    /// The entry of a message without attachments.
    #[must_use]
    pub fn new(seq: Seq, by: UserId, at: Timestamp, text: &str) -> Self {
        Self { seq, by, at, text: Self::truncate(text).to_owned(), attachments: None }
    }

    /// The entry of the message with attachments.
    #[must_use]
    pub fn with_attachments(self, attachments: &[Attachment]) -> Self {
        Self { attachments: AttachmentSummary::of(attachments), ..self }
    }

    /// Replaces it by a newer message; the allocation is kept.
    pub(crate) fn replace(&mut self, seq: Seq, by: UserId, at: Timestamp, text: &str) {
        (self.seq, self.by, self.at) = (seq, by, at);
        self.set_text(text);
    }

    /// Replaces the text; the allocation is kept.
    pub(crate) fn set_text(&mut self, text: &str) {
        Self::truncate(text).clone_into(&mut self.text);
    }

    /// The part of a text that is kept.
    #[must_use]
    pub fn truncate(text: &str) -> &str {
        // A text of so few bytes has no more characters.
        if text.len() <= Self::MAX_CHARS {
            return text;
        }
        let end = text.char_indices().nth(Self::MAX_CHARS).map_or(text.len(), |(end, _)| end);
        text.get(..end).unwrap_or(text)
    }
}

/// How far a member has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadPosition {
    /// The last event that is read.
    pub read_seq: Seq,
    /// How many messages stand at or before it; deleted ones are not counted.
    pub read_count: u64,
}

impl Conversation {
    /// How many unread mentions are kept apart.
    pub const MAX_MENTIONS: usize = 100;

    /// A conversation that was just created: without members and events.
    #[must_use]
    pub fn new(id: ConversationId, kind: ConversationKind, created_at: Timestamp) -> Self {
        Self {
            id,
            kind,
            title: None,
            topic: None,
            peer: None,
            member_count: 0,
            head_seq: Seq(0),
            message_count: 0,
            deleted_count: 0,
            role: MemberRole::Member,
            read_seq: Seq(0),
            read_count: 0,
            mentions: Vec::new(),
            peers_read_seq: Seq(0),
            last_activity_at: created_at,
            last_message: None,
        }
    }

    /// Its place in the list.
    #[must_use]
    pub fn list_cursor(&self) -> ListCursor {
        ListCursor { last_activity_at: self.last_activity_at, id: self.id }
    }

    /// How many messages are unread.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.message_count.saturating_sub(self.read_count)
    }

    /// The member's read position.
    #[must_use]
    pub fn read_position(&self) -> ReadPosition {
        ReadPosition { read_seq: self.read_seq, read_count: self.read_count }
    }

    /// Moves the read position forward; a position further back is ignored.
    pub fn move_read_position(&mut self, to: ReadPosition) {
        if to.read_seq > self.read_seq {
            self.read_seq = to.read_seq;
            self.read_count = self.read_count.max(to.read_count);
            self.mentions.retain(|mention| mention.event > to.read_seq);
        }
    }

    /// Moves the read position back. Mentions behind it are as they were: which others there are is not known.
    pub fn set_read_position_back(&mut self, to: ReadPosition) {
        (self.read_seq, self.read_count) = (to.read_seq, to.read_count);
    }

    /// The number that the next message takes among all that were ever posted.
    #[must_use]
    pub fn next_ordinal(&self) -> u64 {
        self.message_count + self.deleted_count + 1
    }

    /// Adds an unread mention, and drops the oldest of too many.
    pub(crate) fn push_mention(&mut self, mention: UnreadMention) {
        if mention.event > self.read_seq {
            self.mentions.push(mention);
            let surplus = self.mentions.len().saturating_sub(Self::MAX_MENTIONS);
            self.mentions.drain(..surplus);
        }
    }

    /// A message does not mention the member any more.
    pub(crate) fn drop_mention(&mut self, seq: Seq) {
        self.mentions.retain(|mention| mention.seq != seq);
    }
}
