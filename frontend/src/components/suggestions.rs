//! People by the beginning of their name: asked of the server a moment after the last key.

use std::time::Duration;

use confab_shared::user::User;
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api,
    app::use_session,
    components::avatar::{Avatar, Size},
    components::when::{When, shown},
    composing::is_composing,
    i18n::use_language,
    natural,
    reactive::{Later, Slot, held, memo, press, watch},
};

/// How long typing must pause before the server is asked.
const PAUSE: Duration = Duration::from_millis(180);

/// What ends a name where several are written: no name has one of these.
const SEPARATORS: [char; 7] = [',', '，', '、', '،', ';', '；', '\n'];

/// The people found for what is looked for.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub(crate) users: RwSignal<Vec<User>>,
    /// Whether they are known yet.
    pub(crate) known: RwSignal<bool>,
}

/// The people whose name begins with what `query` holds.
pub(crate) fn people_by_prefix(query: RwSignal<String>) -> Found {
    let session = use_session();
    let found = Found { users: RwSignal::new(Vec::new()), known: RwSignal::new(false) };
    let later = Later::new();
    watch(move || {
        let wanted = query.get().trim().to_owned();
        if wanted.is_empty() {
            later.stop();
            found.users.set(Vec::new());
            found.known.set(false);
            return;
        }
        later.start(PAUSE, move || {
            spawn_local(async move {
                let answer = api::users(&session.token(), &wanted).await;
                // Another key was pressed meanwhile: its own answer is on the way.
                let current = query.try_with_untracked(|query| query.trim() == wanted).unwrap_or(false);
                if let (true, Ok(users)) = (current, answer) {
                    found.users.try_set(users.users);
                    found.known.try_set(true);
                }
            });
        });
    });
    found
}

/// A field for a name, with the people whose name begins so below it.
#[component]
pub(crate) fn NameField(
    id: &'static str,
    testid: &'static str,
    text: RwSignal<String>,
    #[prop(into)] placeholder: Signal<&'static str>,
    input: Slot,
    /// Takes the person who was picked from the suggestions.
    #[prop(into)]
    picked: Callback<String>,
    /// Takes Enter; with nothing written it is left to the form.
    #[prop(optional, into)]
    entered: Option<Callback<()>>,
    /// Whether a comma ends a name, which is picked then.
    #[prop(optional)]
    commas: bool,
    /// Names that need not be suggested.
    #[prop(optional, into)]
    without: Signal<Vec<String>>,
) -> impl IntoView {
    let lang = use_language();
    let found = people_by_prefix(text);
    let suggestions = memo(move || {
        let typed = text.get();
        let skip = without.get();
        let wanted = |user: &User| {
            user.name.as_str() != typed.trim() && !skip.iter().any(|name| name == user.name.as_str())
        };
        let users = found.users.with(|users| natural::sorted(lang.get(), users));
        users.into_iter().filter(wanted).take(6).collect::<Vec<_>>()
    });
    let key = move |event: leptos::ev::KeyboardEvent| {
        let Some(entered) = entered else { return };
        if is_composing(&event) || text.with_untracked(|text| text.trim().is_empty()) {
            return;
        }
        if event.key() == "Enter" {
            event.prevent_default();
            entered.run(());
        }
    };
    let composing = RwSignal::new(false);
    // Found in the text: the comma of an input method has no key of its own, and a pasted one has none at all.
    watch(move || {
        let written = text.get();
        if !commas || composing.get() {
            return;
        }
        if let Some((names, rest)) = written.rsplit_once(SEPARATORS) {
            names.split(SEPARATORS).for_each(|name| picked.run(name.to_owned()));
            text.set(rest.trim_start().to_owned());
        }
    });
    view! {
        <div class="suggesting">
            <input
                id=id
                class="field"
                data-testid=testid
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                placeholder=placeholder
                use:held=input
                bind:value=text
                on:keydown=key
                on:compositionstart=press(move || composing.set(true))
                on:compositionend=press(move || composing.set(false))
            />
            <When holds=move || !suggestions.with(Vec::is_empty)>
                <ul class="suggestions">
                    {shown(move || suggestions.get().into_iter().map(|user| suggestion(&user, picked)).collect_view().into_any())}
                </ul>
            </When>
        </div>
    }
}

fn suggestion(user: &User, picked: Callback<String>) -> impl IntoView + use<> {
    let name = user.name.to_string();
    let shown = name.clone();
    view! {
        <li>
            <button type="button" on:click=press(move || picked.run(name.clone()))>
                <Avatar name=Signal::stored(shown.clone()) size=Size::Small/>
                <span dir="auto">{shown}</span>
            </button>
        </li>
    }
}
