//! The button that switches to the other language.

use leptos::prelude::*;

use crate::{
    i18n::{Locale, t, td_string, use_language},
    ui::reactive::on_event,
};

#[component]
pub(crate) fn LanguageSwitch() -> impl IntoView {
    let lang = use_language();
    // The label is written in the language that the button switches to.
    let label_language = move || if lang.get() == Locale::en { "zh-CN" } else { "en" };
    view! {
        <button
            class="button plain"
            type="button"
            data-testid="language-switch"
            lang=label_language
            aria-label=t(|l| td_string!(l, app.language_label))
            on:click=on_event(move || lang.toggle())
        >
            {t(|l| td_string!(l, app.language_other))}
        </button>
    }
}
