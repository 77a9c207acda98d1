//! Messages as the demo's dialect writes them.

use confab_shared::{
    legacy::LegacyFrame,
    model::{ConversationKind, EventBody, User},
};

use crate::{chat::legacy::Place, frame::Frame, store::StoredEvent};

/// The frame that tells a message, where the dialect can: it knows messages, and only those of others.
pub(super) fn frame(stored: &StoredEvent, place: &Place, by: &User, reader: &User) -> Option<Frame> {
    let EventBody::Posted { text, .. } = &stored.event.body else { return None };
    if by.id == reader.id && !place.notes {
        return None;
    }
    if let Some(sent) = &stored.legacy {
        return Some(Frame::text(sent));
    }
    let (kind, to) = match place.kind {
        ConversationKind::Direct => (1, Some(reader.name.as_str())),
        ConversationKind::Group => (2, place.title.as_ref().map(|title| title.as_str())),
        ConversationKind::Broadcast => (3, None),
    };
    Some(Frame::json(&written(kind, by.name.as_str(), to, text.as_str())))
}

/// A frame as the demo's pages write it.
pub(super) fn written<'a>(kind: u8, from: &'a str, to: Option<&'a str>, data: &'a str) -> LegacyFrame<'a> {
    LegacyFrame { kind, from: from.into(), to: to.map(Into::into), data: data.into() }
}
