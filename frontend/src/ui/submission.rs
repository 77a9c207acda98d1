//! What a form or a list does with the server: one request at a time, and the error of the last one.

use std::pin::Pin;

use leptos::{prelude::*, task::spawn_local};

use super::{
    form_error::{FormError, FormErrorText, is_waiting},
    reactive::on_event,
};
use crate::{
    i18n::{t, td_string},
    platform::api::ApiResult,
};

/// Whether a request is on its way, and the error of the last one. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Submission {
    busy: RwSignal<bool>,
    pub(crate) error: RwSignal<Option<FormError>>,
}

impl Submission {
    pub(crate) fn new() -> Self {
        Self { busy: RwSignal::new(false), error: RwSignal::new(None) }
    }

    /// Whether no request can begin: another is on its way, or the server asked to wait.
    pub(crate) fn is_blocked(self) -> bool {
        self.busy.get() || is_waiting(self.error)
    }

    /// The same for the attribute of a button, with a condition of its own.
    pub(crate) fn disabled_or(self, incomplete: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
        Signal::derive(move || self.is_blocked() || incomplete())
    }

    /// Makes a request, unless none can begin. It applies its own answer; its refusal becomes the error.
    pub(crate) fn run(self, request: impl Future<Output = ApiResult<()>> + 'static) {
        self.run_boxed(Box::pin(request));
    }

    /// Of one type, so that it is compiled once.
    fn run_boxed(self, request: Pin<Box<dyn Future<Output = ApiResult<()>>>>) {
        if untrack(|| self.is_blocked()) {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let answer = request.await;
            self.busy.try_set(false);
            if let Err(refused) = answer {
                self.error.try_set(Some(FormError::refusal(refused)));
            }
        });
    }
}

/// Shows the error of what could not be fetched, with a button that tries again.
#[component]
pub(crate) fn FetchError(request: Submission, #[prop(into)] on_retry: Callback<()>) -> impl IntoView {
    view! {
        <div class="fetch-error" hidden=Signal::derive(move || request.error.with(Option::is_none))>
            <FormErrorText error=request.error testid="fetch-error"/>
            <button
                class="button plain"
                type="button"
                disabled=request.disabled_or(|| false)
                on:click=on_event(move || on_retry.run(()))
            >
                {t(|l| td_string!(l, conversation.try_again))}
            </button>
        </div>
    }
}
