//! Drafts, stored per user and conversation: they survive a visit to another conversation and a reload.

use confab_shared::id::{ConversationId, UserId};

use crate::platform::storage::WebStorage;

/// The draft of a conversation.
pub(super) fn load(user: UserId, id: ConversationId) -> String {
    WebStorage::Tab.get(&key(user, id)).unwrap_or_default()
}

/// Stores a draft, or removes an empty one.
pub(super) fn save(user: UserId, id: ConversationId, text: &str) {
    if text.is_empty() {
        WebStorage::Tab.remove(&key(user, id));
    } else {
        WebStorage::Tab.set(&key(user, id), text);
    }
}

fn key(user: UserId, id: ConversationId) -> String {
    format!("confab.draft.{user}.{id}")
}
