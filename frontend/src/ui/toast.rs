//! What the page says in passing, below its header, where nobody types; perhaps with a button. It goes by itself.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;

use crate::{
    i18n::{Locale, t, td_string, use_language},
    ui::{
        icon::Icon,
        icon_button::IconButton,
        reactive::{Debounce, on_event},
        show::{Show, dynamic},
    },
};

/// How long it stays.
const STAYS: Duration = Duration::from_secs(10);

/// What is said.
#[derive(Clone)]
pub(crate) struct Toast {
    pub(crate) text: Arc<dyn Fn(Locale) -> String + Send + Sync>,
    pub(crate) action: Option<ToastAction>,
}

impl Toast {
    /// A text alone.
    pub(crate) fn new(text: impl Fn(Locale) -> String + Send + Sync + 'static) -> Self {
        Self { text: Arc::new(text), action: None }
    }
}

/// The button beside it.
#[derive(Clone, Copy)]
pub(crate) struct ToastAction {
    pub(crate) label: fn(Locale) -> &'static str,
    pub(crate) run: Callback<()>,
}

/// Where something can be said: one thing at a time, the last one. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    shown: RwSignal<Option<Toast>>,
    end: Debounce,
}

impl Toasts {
    /// Provides it to the views below.
    pub(crate) fn provide() -> Self {
        let toasts = Self { shown: RwSignal::new(None), end: Debounce::new() };
        provide_context(toasts);
        toasts
    }

    /// Says something, in place of what was said before.
    pub(crate) fn show(self, toast: Toast) {
        if self.shown.try_set(Some(toast)).is_none() {
            self.end_later();
        }
    }

    fn end_later(self) {
        self.end.schedule(STAYS, move || self.hide());
    }

    fn hide(self) {
        self.end.cancel();
        self.shown.try_set(None);
    }
}

/// What [`Toasts::provide`] provided above.
pub(crate) fn use_toasts() -> Toasts {
    expect_context()
}

/// The place of what is said.
#[component]
pub(crate) fn ToastArea(toasts: Toasts) -> impl IntoView {
    let lang = use_language();
    let act = move || {
        let action = toasts.shown.with_untracked(|shown| shown.as_ref().and_then(|toast| toast.action));
        toasts.hide();
        if let Some(action) = action {
            action.run.run(());
        }
    };
    let label = move || toasts.shown.with(|shown| shown.as_ref()?.action.map(|action| action.label));
    view! {
        <div class="toasts" role="status">
            <Show when=move || toasts.shown.with(Option::is_some)>
                // It stays while one is about to press its button.
                <div
                    class="toast"
                    data-testid="toast"
                    on:pointerenter=on_event(move || toasts.end.cancel())
                    on:focusin=on_event(move || toasts.end.cancel())
                    on:pointerleave=on_event(move || toasts.end_later())
                    on:focusout=on_event(move || toasts.end_later())
                >
                    <span>{move || toasts.shown.with(|shown| shown.as_ref().map(|toast| (toast.text)(lang.get())))}</span>
                    {dynamic(move || match label() {
                        Some(label) => view! {
                            <button class="button plain" type="button" data-testid="toast-action" on:click=on_event(act)>
                                {t(label)}
                            </button>
                        }
                        .into_any(),
                        None => ().into_any(),
                    })}
                    <IconButton icon=Icon::Close label=|l| td_string!(l, unread.dismiss) on_press=move |()| toasts.hide()/>
                </div>
            </Show>
        </div>
    }
}
