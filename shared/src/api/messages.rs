//! `/conversations/{id}/messages`: messages as they are now.

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::{Seq, Timestamp},
    item::Item,
    message::Message,
    text::MessageText,
    user::User,
};

/// The most items that one request may ask for.
pub const MAX_ITEMS_PER_PAGE: usize = 200;

/// `GET /conversations/{id}/messages?before=SEQ|after=SEQ|around=SEQ&limit=N`: items in seq order. With `before` the
/// newest older than it, with `after` the oldest newer than it, with `around` half of them before it and the others from
/// it on, with none the newest. `limit` is 1 to [`MAX_ITEMS_PER_PAGE`], 50 by default. Edits, reactions and other changes
/// are no items: they show in their messages. With `thread=SEQ` the items are the replies of that root's thread; without it,
/// those that show only in a thread are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct MessagePage {
    /// All items of the log from `first_seq` to `last_seq`, as they are at `head_seq`. With `thread`, all replies.
    pub items: Vec<Item>,
    /// The messages that these reply to and that are not among them, as they are at `head_seq`, in seq order; a deleted one
    /// with its mark.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quoted: Vec<Message>,
    /// With `thread`: its root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<Message>,
    /// The users whom they name.
    pub users: Vec<User>,
    /// The conversation's newest seq.
    pub head_seq: Seq,
    /// The first seq that the page covers.
    pub first_seq: Seq,
    /// The last seq that the page covers; before `first_seq` where it covers none.
    pub last_seq: Seq,
}

/// `GET /conversations/{id}/messages/{seq}/revisions`: what an edited message said before, the oldest first. Empty for
/// one that was never edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Revisions {
    /// The texts before the present one.
    pub revisions: Vec<Revision>,
}

/// A text that a message had before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Revision {
    /// When it was written.
    pub at: Timestamp,
    /// The text.
    pub text: MessageText,
}

/// `GET /conversations/{id}/pins`: the pinned messages, the last pinned first; at most [`MAX_PINS_LISTED`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Pins {
    /// The messages, as they are now.
    pub messages: Vec<Message>,
    /// The users whom they name.
    pub users: Vec<User>,
    /// The conversation's newest seq.
    pub head_seq: Seq,
}

/// The most pinned messages that are listed.
pub const MAX_PINS_LISTED: usize = 200;
