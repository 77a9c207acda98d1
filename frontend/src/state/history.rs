//! Positions in the history of a conversation.

use confab_shared::id::{ConversationId, Seq};

/// An edge of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    Older,
    Newer,
}

/// A fetch of history beyond an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageFetch {
    Fetching(ConversationId),
    /// The user may retry.
    Failed(ConversationId),
}

impl PageFetch {
    pub(super) fn failed(self) -> Self {
        let (Self::Fetching(id) | Self::Failed(id)) = self;
        Self::Failed(id)
    }
}

/// The event at the top of the viewport, and how far below the top it begins, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ScrollAnchor {
    pub(crate) seq: Seq,
    pub(crate) offset: f64,
}
