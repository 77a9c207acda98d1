//! Drafts, stored per user and conversation or thread: they survive a visit to another conversation and a reload.

use confab_shared::id::{Seq, UserId};

use crate::{platform::storage::WebStorage, state::Scope};

/// The draft of a conversation or thread.
pub(super) fn load(user: UserId, scope: Scope) -> String {
    WebStorage::Tab.get(&key("draft", user, scope)).unwrap_or_default()
}

/// Stores a draft, or removes an empty one.
pub(super) fn save(user: UserId, scope: Scope, text: &str) {
    store(&key("draft", user, scope), text);
}

/// The message that the draft replies to.
pub(super) fn load_reply(user: UserId, scope: Scope) -> Option<Seq> {
    WebStorage::Tab.get(&key("reply", user, scope))?.parse().ok().map(Seq)
}

/// Stores the message that the draft replies to, or that it replies to none.
pub(super) fn save_reply(user: UserId, scope: Scope, seq: Option<Seq>) {
    store(&key("reply", user, scope), &seq.map(|seq| seq.to_string()).unwrap_or_default());
}

fn store(key: &str, value: &str) {
    if value.is_empty() {
        WebStorage::Tab.remove(key);
    } else {
        WebStorage::Tab.set(key, value);
    }
}

fn key(what: &str, user: UserId, Scope { id, thread }: Scope) -> String {
    let thread = thread.map(|root| format!(".{root}")).unwrap_or_default();
    format!("confab.{what}.{user}.{id}{thread}")
}
