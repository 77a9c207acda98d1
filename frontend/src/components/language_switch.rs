//! The other language, in its own words.

use leptos::prelude::*;

use crate::{
    i18n::{Locale, say, td_string, use_language},
    reactive::press,
};

#[component]
pub(crate) fn LanguageSwitch() -> impl IntoView {
    let lang = use_language();
    // What the button says is in the language that it leads to.
    let speaks = move || if lang.get() == Locale::en { "zh-CN" } else { "en" };
    view! {
        <button
            class="button plain"
            type="button"
            data-testid="language-switch"
            lang=speaks
            aria-label=say(|l| td_string!(l, app.language_label))
                    on:click=press(move || lang.switch())
        >
            {say(|l| td_string!(l, app.language_other))}
        </button>
    }
}
