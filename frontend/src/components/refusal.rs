//! What the server, or the page before it, did not take, in words beside the field that it is about.

use confab_shared::{
    error::{ErrorBody, ErrorCode},
    text::TextError,
};
use leptos::prelude::*;

use crate::{
    bidi::{isolated, sentence},
    components::when::shown,
    i18n::{Locale, error_text, name_error_text, td_string, tell},
};

/// What went wrong, with the name where it is about one.
#[derive(Clone)]
pub(crate) struct Refusal {
    pub(crate) error: ErrorBody,
    pub(crate) name: Option<String>,
}

impl Refusal {
    /// A text that is not allowed.
    pub(crate) fn of_text(error: &TextError) -> Self {
        let error = ErrorBody { code: error.code(), message: error.to_string(), client_id: None };
        Self { error, name: None }
    }

    /// A name that is not allowed.
    pub(crate) fn of_name(name: &str, error: &TextError) -> Self {
        Self { name: Some(name.to_owned()), ..Self::of_text(error) }
    }

    fn text(&self, locale: Locale) -> String {
        match (&self.name, self.error.code) {
            (Some(name), ErrorCode::UnknownUser) if !name.is_empty() => {
                td_string!(locale, new.nobody, name = isolated(name)).to_string()
            }
            (Some(_), _) => name_error_text(locale, &self.error),
            (None, _) => error_text(locale, &self.error),
        }
    }
}

/// The words; none while nothing went wrong.
pub(crate) fn refusal_text(refusal: RwSignal<Option<Refusal>>) -> Signal<String> {
    tell(move |l| refusal.with(|refusal| refusal.as_ref().map(|refusal| refusal.text(l)).unwrap_or_default()))
}

/// Words of its own for every form that may be refused.
#[component]
pub(crate) fn RefusalNote(
    refusal: RwSignal<Option<Refusal>>,
    #[prop(optional)] testid: Option<&'static str>,
) -> impl IntoView {
    let text = refusal_text(refusal);
    view! {
        <p
            class="field-error"
            role="alert"
            data-testid=testid
            hidden=Signal::derive(move || refusal.with(Option::is_none))
        >
            {shown(move || text.with(|text| sentence(text)))}
        </p>
    }
}
