//! A field for a code of a second factor: the digits that an app shows, or a recovery code.

use leptos::prelude::*;

use super::{
    form_error::{FormError, clear},
    reactive::{ElementRef, capture, focus_when_mounted, on_event},
};
use crate::i18n::{t_fmt, td_string};

/// A field for a code. It takes the focus when it appears, where that is asked for.
#[component]
pub(crate) fn CodeField(
    id: &'static str,
    value: RwSignal<String>,
    error: RwSignal<Option<FormError>>,
    /// Whether a recovery code may stand in for one of the app.
    #[prop(optional)]
    recovery: bool,
    #[prop(optional)] focused: bool,
) -> impl IntoView {
    let input = ElementRef::new();
    if focused {
        focus_when_mounted(input);
    }
    // A phone's keyboard of digits has no letters, which recovery codes have.
    let letters = RwSignal::new(false);
    let switch = recovery.then(|| {
        view! {
            <button class="button plain" type="button" data-testid="code-kind" on:click=on_event(move || letters.update(|on| *on = !*on))>
                {t_fmt(move |l| match letters.get() {
                    true => td_string!(l, second_factor.use_app),
                    false => td_string!(l, second_factor.use_recovery),
                }.to_owned())}
            </button>
        }
    });
    view! {
        <label class="label" for=id>
            {t_fmt(move |l| match letters.get() {
                true => td_string!(l, second_factor.recovery_code),
                false => td_string!(l, second_factor.code),
            }.to_owned())}
        </label>
        <input
            id=id
            class="field"
            data-testid=id
            type="text"
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck="false"
            inputmode=Signal::derive(move || if letters.get() { "text" } else { "numeric" })
            use:capture=input
            bind:value=value
            on:input=on_event(move || clear(error))
        />
        {switch}
    }
}

/// A code as it is sent: people type the gaps in which apps show it.
pub(crate) fn without_gaps(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_no_part_of_a_code() {
        assert_eq!(without_gaps(" 123 456\t"), "123456");
        assert_eq!(without_gaps("abcd-efgh"), "abcd-efgh");
    }
}
