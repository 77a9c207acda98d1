//! A field for a password.

use leptos::prelude::*;
use web_sys::HtmlElement;

use super::{
    form_error::FormError,
    reactive::{ElementRef, capture, effect, on_event},
};
use crate::{
    i18n::{Locale, t},
    platform::browser::focus_on_next_frame,
};

/// A field for a password. It takes the focus when it appears, where that is asked for.
#[component]
pub(crate) fn PasswordField(
    label: fn(Locale) -> &'static str,
    id: &'static str,
    autocomplete: &'static str,
    value: RwSignal<String>,
    error: RwSignal<Option<FormError>>,
    #[prop(optional)] focused: bool,
) -> impl IntoView {
    let input = ElementRef::new();
    effect(move || {
        if let Some(input) = input.get::<HtmlElement>().filter(|_| focused) {
            focus_on_next_frame(input);
        }
    });
    view! {
        <label class="label" for=id>{t(label)}</label>
        <input
            id=id
            class="field"
            data-testid=id
            type="password"
            autocomplete=autocomplete
            use:capture=input
            bind:value=value
            on:input=on_event(move || error.set(None))
        />
    }
}
