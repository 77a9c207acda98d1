//! Drafts: what is written and not sent. This tab's ([`local`]) are saved to the server a moment after the typing, and those of
//! other devices come from there. One request of a draft is under way at a time.

pub(crate) mod local;

use std::{collections::HashSet, time::Duration};

use confab_shared::{
    api::DraftChange,
    draft::{Draft, DraftKey},
    error::ErrorCode,
    id::UserId,
    state::OutboxEntry,
};
use leptos::{prelude::*, task::spawn_local};

use self::local::LocalDraft;
use crate::{
    platform::api,
    session::{SessionSignal, use_session},
    state::{Chat, Connection, Scope},
    ui::reactive::{effect, memo},
};

/// How long after the last key a draft is saved.
pub(crate) const SAVE_DELAY: Duration = Duration::from_millis(700);

/// The drafts of a signed-in user. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Drafts {
    chat: Chat,
    session: SessionSignal,
    user: UserId,
    /// The drafts that are on their way to the server.
    saving: RwSignal<HashSet<DraftKey>>,
}

impl Drafts {
    /// Provides them to the views below, and fetches those of other devices with every connection.
    pub(crate) fn provide(chat: Chat) -> Self {
        let session = use_session();
        let user = session.get_untracked().map(|session| session.user.id).unwrap_or_default();
        let drafts = Self { chat, session, user, saving: RwSignal::new(HashSet::new()) };
        provide_context(drafts);
        let online = memo(move || chat.connection() == Connection::Online);
        effect(move || {
            if online.get() {
                drafts.fetch();
            }
        });
        drafts
    }

    /// The draft of this tab.
    pub(crate) fn local(self, scope: impl Into<Scope>) -> LocalDraft {
        LocalDraft::load(self.user, scope.into())
    }

    pub(crate) fn store(self, scope: impl Into<Scope>, local: &LocalDraft) {
        local.store(self.user, scope.into());
    }

    /// The user wrote something.
    pub(crate) fn write(self, scope: Scope, text: &str) {
        let before = self.local(scope);
        if before.text != text {
            let text = text.to_owned();
            self.store(scope, &LocalDraft { text, dirty: true, sent: false, ..before });
        }
    }

    /// The user sent the draft: from now on it is empty, whatever is still on its way.
    pub(crate) fn sent(self, scope: Scope) {
        let before = self.local(scope);
        let version = before.version + u64::from(self.is_saving(scope.into()));
        let sent = LocalDraft { version, sent: version > 0, ..LocalDraft::default() };
        self.store(scope, &sent);
        if sent.sent {
            self.chat.draft_sent(scope.into(), version);
        }
    }

    /// Saves the draft of this tab, where the server does not have it; then what was written meanwhile.
    pub(crate) fn save(self, of: DraftKey) {
        let LocalDraft { text, version, dirty, .. } = self.local(of);
        if !dirty || self.is_saving(of) {
            return;
        }
        self.set_saving(of, true);
        let token = self.session.token();
        spawn_local(async move {
            let change = DraftChange { text, version, thread: of.thread };
            let answer = api::save_draft(&token, of.conversation, &change).await;
            match answer {
                Ok(saved) => self.saved(of, &change, saved),
                Err(error) if error.code == ErrorCode::DraftConflict => {
                    if let Ok(theirs) = api::get_draft(&token, of).await {
                        self.chat.apply_draft(theirs);
                    }
                    return self.set_saving(of, false);
                }
                // With the next key, or with the next connection.
                Err(_) => return self.set_saving(of, false),
            }
            self.set_saving(of, false);
            self.save(of);
        });
    }

    fn saved(self, of: DraftKey, change: &DraftChange, saved: Draft) {
        let local = self.local(of);
        // Of what was sent meanwhile the server learns by another way.
        if local.version == change.version && !local.sent {
            let dirty = local.text != change.text;
            self.store(of, &LocalDraft { version: saved.version, dirty, ..local });
            self.chat.apply_draft(saved);
        }
    }

    fn fetch(self) {
        let token = self.session.token();
        let before = self.chat.draft_versions();
        spawn_local(async move {
            let Ok(answer) = api::get_drafts(&token).await else { return };
            if !self.chat.is_alive() {
                return;
            }
            self.note_sent(&answer.drafts);
            self.chat.apply_drafts(&before, answer.drafts);
            LocalDraft::all(self.user).into_iter().for_each(|of| self.save(of));
        });
    }

    /// Sends word of drafts that were sent while disconnected, here or by a page whose messages this one took over.
    fn note_sent(self, drafts: &[Draft]) {
        for draft in drafts {
            let (of, local) = (draft.key(), self.local(draft.key()));
            let is_in_outbox = self.chat.state.with_untracked(|state| {
                let messages = Scope::from(of).unsent(state);
                messages.into_iter().any(|entry: &OutboxEntry| entry.text() == Some(draft.text.as_str()))
            });
            if local.sent && draft.version <= local.version || is_in_outbox {
                self.chat.draft_sent(of, draft.version);
            }
        }
    }

    /// Whether the draft of this tab is on its way: what the server has then may be it.
    pub(crate) fn is_on_its_way(self, of: DraftKey) -> bool {
        self.saving.with(|saving| saving.contains(&of))
    }

    fn is_saving(self, of: DraftKey) -> bool {
        self.saving.try_with_untracked(|saving| saving.contains(&of)).unwrap_or_default()
    }

    fn set_saving(self, of: DraftKey, saving: bool) {
        self.saving.try_update(|all| if saving { all.insert(of) } else { all.remove(&of) });
    }
}

/// What [`Drafts::provide`] provided above.
pub(crate) fn use_drafts() -> Drafts {
    expect_context()
}
