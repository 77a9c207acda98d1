//! An event, ready to be told: what goes over the bus and through the hub.

use std::sync::OnceLock;

use confab_shared::protocol::{EventFrame, ServerFrame};

use crate::{frame::Frame, store::Committed};

/// An event, serialised once for all who speak the native dialect, if anybody does.
pub struct Published {
    /// The event and whom it concerns.
    pub committed: Committed,
    native: OnceLock<Frame>,
}

impl Published {
    /// An event that is on disk.
    pub fn new(committed: Committed) -> Self {
        Self { committed, native: OnceLock::new() }
    }

    /// The native frame.
    pub fn native(&self) -> &Frame {
        self.native.get_or_init(|| {
            let Committed { stored, users, .. } = &self.committed;
            let frame = EventFrame { event: stored.event.clone(), users: users.clone() };
            Frame::native(&ServerFrame::Event(frame))
        })
    }

    /// About how many bytes it takes while it waits to be told.
    pub fn bytes(&self) -> usize {
        let text = match &self.committed.stored.event.body {
            confab_shared::model::EventBody::Posted { text, .. } => text.as_str().len(),
            _ => 0,
        };
        let legacy = self.committed.stored.legacy.as_ref().map_or(0, |frame| frame.len());
        size_of::<Self>() + text + legacy
    }
}
