//! What is moved: a record for each row, in one form for every backend. Times are milliseconds since 1970. The fields are named
//! like the columns of Postgres, where a record is a row as JSON.

use confab_shared::{
    attachment::{Attachment, AttachmentSummary},
    event::EventBody,
    id::{AttachmentId, ClientId, ConversationId, Seq, Timestamp, UserId},
    preview::Preview,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::domain::notification::StoredEvent;

/// Bytes, in JSON as Postgres writes them: `\x` and hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = self.0.iter().map(|byte| format!("{byte:02x}"));
        serializer.serialize_str(&digits.fold("\\x".to_owned(), |text, digits| text + digits.as_str()))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = text.strip_prefix("\\x").and_then(|digits| {
            let digits = digits.as_bytes();
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
            digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(byte).collect::<Option<_>>())?
        });
        bytes.map(Self).ok_or_else(|| de::Error::custom("bytes are \\x and pairs of hexadecimal digits"))
    }
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct UserRecord {
    pub id: UserId,
    pub name: String,
    pub name_key: String,
    pub skeleton: String,
    pub kind: u8,
    pub guest_key: Option<Bytes>,
    pub password: Option<String>,
    pub role: u8,
    pub deactivated_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub last_seen: Option<Timestamp>,
    pub display_name: Option<String>,
    pub display_key: Option<String>,
    pub asks_before_groups: Option<bool>,
    pub shares_read_positions: bool,
}

/// A second factor, with the recovery codes that are left, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct SecondFactorRecord {
    pub user_id: UserId,
    pub secret: Bytes,
    pub confirmed: bool,
    pub last_step: u64,
    pub codes: Vec<Bytes>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct SessionRecord {
    pub id: u64,
    pub token: Bytes,
    pub user_id: UserId,
    pub created_at: Timestamp,
    pub used_at: Timestamp,
    pub browser: Option<String>,
    pub address: Option<String>,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct ConversationRecord {
    pub id: ConversationId,
    pub kind: u8,
    pub title: Option<String>,
    pub topic: Option<String>,
    pub low: Option<UserId>,
    pub high: Option<UserId>,
    pub member_count: u64,
    pub head_seq: Seq,
    pub message_count: u64,
    pub deleted_count: u64,
    pub last_activity_at: Timestamp,
    pub last_seq: Option<Seq>,
    pub last_by: Option<UserId>,
    pub last_at: Option<Timestamp>,
    pub last_text: Option<String>,
    pub last_attachments: Option<AttachmentSummary>,
    pub furthest_read_seq: Seq,
    pub furthest_reader: UserId,
    pub second_read_seq: Seq,
}

/// A member of a conversation, and how far they have read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct MemberRecord {
    pub conversation: ConversationId,
    pub user_id: UserId,
    pub role: u8,
    pub takes_part: bool,
    pub read_seq: Seq,
    pub read_ordinal: u64,
}

/// A request to a user to join a group, or one that they declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct GroupRequestRecord {
    pub user_id: UserId,
    pub conversation: ConversationId,
    pub made_by: UserId,
    pub at: Timestamp,
    pub declined: bool,
}

/// An event, with the id of its command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct EventRecord {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub at: Timestamp,
    pub by: UserId,
    pub client_id: Option<ClientId>,
    pub kind: String,
    pub target: Option<Seq>,
    /// How many messages were posted at or before it.
    pub ordinal: u64,
    pub body: EventBody,
    pub legacy: Option<String>,
}

impl EventRecord {
    /// The record of an event, at or before which so many messages were posted.
    pub fn new(stored: StoredEvent, ordinal: u64) -> Self {
        let StoredEvent { event, legacy } = stored;
        Self {
            conversation: event.conversation,
            seq: event.seq,
            at: event.at,
            by: event.by,
            client_id: event.client_id,
            kind: event.body.kind().name().to_owned(),
            target: event.body.changed_message(),
            ordinal,
            body: event.body,
            legacy: legacy.map(|frame| frame.to_string()),
        }
    }
}

/// A command that changed nothing, and the head that it met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct UnchangedCommandRecord {
    pub client_id: ClientId,
    pub sender: UserId,
    pub conversation: ConversationId,
    pub seq: Seq,
    pub at: Timestamp,
}

