//! A message that has just come.

use confab_shared::{attachment::AttachmentSummary, id::UserId};

use super::Scope;

/// A message that has just come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IncomingMessage {
    /// Where it shows: of a reply that shows in both places, the conversation.
    pub(crate) scope: Scope,
    pub(crate) by: UserId,
    pub(crate) text: String,
    pub(crate) attachments: Option<Box<AttachmentSummary>>,
}
