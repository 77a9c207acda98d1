//! The draft in the message field: it is saved a moment after the typing and follows what other devices write. Where both have
//! a text of their own, the user decides between the two. What a draft replies to stays in the tab.

use confab_shared::{
    draft::{Draft, DraftKey},
    id::{Seq, UserId},
};
use leptos::prelude::*;

use crate::{
    features::drafts::{
        Drafts, SAVE_DELAY,
        local::{LocalDraft, Reconciled},
        use_drafts,
    },
    i18n::{t, td_string},
    platform::storage::WebStorage,
    state::{Chat, Scope},
    ui::{
        bidi::strip_direction_controls,
        reactive::{Debounce, effect, on_event},
        show::{Show, dynamic},
    },
};

/// How much of the other draft is shown, in characters.
const MAX_SHOWN: usize = 200;

/// The draft of one conversation or thread. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct FieldDraft {
    drafts: Drafts,
    scope: Scope,
    save: Debounce,
    /// What another device wrote, where this one wrote something else.
    other: RwSignal<Option<Draft>>,
    /// The text that the field should show, where that is another than what was typed.
    shown: RwSignal<Option<String>>,
}

impl FieldDraft {
    pub(super) fn new(chat: Chat, scope: Scope) -> Self {
        let (drafts, of) = (use_drafts(), DraftKey::from(scope));
        let draft = Self {
            drafts,
            scope,
            save: Debounce::new(),
            other: RwSignal::new(None),
            shown: RwSignal::new(None),
        };
        if let Some(server) = untrack(|| chat.draft(of, drafts.local(of).version)) {
            draft.reconcile(server);
        }
        draft.shown.set(None);
        effect(move || {
            let (saving, server) = (drafts.is_on_its_way(of), chat.draft(of, drafts.local(of).version));
            if let Some(server) = server.filter(|_| !saving) {
                untrack(|| draft.reconcile(server));
            }
        });
        on_cleanup(move || {
            draft.save.cancel();
            drafts.save(of);
        });
        draft
    }

    /// The text.
    pub(super) fn text(self) -> String {
        self.drafts.local(self.scope).text
    }

    /// Calls a function with the text of another device that takes the field's place.
    pub(super) fn on_change(self, show: impl Fn(String) + 'static) {
        effect(move || {
            if let Some(text) = self.shown.get() {
                show(text);
            }
        });
    }

    /// The user typed.
    pub(super) fn write(self, text: &str) {
        self.drafts.write(self.scope, text);
        self.schedule();
    }

    /// The user sent it.
    pub(super) fn sent(self) {
        self.save.cancel();
        self.other.set(None);
        self.drafts.sent(self.scope);
    }

    fn schedule(self) {
        // What the user has to decide about is not overwritten meanwhile.
        if self.other.with_untracked(Option::is_none) {
            self.save.schedule(SAVE_DELAY, move || self.drafts.save(self.scope.into()));
        }
    }

    fn reconcile(self, server: Draft) {
        match self.drafts.local(self.scope).reconciled(&server) {
            Reconciled::Nothing => {}
            Reconciled::Take(taken) => {
                let is_other = taken.text != self.text();
                self.drafts.store(self.scope, &taken);
                self.other.set(None);
                if is_other {
                    self.shown.set(Some(taken.text));
                }
            }
            Reconciled::Keep(kept) => {
                self.drafts.store(self.scope, &kept);
                self.other.set(None);
                self.schedule();
            }
            Reconciled::Conflict => self.other.set(Some(server)),
        }
    }

    /// The user decided: for the other text, or for the one in the field.
    fn decide(self, takes_other: bool) {
        let Some(Draft { text, version, .. }) = self.other.get_untracked() else { return };
        self.other.set(None);
        if takes_other {
            let taken = LocalDraft { text: text.clone(), version, ..LocalDraft::default() };
            self.drafts.store(self.scope, &taken);
            self.shown.set(Some(text));
        } else {
            let mine = LocalDraft { version, ..self.drafts.local(self.scope) };
            self.drafts.store(self.scope, &mine);
            self.drafts.save(self.scope.into());
        }
    }
}

/// The message that the draft replies to.
pub(super) fn load_reply(user: UserId, scope: Scope) -> Option<Seq> {
    WebStorage::Tab.get(&reply_key(user, scope))?.parse().ok().map(Seq)
}

/// Stores the message that the draft replies to, or that it replies to none.
pub(super) fn save_reply(user: UserId, scope: Scope, seq: Option<Seq>) {
    let key = reply_key(user, scope);
    match seq {
        Some(seq) => {
            WebStorage::Tab.set(&key, &seq.to_string());
        }
        None => WebStorage::Tab.remove(&key),
    }
}

fn reply_key(user: UserId, Scope { id, thread }: Scope) -> String {
    let thread = thread.map(|root| format!(".{root}")).unwrap_or_default();
    format!("confab.reply.{user}.{id}{thread}")
}

/// Shows what another device wrote, above the field.
#[component]
pub(super) fn OtherDraft(draft: FieldDraft, #[prop(into)] on_decided: Callback<()>) -> impl IntoView {
    let decide = move |takes_other| {
        draft.decide(takes_other);
        on_decided.run(());
    };
    let text = move || {
        let text = draft.other.with(|other| other.as_ref().map(|other| other.text.clone()));
        let shown: String = text.unwrap_or_default().chars().take(MAX_SHOWN).collect();
        strip_direction_controls(&shown).into_any()
    };
    view! {
        <Show when=move || draft.other.with(Option::is_some)>
            <div class="other-draft" role="status" data-testid="other-draft">
                <p>
                    <b>{t(|l| td_string!(l, composer.other_draft))}</b> " "
                    <span dir="auto">{dynamic(text)}</span>
                </p>
                <button
                    class="button plain"
                    type="button"
                    data-testid="other-draft-use"
                    on:click=on_event(move || decide(true))
                >
                    {t(|l| td_string!(l, composer.use_other_draft))}
                </button>
                <button
                    class="button plain"
                    type="button"
                    data-testid="other-draft-keep"
                    on:click=on_event(move || decide(false))
                >
                    {t(|l| td_string!(l, composer.keep_draft))}
                </button>
            </div>
        </Show>
    }
}
