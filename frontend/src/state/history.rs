//! Positions in the history of a conversation.

use confab_shared::id::{ConversationId, Seq};

use super::Scope;

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

/// The fetches at the edges of the open timeline, and at those of the open thread.
pub(super) type PageFetches = [Option<PageFetch>; 4];

/// The place of an edge in [`PageFetches`].
pub(super) fn place(scope: Scope, edge: Edge) -> usize {
    edge as usize + if scope.thread.is_some() { 2 } else { 0 }
}

/// The event at the top of the viewport, and where its row is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ScrollAnchor {
    pub(crate) seq: Seq,
    pub(crate) offset: AnchorOffset,
}

/// Where a row is; it holds after the row has changed its height, as when the viewport became narrower.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum AnchorOffset {
    /// It begins so many pixels below the top of the viewport.
    Below(f64),
    /// This share of its height is above the viewport.
    Hidden(f64),
}
