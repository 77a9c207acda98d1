//! A button for what is not easily undone: it asks first, in its own place.

use leptos::prelude::*;

use super::{
    reactive::{ElementRef, capture, focus_when_mounted, on_event},
    show::Show,
};
use crate::i18n::{Locale, t, td_string};

/// A button that acts once its question is answered with yes.
#[component]
pub(crate) fn Confirmed(
    label: fn(Locale) -> &'static str,
    question: fn(Locale) -> &'static str,
    testid: &'static str,
    disabled: Signal<bool>,
    #[prop(into)] on_confirm: Callback<()>,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let ask = move || {
        view! {
            <button
                class="button plain danger"
                type="button"
                data-testid=testid
                disabled=disabled
                on:click=on_event(move || asking.set(true))
            >
                {t(label)}
            </button>
        }
    };
    let confirm = move || {
        asking.set(false);
        on_confirm.run(());
    };
    view! {
        <div class="confirmed">
            <Show when=asking fallback=ask>
                <Question question asking/>
                <button
                    class="button danger"
                    type="button"
                    data-testid=format!("{testid}-confirm")
                    disabled=disabled
                    on:click=on_event(confirm)
                >
                    {t(label)}
                </button>
            </Show>
        </div>
    }
}

/// The question, and the button that takes it back, which has the focus.
#[component]
fn Question(question: fn(Locale) -> &'static str, asking: RwSignal<bool>) -> impl IntoView {
    let cancel = ElementRef::new();
    focus_when_mounted(cancel);
    view! {
        <p role="alert">{t(question)}</p>
        <button class="button quiet" type="button" use:capture=cancel on:click=on_event(move || asking.set(false))>
            {t(|l| td_string!(l, new.cancel))}
        </button>
    }
}
