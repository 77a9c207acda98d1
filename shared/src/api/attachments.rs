//! `/attachments`: links to the bytes of attachments. Uploads speak tus 1.0 and have no bodies of JSON.

use serde::{Deserialize, Serialize};

use crate::{decode::Decode, id::AttachmentId};

/// The most attachments that one request may ask links for.
pub const MAX_LINKS_PER_REQUEST: usize = 100;

/// `POST /attachments/links`: asks for links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct LinksWanted {
    /// The attachments, at most [`MAX_LINKS_PER_REQUEST`].
    pub ids: Vec<AttachmentId>,
}

/// The answer: a link for each attachment that the user may see. The others are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct AttachmentLinks {
    /// The links.
    pub links: Vec<AttachmentLink>,
}

/// Where the bytes of an attachment are, for one session and for some time. Each is a path with a query on the server itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct AttachmentLink {
    /// The attachment.
    pub id: AttachmentId,
    /// The file.
    pub url: String,
    /// A small picture of it, at most 320 pixels wide and high; where there is none, the file is small enough itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
    /// A larger picture of it, at most 1,600 pixels wide and high; where there is none, the file is small enough itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// For how many seconds the links work. Each request is checked besides: they end with the session and with the right to see
    /// the message.
    pub expires_in: u64,
}