/// What later events made of a message; none for those that were only pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct MessageChangeRecord {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub edited_at: Option<Timestamp>,
    pub text: Option<String>,
    pub mentions: Option<Vec<UserId>>,
    pub mentioned: Option<Vec<UserId>>,
    pub emoji: Vec<String>,
    pub deleted_at: Option<Timestamp>,
    pub deleted_by: Option<UserId>,
    pub previews: Vec<Preview>,
}

/// A pinned message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct PinRecord {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub at: Timestamp,
    pub by: UserId,
}

/// A reaction of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct ReactionRecord {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub emoji: String,
    pub user_id: UserId,
    pub event: Seq,
}

/// An event that contains a text or a reaction of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct MessageEventRecord {
    pub conversation: ConversationId,
    pub message: Seq,
    pub seq: Seq,
}

/// A mention of a member, or of all, who are then one user whom there is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct MentionRecord {
    pub user_id: UserId,
    pub conversation: ConversationId,
    pub seq: Seq,
    pub event: Seq,
    pub author: UserId,
}

/// A draft, or what its version was when its text was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct DraftRecord {
    pub user_id: UserId,
    pub conversation: ConversationId,
    pub text: Option<String>,
    pub version: u64,
    pub at: Timestamp,
}

/// A draft of a thread, as [`DraftRecord`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct ThreadDraftRecord {
    pub user_id: UserId,
    pub conversation: ConversationId,
    pub root: Seq,
    pub text: Option<String>,
    pub version: u64,
    pub at: Timestamp,
}

/// A message that a user saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct SavedMessageRecord {
    pub user_id: UserId,
    pub conversation: ConversationId,
    pub seq: Seq,
    pub at: Timestamp,
}

/// What a root shows of its thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct ThreadRecord {
    pub conversation: ConversationId,
    pub root: Seq,
    pub reply_count: u64,
    pub last_seq: Seq,
    pub last_at: Timestamp,
    pub faces: Vec<UserId>,
}

/// A reply of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct ThreadReplyRecord {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub root: Seq,
    pub at: Timestamp,
    pub by: UserId,
    pub deleted: bool,
}

/// Who follows a thread, and how far they have read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct ThreadFollowerRecord {
    pub user_id: UserId,
    pub conversation: ConversationId,
    pub root: Seq,
    pub read_seq: Seq,
}

/// An unread mention in a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct ThreadMentionRecord {
    pub user_id: UserId,
    pub conversation: ConversationId,
    pub root: Seq,
    pub seq: Seq,
    pub event: Seq,
}

/// An attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct AttachmentRecord {
    pub id: AttachmentId,
    pub owner: UserId,
    pub content: Attachment,
    pub bytes: u64,
    pub file: Bytes,
    pub small: Option<Bytes>,
    pub large: Option<Bytes>,
    pub conversation: Option<ConversationId>,
    pub seq: Option<Seq>,
    pub created_at: Timestamp,
}

/// An invitation, with the groups that those who come by it join, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct InvitationRecord {
    pub id: u64,
    pub token: Bytes,
    pub made_by: Option<UserId>,
    pub role: u8,
    pub uses_left: u64,
    pub used: u64,
    pub expires_at: Timestamp,
    pub groups: Vec<ConversationId>,
}

/// What the owner decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the migrations describe the columns")]
pub struct SettingsRecord {
    /// Always 1.
    pub id: u8,
    pub registration: bool,
    pub admins_need_second_factor: bool,
    pub attachment_bytes: Option<u64>,
    pub storage_bytes: Option<u64>,
    pub link_previews: Option<bool>,
}

/// The last id that was given in a table whose ids are not given again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterRecord {
    /// The table.
    pub name: String,
    /// The id.
    pub last: u64,
}

#[cfg(test)]
mod tests {
    use super::Bytes;

    #[test]
    fn bytes_are_written_as_postgres_writes_them() {
        let json = r#""\\x00ff7f""#;
        assert_eq!(serde_json::to_string(&Bytes(vec![0, 255, 127])).unwrap(), json);
        assert_eq!(serde_json::from_str::<Bytes>(json).unwrap(), Bytes(vec![0, 255, 127]));
        for wrong in [r#""00""#, r#""\\x0""#, r#""\\xzz""#, r#""\\xé0""#] {
            assert!(serde_json::from_str::<Bytes>(wrong).is_err(), "{wrong}");
        }
    }
}
