//! Drafts as the server has them: what the user has begun to write, on this device or another.

use std::collections::HashMap;

use confab_shared::{draft::Draft, id::ConversationId, protocol::ClientFrame};
use leptos::prelude::*;

use super::Chat;

impl Chat {
    /// The draft of a conversation, for somebody who knows one of a version; none where nothing is known.
    pub(crate) fn draft(self, id: ConversationId, known_version: u64) -> Option<Draft> {
        let found = self.drafts.drafts.with(|drafts| drafts.get(&id).cloned());
        let was_removed = || self.drafts.all.get() && known_version > 0;
        // At the least one version later.
        found.or_else(|| was_removed().then(|| removed(id, known_version)))
    }

    /// The text of the draft of a conversation, empty where there is none.
    pub(crate) fn draft_text(self, id: ConversationId) -> String {
        self.drafts.drafts.with(|drafts| drafts.get(&id).map(|draft| draft.text.clone())).unwrap_or_default()
    }

    /// Takes a draft as the server has it, unless a later version is known.
    pub(crate) fn apply_draft(self, draft: Draft) {
        if !self.is_alive() {
            return;
        }
        let is_later = |drafts: &HashMap<ConversationId, Draft>| {
            drafts.get(&draft.conversation).is_none_or(|known| known.version < draft.version)
        };
        if self.drafts.drafts.with_untracked(is_later) {
            self.drafts.drafts.update(|drafts| {
                drafts.insert(draft.conversation, draft);
            });
        }
    }

    /// A draft was sent as it was at a version: nothing shows it any more, also before the server knows, which does not
    /// learn of it while disconnected.
    pub(crate) fn draft_sent(self, conversation: ConversationId, version: u64) {
        let is_sent = |draft: &Draft| draft.version <= version && !draft.text.is_empty();
        if self.drafts.drafts.with_untracked(|drafts| drafts.get(&conversation).is_some_and(is_sent)) {
            self.drafts.drafts.update(|drafts| {
                if let Some(draft) = drafts.get_mut(&conversation) {
                    draft.text.clear();
                }
            });
        }
        self.send_frame(ClientFrame::DraftSent { conversation, version });
    }

    /// The versions of the drafts that are known, before all are fetched.
    pub(crate) fn draft_versions(self) -> HashMap<ConversationId, u64> {
        let versions = |drafts: &HashMap<ConversationId, Draft>| {
            drafts.iter().map(|(id, draft)| (*id, draft.version)).collect()
        };
        self.drafts.drafts.with_untracked(versions)
    }

    /// Takes all drafts that have a text. `before` are the versions that were known when they were asked for.
    pub(crate) fn apply_drafts(self, before: &HashMap<ConversationId, u64>, fresh: Vec<Draft>) {
        if !self.is_alive() {
            return;
        }
        self.drafts.drafts.update(|drafts| {
            let fresh: HashMap<_, _> = fresh.into_iter().map(|draft| (draft.conversation, draft)).collect();
            for (id, known) in drafts.iter_mut() {
                let came_since = before.get(id) != Some(&known.version);
                if !fresh.contains_key(id) && !came_since && !known.text.is_empty() {
                    *known = removed(*id, known.version);
                }
            }
            for (id, draft) in fresh {
                if drafts.get(&id).is_none_or(|known| known.version < draft.version) {
                    drafts.insert(id, draft);
                }
            }
        });
        self.drafts.all.set(true);
    }
}

/// A draft that has no text any more.
fn removed(id: ConversationId, known_version: u64) -> Draft {
    Draft { conversation: id, version: known_version + 1, ..Draft::default() }
}
