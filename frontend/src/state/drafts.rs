//! Drafts as the server has them: what the user has begun to write, on this device or another.

use std::collections::HashMap;

use confab_shared::{
    draft::{Draft, DraftKey},
    protocol::ClientFrame,
};
use leptos::prelude::*;

use super::Chat;

impl Chat {
    /// The draft of a conversation or thread, for somebody who knows one of a version; none where nothing is known.
    pub(crate) fn draft(self, of: DraftKey, known_version: u64) -> Option<Draft> {
        let found = self.drafts.drafts.with(|drafts| drafts.get(&of).cloned());
        let was_removed = || self.drafts.all.get() && known_version > 0;
        // At the least one version later.
        found.or_else(|| was_removed().then(|| removed(of, known_version)))
    }

    /// The text of the draft of a conversation or thread, empty where there is none.
    pub(crate) fn draft_text(self, of: impl Into<DraftKey>) -> String {
        let of = of.into();
        self.drafts.drafts.with(|drafts| drafts.get(&of).map(|draft| draft.text.clone())).unwrap_or_default()
    }

    /// Takes a draft as the server has it, unless a later version is known.
    pub(crate) fn apply_draft(self, draft: Draft) {
        if !self.is_alive() {
            return;
        }
        let is_later = |drafts: &HashMap<DraftKey, Draft>| {
            drafts.get(&draft.key()).is_none_or(|known| known.version < draft.version)
        };
        if self.drafts.drafts.with_untracked(is_later) {
            self.drafts.drafts.update(|drafts| {
                drafts.insert(draft.key(), draft);
            });
        }
    }

    /// A draft was sent as it was at a version: nothing shows it any more, also before the server knows, which does not
    /// learn of it while disconnected.
    pub(crate) fn draft_sent(self, of: DraftKey, version: u64) {
        let is_sent = |draft: &Draft| draft.version <= version && !draft.text.is_empty();
        if self.drafts.drafts.with_untracked(|drafts| drafts.get(&of).is_some_and(is_sent)) {
            self.drafts.drafts.update(|drafts| {
                if let Some(draft) = drafts.get_mut(&of) {
                    draft.text.clear();
                }
            });
        }
        let DraftKey { conversation, thread } = of;
        self.send_frame(ClientFrame::DraftSent { conversation, version, thread });
    }

    /// The versions of the drafts that are known, before all are fetched.
    pub(crate) fn draft_versions(self) -> HashMap<DraftKey, u64> {
        let versions = |drafts: &HashMap<DraftKey, Draft>| {
            drafts.iter().map(|(id, draft)| (*id, draft.version)).collect()
        };
        self.drafts.drafts.with_untracked(versions)
    }

    /// Takes all drafts that have a text. `before` are the versions that were known when they were asked for.
    pub(crate) fn apply_drafts(self, before: &HashMap<DraftKey, u64>, fresh: Vec<Draft>) {
        if !self.is_alive() {
            return;
        }
        self.drafts.drafts.update(|drafts| {
            let fresh: HashMap<_, _> = fresh.into_iter().map(|draft| (draft.key(), draft)).collect();
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
fn removed(of: DraftKey, known_version: u64) -> Draft {
    Draft { version: known_version + 1, ..of.blank() }
}
