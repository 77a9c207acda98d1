//! `/drafts` and `/conversations/{id}/draft`: what a user has begun to write and not sent.

use serde::{Deserialize, Serialize};

use crate::{decode::Decode, draft::Draft, id::Seq};

/// `PUT /conversations/{id}/draft`: changes a draft, of the conversation or of a thread in it. Answered by [`Draft`]; `draft_conflict` where it has another version,
/// since another device has changed it; `too_many_drafts` where the user has
/// [`MAX_DRAFTS`](crate::draft::MAX_DRAFTS).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftChange {
    /// The text: as that of a message, or blank for none.
    pub text: String,
    /// The version on which the change is based.
    pub version: u64,
    /// The root of the thread, where the draft is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Seq>,
}

/// `GET /drafts`: all drafts of the user that have a text, the last changed first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Drafts {
    /// The drafts.
    pub drafts: Vec<Draft>,
}
