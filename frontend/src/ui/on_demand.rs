//! Views that the first load leaves out. Their code is in modules of their own, which the page fetches when one of their
//! views is first shown; see `scripts/split-page.sh`. A debug page is one module, and so are the tests.

use std::pin::Pin;

use futures_util::FutureExt;
use leptos::{
    prelude::*,
    task::{spawn_local, spawn_local_scoped_with_cancellation as spawn_scoped},
};
use wasm_split_helpers::SplitLoaderError;

use crate::{
    i18n::{t, td_string},
    platform::browser::window,
    ui::{reactive::on_event, show::dynamic},
};

/// A view of a module that was fetched, or that could not be.
pub(crate) type Loaded = Result<AnyView, LoadError>;

/// A module could not be fetched: the network is down, or the server has a newer page. The browser's console has the reason.
#[derive(Debug)]
pub(crate) struct LoadError;

impl From<SplitLoaderError> for LoadError {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

/// Declares the function of a view that is in a module of its own: all functions `in` one module are fetched together. What
/// only they use goes there with them. They are called through [`when_fetched`].
///
/// ```ignore
/// on_demand! {
///     /// The details panel.
///     pub(crate) fn details_panel(id: ConversationId) in dialogs { <Details id/> }
/// }
/// ```
macro_rules! on_demand {
    (
        $(#[$doc:meta])*
        $visible:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) in $module:ident { $($view:tt)* }
    ) => {
        $(#[$doc])*
        #[cfg(split_page)]
        #[::wasm_split_helpers::wasm_split($module, fallible)]
        $visible fn $name($($argument: $type),*) -> $crate::ui::on_demand::Loaded {
            Ok(::leptos::prelude::IntoAny::into_any(::leptos::prelude::view! { $($view)* }))
        }

        $(#[$doc])*
        #[cfg(not(split_page))]
        $visible async fn $name($($argument: $type),*) -> $crate::ui::on_demand::Loaded {
            Ok(::leptos::prelude::IntoAny::into_any(::leptos::prelude::view! { $($view)* }))
        }
    };
}
pub(crate) use on_demand;

type Loading = Pin<Box<dyn Future<Output = Loaded>>>;

/// Shows a view that `on_demand!` declares. While its module is fetched, and where that fails, a note shows instead, which
/// sets `open` to false when it is closed.
pub(crate) fn when_fetched<F>(open: Option<RwSignal<bool>>, load: impl Fn() -> F + 'static) -> AnyView
where
    F: Future<Output = Loaded> + 'static,
{
    show(open, None, Box::new(move || Box::pin(load())))
}

/// Shows a view that `on_demand!` declares. While its module is fetched, another one keeps its room.
pub(crate) fn in_room_when_fetched<F>(
    room: impl Fn() -> AnyView + Send + Sync + 'static,
    load: impl Fn() -> F + 'static,
) -> AnyView
where
    F: Future<Output = Loaded> + 'static,
{
    show(None, Some(ViewFn::from(room)), Box::new(move || Box::pin(load())))
}

/// Fetches a module before one of its views is shown. That it fails shows when a view is.
pub(crate) fn prefetch(load: impl Future<Output = Loaded> + 'static) {
    spawn_local(async move {
        let _ = load.await;
    });
}

fn show(open: Option<RwSignal<bool>>, room: Option<ViewFn>, load: Box<dyn Fn() -> Loading>) -> AnyView {
    let mut loading = load();
    // At once if the module is there.
    if let Some(Ok(view)) = (&mut loading).now_or_never() {
        return view;
    }
    let loaded = StoredValue::new_local(None::<AnyView>);
    // `None` while it is fetched.
    let outcome = RwSignal::new(None::<Result<(), ()>>);
    let wait_for = move |loading: Loading| {
        outcome.set(None);
        spawn_scoped(async move {
            let outcome_of_load = match loading.await {
                Ok(view) => {
                    loaded.try_set_value(Some(view));
                    Ok(())
                }
                Err(LoadError) => Err(()),
            };
            outcome.try_set(Some(outcome_of_load));
        });
    };
    wait_for(loading);
    // The views belong to the owner of this one, whoever asks again.
    let owner = Owner::current();
    let load = StoredValue::new_local(load);
    let retry = Callback::new(move |()| {
        let (Some(owner), Some(loading)) = (&owner, load.try_with_value(|load| load())) else { return };
        owner.with(|| wait_for(loading));
    });
    dynamic(move || match outcome.get() {
        Some(Ok(())) => loaded.try_update_value(Option::take).flatten().into_any(),
        None if room.is_some() => room.as_ref().map(ViewFn::run).into_any(),
        unfinished => view! { <Note failed=unfinished.is_some() open retry/> }.into_any(),
    })
    .into_any()
}

/// What shows instead of a view that is not there yet, above everything else.
#[component]
fn Note(failed: bool, open: Option<RwSignal<bool>>, retry: Callback<()>) -> impl IntoView {
    if !failed {
        return view! {
            <p class="on-demand" role="status">{t(|l| td_string!(l, on_demand.loading))}</p>
        }
        .into_any();
    }
    let reload = move || {
        let _ = window().location().reload();
    };
    let close = open.map(|open| {
        let close = move || {
            open.try_set(false);
        };
        view! {
            <button class="button plain" type="button" on:click=on_event(close)>
                {t(|l| td_string!(l, conversation.close))}
            </button>
        }
    });
    view! {
        <div class="on-demand failed" role="alert" data-testid="on-demand-failed">
            <p>{t(|l| td_string!(l, on_demand.failed))}</p>
            <button
                class="button plain"
                type="button"
                data-testid="on-demand-retry"
                on:click=on_event(move || retry.run(()))
            >
                {t(|l| td_string!(l, conversation.try_again))}
            </button>
            <button class="button plain" type="button" data-testid="on-demand-reload" on:click=on_event(reload)>
                {t(|l| td_string!(l, on_demand.reload))}
            </button>
            {close}
        </div>
    }
    .into_any()
}
