//! A field for the name of a user, with suggestions.

use confab_shared::user::User;
use leptos::prelude::*;

use super::search_people;
use crate::{
    i18n::{collation, use_language},
    platform::input_method::is_composing,
    ui::{
        avatar::{Avatar, Size},
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::{Show, dynamic},
    },
};

/// How many users are suggested.
const MAX_SUGGESTIONS: usize = 6;

/// The characters that separate several names; no name contains one of them.
const SEPARATORS: [char; 7] = [',', '，', '、', '،', ';', '；', '\n'];

/// A field for the name of a user, with the users whose name begins so below it.
#[component]
pub(crate) fn NameField(
    id: &'static str,
    testid: &'static str,
    text: RwSignal<String>,
    #[prop(into)] placeholder: Signal<&'static str>,
    input: ElementRef,
    /// Called with the name that the user picks from the suggestions.
    #[prop(into)]
    on_pick: Callback<String>,
    /// Called on Enter, instead of submitting the form, unless the field is empty.
    #[prop(optional, into)]
    on_enter: Option<Callback<()>>,
    /// Whether a separator ends a name, which is then picked.
    #[prop(optional)]
    split: bool,
    /// Names that are not suggested.
    #[prop(optional, into)]
    exclude: Signal<Vec<String>>,
) -> impl IntoView {
    let lang = use_language();
    let results = search_people(text);
    let suggestions = memo(move || {
        let typed = text.get();
        let exclude = exclude.get();
        let wanted = |user: &User| {
            user.name.as_str() != typed.trim() && !exclude.iter().any(|name| name == user.name.as_str())
        };
        let users = results.users.with(|users| collation::sort_by_name(lang.get(), users));
        users.into_iter().filter(wanted).take(MAX_SUGGESTIONS).collect::<Vec<_>>()
    });
    let on_keydown = move |event: leptos::ev::KeyboardEvent| {
        let Some(on_enter) = on_enter else { return };
        if is_composing(&event) || text.with_untracked(|text| text.trim().is_empty()) {
            return;
        }
        if event.key() == "Enter" {
            event.prevent_default();
            on_enter.run(());
        }
    };
    let composing = RwSignal::new(false);
    // Separators are found in the text: those of an input method or of a pasted text come without a key.
    effect(move || {
        let typed = text.get();
        if !split || composing.get() {
            return;
        }
        if let Some((names, rest)) = typed.rsplit_once(SEPARATORS) {
            names.split(SEPARATORS).for_each(|name| on_pick.run(name.to_owned()));
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
                use:capture=input
                bind:value=text
                on:keydown=on_keydown
                on:compositionstart=on_event(move || composing.set(true))
                on:compositionend=on_event(move || composing.set(false))
            />
            <Show when=move || !suggestions.with(Vec::is_empty)>
                <ul class="suggestions">
                    {dynamic(move || {
                        suggestions.get().into_iter().map(|user| suggestion(&user, on_pick)).collect_view().into_any()
                    })}
                </ul>
            </Show>
        </div>
    }
}

fn suggestion(user: &User, on_pick: Callback<String>) -> impl IntoView + use<> {
    let name = user.name.to_string();
    let label = name.clone();
    view! {
        <li>
            <button type="button" on:click=on_event(move || on_pick.run(name.clone()))>
                <Avatar name=Signal::stored(label.clone()) size=Size::Small/>
                <span dir="auto">{label}</span>
            </button>
        </li>
    }
}
