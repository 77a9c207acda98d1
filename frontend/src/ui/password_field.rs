//! A field for a password.

use leptos::prelude::*;

use super::{
    form_error::{FormError, clear},
    reactive::{ElementRef, capture, focus_when_mounted, on_event},
};
use crate::i18n::{Locale, t};

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
    if focused {
        focus_when_mounted(input);
    }
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
            on:input=on_event(move || clear(error))
        />
    }
}
