//! A message: what a `posted` event made, with every later change applied.

use serde::{Deserialize, Serialize};

use crate::{
    attachment::Attachment,
    decode::Decode,
    emoji::Emoji,
    id::{ClientId, Seq, Timestamp, UserId},
    preview::Preview,
    text::MessageText,
};

/// Whether a message shows in the timeline: one of no thread does, and a reply of a thread where its author wanted that.
#[must_use]
pub fn is_in_timeline(thread: Option<Seq>, also_in_conversation: bool) -> bool {
    thread.is_none() || also_in_conversation
}

/// A message as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Message {
    /// The seq of the event that posted it; it names the message in its conversation.
    pub seq: Seq,
    /// When it was posted.
    pub at: Timestamp,
    /// The author.
    pub by: UserId,
    /// The id of the command that posted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The text as it is now; empty once the message is deleted.
    pub text: MessageText,
    /// The members whom the text mentions, the author left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// The message that it replies to; also once that is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// The root of the thread that it is a reply of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Seq>,
    /// Whether a reply of a thread shows in the timeline, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub also_in_conversation: bool,
    /// Its attachments; none once the message is deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Previews of pages that the text links to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previews: Vec<Preview>,
    /// The thread that it is the root of; none where that has no replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replies: Option<ThreadSummary>,
    /// When it was last edited; none where it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// The reactions, in the order in which their emoji were first used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Who pinned it and when, while it is pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Stamp>,
    /// Who deleted it and when. Only this mark of the message is left then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Stamp>,
}

/// Who did something to a message, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Stamp {
    /// The user.
    pub by: UserId,
    /// When the server took the command.
    pub at: Timestamp,
}

/// The users who reacted to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Emoji,
    /// The users, each once, in the order of their reactions. Never empty.
    pub users: Vec<UserId>,
}

/// What a root shows of its thread. Deleted replies are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct ThreadSummary {
    /// How many replies there are, at least 1.
    pub count: u64,
    /// The newest reply.
    pub last_seq: Seq,
    /// When it was posted.
    pub last_at: Timestamp,
    /// The authors of the newest replies, whose avatars (“faces”) the root shows: each once, the latest first; at most
    /// [`ThreadSummary::MAX_FACES`].
    pub faces: Vec<UserId>,
}

impl ThreadSummary {
    /// The most authors that are named.
    pub const MAX_FACES: usize = 5;

    /// The summary with one more reply.
    #[must_use]
    pub fn with_reply(summary: Option<Self>, seq: Seq, by: UserId, at: Timestamp) -> Self {
        let (count, mut faces) = summary.map_or((0, Vec::new()), |summary| (summary.count, summary.faces));
        faces.retain(|face| *face != by);
        faces.insert(0, by);
        faces.truncate(Self::MAX_FACES);
        Self { count: count + 1, last_seq: seq, last_at: at, faces }
    }
}

/// The most different emoji that a message may have as reactions.
pub const MAX_EMOJI_PER_MESSAGE: usize = 50;

impl Message {
    /// The reaction of an emoji.
    #[must_use]
    pub fn reaction(&self, emoji: &Emoji) -> Option<&Reaction> {
        self.reactions.iter().find(|reaction| reaction.emoji == *emoji)
    }

    /// Whether a user reacted with an emoji.
    #[must_use]
    pub fn has_reaction(&self, user: UserId, emoji: &Emoji) -> bool {
        self.reaction(emoji).is_some_and(|reaction| reaction.users.contains(&user))
    }

    /// The users whom the message names, the author included.
    pub fn users(&self) -> impl Iterator<Item = UserId> {
        let stamps = self.pinned.iter().chain(&self.deleted).map(|stamp| stamp.by);
        let reactions = self.reactions.iter().flat_map(|reaction| reaction.users.iter().copied());
        let faces = self.replies.iter().flat_map(|replies| replies.faces.iter().copied());
        std::iter::once(self.by).chain(stamps).chain(reactions).chain(faces)
    }

    /// Its attachments, and the pictures of its previews.
    pub fn all_attachments(&self) -> impl Iterator<Item = &Attachment> {
        self.attachments.iter().chain(self.previews.iter().filter_map(|preview| preview.image.as_ref()))
    }

    /// Whether it shows in the timeline.
    #[must_use]
    pub fn is_in_timeline(&self) -> bool {
        is_in_timeline(self.thread, self.also_in_conversation)
    }
}
