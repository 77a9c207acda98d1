//! A setting that is on or off.

use leptos::prelude::*;
use web_sys::Event;

use crate::i18n::{Locale, t};

/// A box with what it means and what follows from it.
#[component]
pub(crate) fn Setting(
    label: fn(Locale) -> &'static str,
    hint: fn(Locale) -> &'static str,
    testid: &'static str,
    value: RwSignal<bool>,
    blocked: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
) -> impl IntoView {
    let change = move |event: Event| on_change.run(event_target_checked(&event));
    view! {
        <label class="check setting">
            <input type="checkbox" data-testid=testid bind:checked=value disabled=blocked on:change=change/>
            <span class="entry-text">
                <b>{t(label)}</b>
                <span>{t(hint)}</span>
            </span>
        </label>
    }
}
