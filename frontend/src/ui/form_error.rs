//! Errors of forms, in words beside the field that they are about. Where the server asks to wait, the error says how long,
//! and goes when that time is over.

use std::time::Duration;

use confab_shared::{
    error::{ErrorBody, ErrorCode},
    text::TextError,
};
use leptos::prelude::*;

use super::{
    bidi::{isolate, render_isolated},
    reactive::{Debounce, effect},
    show::dynamic,
};
use crate::{
    i18n::{
        Locale,
        errors::{error_text, name_error_text},
        t_fmt, td_string,
    },
    platform::clock,
};

/// How often the time that is left is counted down, in milliseconds.
const COUNT_DOWN_MS: u64 = 1_000;

/// An error, with the name that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormError {
    pub(crate) error: ErrorBody,
    pub(crate) name: Option<String>,
}

impl FormError {
    /// A refusal of the server.
    pub(crate) fn refusal(error: ErrorBody) -> Self {
        Self { error, name: None }
    }

    /// The error of a text.
    pub(crate) fn from_text_error(error: &TextError) -> Self {
        Self::refusal(ErrorBody::new(error.code(), error.to_string()))
    }

    /// The error of a name.
    pub(crate) fn from_name_error(name: &str, error: &TextError) -> Self {
        Self { name: Some(name.to_owned()), ..Self::from_text_error(error) }
    }

    /// The error in the reader's language.
    pub(crate) fn text(&self, locale: Locale) -> String {
        match (&self.name, self.error.code) {
            (Some(name), ErrorCode::UnknownUser) if !name.is_empty() => {
                td_string!(locale, new.nobody, name = isolate(name)).to_string()
            }
            (Some(_), _) => name_error_text(locale, &self.error),
            (None, _) => error_text(locale, &self.error),
        }
    }

    /// For how many milliseconds the server takes no other attempt.
    fn wait_ms(&self) -> Option<u64> {
        self.error.retry_after_ms.filter(|_| self.error.code == ErrorCode::RateLimited)
    }

    /// What is left of the error after some milliseconds: nothing once the server takes another attempt.
    fn after(mut self, passed_ms: u64) -> Option<Self> {
        let left = self.wait_ms().map(|wait| wait.saturating_sub(passed_ms));
        self.error.retry_after_ms = left.or(self.error.retry_after_ms);
        (left != Some(0)).then_some(self)
    }
}

/// Whether the server asked to wait before the form is sent again.
pub(crate) fn is_waiting(error: RwSignal<Option<FormError>>) -> bool {
    error.with(|error| error.as_ref().is_some_and(|error| error.wait_ms().is_some()))
}

/// Removes an error since the user changes what it was about. A time to wait stays.
pub(crate) fn clear(error: RwSignal<Option<FormError>>) {
    if !untrack(|| is_waiting(error)) {
        error.set(None);
    }
}

/// Counts down the time to wait for as long as the reactive owner lives. To be called once for each form, as
/// [`form_error_text`] does.
fn count_down(error: RwSignal<Option<FormError>>) {
    let timer = Debounce::new();
    effect(move || {
        timer.cancel();
        let Some(wait) = error.with(|error| error.as_ref().and_then(FormError::wait_ms)) else { return };
        let (from, step) = (clock::now(), wait.min(COUNT_DOWN_MS));
        timer.schedule(Duration::from_millis(step), move || {
            // A hidden tab's timers are late.
            let passed = clock::now().0.saturating_sub(from.0).max(step);
            error.try_update(|error| *error = error.take().and_then(|error| error.after(passed)));
        });
    });
    on_cleanup(move || timer.cancel());
}

/// The error in the reader's language; empty without one.
pub(crate) fn form_error_text(error: RwSignal<Option<FormError>>) -> Signal<String> {
    count_down(error);
    t_fmt(move |l| error.with(|error| error.as_ref().map(|error| error.text(l)).unwrap_or_default()))
}

/// Shows the error of a form.
#[component]
pub(crate) fn FormErrorText(
    error: RwSignal<Option<FormError>>,
    #[prop(optional)] testid: Option<&'static str>,
) -> impl IntoView {
    let text = form_error_text(error);
    view! {
        <p
            class="field-error"
            role="alert"
            data-testid=testid
            hidden=Signal::derive(move || error.with(Option::is_none))
        >
            {dynamic(move || text.with(|text| render_isolated(text)))}
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(retry_after_ms: Option<u64>) -> FormError {
        let error = ErrorBody::new(ErrorCode::RateLimited, String::new());
        FormError::refusal(ErrorBody { retry_after_ms, ..error })
    }

    #[test]
    fn the_time_to_wait_is_counted_down_and_then_the_error_goes() {
        let error = limited(Some(2_500)).after(1_000).expect("not over yet");
        assert_eq!(error.wait_ms(), Some(1_500));
        assert_eq!(error.clone().after(1_500), None);
        assert_eq!(error.after(60_000), None);
    }

    #[test]
    fn an_error_without_a_time_stays() {
        for code in [ErrorCode::RateLimited, ErrorCode::WrongPassword] {
            let error = FormError::refusal(ErrorBody::new(code, String::new()));
            assert_eq!(error.wait_ms(), None);
            assert_eq!(error.clone().after(60_000), Some(error));
        }
    }
}
