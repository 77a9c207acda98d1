//! Errors of forms, in words beside the field that they are about.

use confab_shared::{
    error::{ErrorBody, ErrorCode},
    text::TextError,
};
use leptos::prelude::*;

use super::{
    bidi::{isolate, render_isolated},
    show::dynamic,
};
use crate::i18n::{Locale, error_text, name_error_text, t_fmt, td_string};

/// An error, with the name that it is about.
#[derive(Clone)]
pub(crate) struct FormError {
    pub(crate) error: ErrorBody,
    pub(crate) name: Option<String>,
}

impl FormError {
    /// The error of a text.
    pub(crate) fn from_text_error(error: &TextError) -> Self {
        let error = ErrorBody::new(error.code(), error.to_string());
        Self { error, name: None }
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
}

/// The error in the reader's language; empty without one.
pub(crate) fn form_error_text(error: RwSignal<Option<FormError>>) -> Signal<String> {
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
