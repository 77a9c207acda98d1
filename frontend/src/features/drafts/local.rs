//! The draft of a conversation or thread as this tab has it, which may be ahead of the server's, and how the two are reconciled.

use confab_shared::{
    decode::{self, Decode},
    draft::{Draft, DraftKey},
    id::{ConversationId, Seq, UserId},
    text::shows_nothing,
};
use serde::Serialize;

use crate::{platform::storage::WebStorage, state::Scope};

/// A draft in the tab's storage: it survives a visit to another conversation, and a reload also while disconnected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Decode)]
pub(crate) struct LocalDraft {
    pub(crate) text: String,
    /// The version of the server's draft that the text is based on; 0 where there was none.
    pub(crate) version: u64,
    /// Whether the server does not have this text yet.
    pub(crate) dirty: bool,
    /// Whether the draft was sent, and the server may not know that yet.
    pub(crate) sent: bool,
}

/// What a draft of the server means for the one of the tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reconciled {
    /// Nothing: it is older, or the same.
    Nothing,
    /// It takes the tab's place.
    Take(LocalDraft),
    /// The text of the tab stays, and is based on it from now on.
    Keep(LocalDraft),
    /// Both have a text of their own: the user decides.
    Conflict,
}

impl LocalDraft {
    /// The draft of a conversation or thread.
    pub(crate) fn load(user: UserId, scope: Scope) -> Self {
        let Some(stored) = WebStorage::Tab.get(&key(user, scope)) else { return Self::default() };
        // Earlier pages stored the text alone.
        let of_text = || Self { text: stored.clone(), dirty: true, ..Self::default() };
        decode::from_str(&stored).unwrap_or_else(of_text)
    }

    /// Stores it, or removes what says nothing.
    pub(crate) fn store(&self, user: UserId, scope: Scope) {
        match serde_json::to_string(self) {
            Ok(json) if *self != Self::default() => {
                WebStorage::Tab.set(&key(user, scope), &json);
            }
            _ => WebStorage::Tab.remove(&key(user, scope)),
        }
    }

    /// What this tab has a draft of.
    pub(crate) fn all(user: UserId) -> Vec<DraftKey> {
        let prefix = prefix(user);
        let ids = WebStorage::Tab.keys(&prefix);
        ids.iter().filter_map(|key| parsed(key.strip_prefix(&prefix)?)).collect()
    }

    /// What a draft of the server means.
    pub(crate) fn reconciled(&self, server: &Draft) -> Reconciled {
        let Draft { text, version, .. } = server;
        if *version <= self.version {
            return Reconciled::Nothing;
        }
        let taken = Self { text: text.clone(), version: *version, dirty: false, sent: false };
        if !self.dirty || shows_nothing(&self.text) || self.text == *text {
            Reconciled::Take(taken)
        } else if text.is_empty() {
            Reconciled::Keep(Self { version: *version, ..self.clone() })
        } else {
            Reconciled::Conflict
        }
    }
}

fn prefix(user: UserId) -> String {
    format!("confab.draft.{user}.")
}

fn key(user: UserId, Scope { id, thread }: Scope) -> String {
    let thread = thread.map(|root| format!(".{root}")).unwrap_or_default();
    format!("{}{id}{thread}", prefix(user))
}

/// What a key of [`key`] is of, behind its prefix.
fn parsed(key: &str) -> Option<DraftKey> {
    let (id, root) = key.split_once('.').map_or((key, None), |(id, root)| (id, Some(root)));
    let thread: Option<Seq> = root.map(str::parse).transpose().ok()?;
    Some(DraftKey { conversation: id.parse::<ConversationId>().ok()?, thread })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str, version: u64, dirty: bool) -> LocalDraft {
        LocalDraft { text: text.to_owned(), version, dirty, sent: false }
    }

    fn server(text: &str, version: u64) -> Draft {
        Draft { text: text.to_owned(), version, ..Draft::default() }
    }

    #[test]
    fn what_another_device_wrote_follows_unless_something_was_written_here() {
        let synced = local("hello", 1, false);
        assert_eq!(
            synced.reconciled(&server("hello you", 2)),
            Reconciled::Take(local("hello you", 2, false))
        );
        assert_eq!(
            synced.reconciled(&server("", 2)),
            Reconciled::Take(local("", 2, false)),
            "it was sent there"
        );
        assert_eq!(synced.reconciled(&server("hello", 1)), Reconciled::Nothing);
        let written = local("hello Mei", 1, true);
        assert_eq!(written.reconciled(&server("hello you", 2)), Reconciled::Conflict);
        assert_eq!(written.reconciled(&server("", 2)), Reconciled::Keep(local("hello Mei", 2, true)));
        assert_eq!(
            written.reconciled(&server("hello Mei", 2)),
            Reconciled::Take(local("hello Mei", 2, false))
        );
        assert_eq!(local(" ", 0, true).reconciled(&server("a", 3)), Reconciled::Take(local("a", 3, false)));
    }

    #[test]
    fn a_key_says_what_its_draft_is_of() {
        assert_eq!(parsed("7"), Some(ConversationId(7).into()));
        assert_eq!(parsed("7.12"), Some(DraftKey::of_thread(ConversationId(7), Seq(12))));
        assert_eq!((parsed("x"), parsed("7.x")), (None, None));
    }

    #[test]
    fn a_sent_draft_does_not_come_back() {
        // Sent while version 2 was on its way.
        let sent = LocalDraft { sent: true, ..local("", 2, false) };
        assert_eq!(sent.reconciled(&server("hello", 2)), Reconciled::Nothing);
        assert_eq!(sent.reconciled(&server("", 3)), Reconciled::Take(local("", 3, false)));
    }
}
