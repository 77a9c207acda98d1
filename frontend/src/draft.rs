//! What was written and not sent, per person and conversation: it survives a look at another one, and a reload.

use confab_shared::id::{ConversationId, UserId};

use crate::storage::Keep;

/// The draft of a conversation.
pub(crate) fn read(user: UserId, id: ConversationId) -> String {
    Keep::Tab.get(&key(user, id)).unwrap_or_default()
}

/// Keeps a draft; an empty one is forgotten.
pub(crate) fn keep(user: UserId, id: ConversationId, text: &str) {
    if text.is_empty() {
        Keep::Tab.remove(&key(user, id));
    } else {
        Keep::Tab.set(&key(user, id), text);
    }
}

fn key(user: UserId, id: ConversationId) -> String {
    format!("confab.draft.{user}.{id}")
}
