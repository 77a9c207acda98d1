//! Messages as the demo's dialect writes them.

use confab_shared::{
    legacy::LegacyFrame,
    model::{ConversationKind, EventBody, User},
};

use crate::{chat::legacy::Place, store::StoredEvent};

/// The frame that tells a message, where the dialect can: it knows messages, and only those of others.
pub(super) fn frame(stored: &StoredEvent, place: &Place, by: &User, reader: &User) -> Option<String> {
    let EventBody::Posted { text, .. } = &stored.event.body else { return None };
    if by.id == reader.id && !place.notes {
        return None;
    }
    if let Some(sent) = &stored.legacy {
        return Some(sent.as_ref().to_owned());
    }
    let (kind, to) = match place.kind {
        ConversationKind::Direct => (1, Some(reader.name.as_str())),
        ConversationKind::Group => (2, place.title.as_ref().map(|title| title.as_str())),
        ConversationKind::Broadcast => (3, None),
    };
    Some(write(kind, by.name.as_str(), to, text.as_str()))
}

/// A frame's bytes, as the demo's pages write them.
pub(super) fn write(kind: u8, from: &str, to: Option<&str>, data: &str) -> String {
    let frame = LegacyFrame { kind, from: from.to_owned(), to: to.map(str::to_owned), data: data.to_owned() };
    serde_json::to_string(&frame).unwrap_or_default()
}
