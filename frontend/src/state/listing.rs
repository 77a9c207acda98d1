//! The rest of the list of conversations, which no welcome has: it is fetched part by part.

use confab_shared::{api::ConversationPage, conversation::ListCursor};
use leptos::prelude::*;

use super::{Chat, Fetch};

impl Chat {
    /// Where the list has more conversations than are cached.
    pub(crate) fn more_conversations(self) -> Option<ListCursor> {
        self.state.with(|state| state.more())
    }

    /// Whether the next part of the list could not be fetched; the user may retry.
    pub(crate) fn more_failed(self) -> bool {
        self.page.with(|page| page.more_failed)
    }

    /// Fetches the next part of the list, unless all is cached or it is being fetched.
    pub(crate) fn fetch_more(self) {
        let before = self.state.try_maybe_update(|state| {
            let before = state.request_more();
            (before.is_some(), before)
        });
        if let Some(before) = before.flatten() {
            self.set_more_failed(false);
            self.enqueue_fetch(Fetch::More(before));
        }
    }

    /// Applies the part of the list before a cursor; none where the fetch failed.
    pub(crate) fn apply_more(self, before: ListCursor, page: Option<ConversationPage>) {
        let Some(page) = page else {
            self.update(|state| state.more_failed());
            return self.set_more_failed(true);
        };
        let requests = self.update(|state| state.more_conversations(before, page));
        self.refresh_open_conversation();
        requests.into_iter().for_each(|request| self.fetch(Some(request)));
    }

    fn set_more_failed(self, failed: bool) {
        if self.page.with_untracked(|page| page.more_failed) != failed {
            self.page.update(|page| page.more_failed = failed);
        }
    }
}
