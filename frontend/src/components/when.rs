//! Views that come and go. Unlike what they replace (`Show`, a closure in a view) they are compiled once, not once
//! per use: the page is small because of it.

use std::sync::Arc;

use leptos::prelude::*;

use crate::reactive::memo;

/// What is shown while something holds, and what otherwise.
#[component]
pub(crate) fn When(
    /// What must hold.
    #[prop(into)]
    holds: Signal<bool>,
    #[prop(optional, into)] otherwise: ViewFn,
    children: ChildrenFn,
) -> impl IntoView {
    let holds = memo(move || holds.get());
    shown(move || if holds.get() { children() } else { otherwise.run() })
}

/// A view that is made anew whenever what it reads changes.
pub(crate) fn shown(view: impl Fn() -> AnyView + Send + Sync + 'static) -> impl IntoView {
    let view: Arc<dyn Fn() -> AnyView + Send + Sync> = Arc::new(view);
    move || view()
}

/// An attribute that says `true` or `false`.
pub(crate) fn yes_or_no(holds: impl Fn() -> bool + Send + Sync + 'static) -> Signal<&'static str> {
    Signal::derive(move || if holds() { "true" } else { "false" })
}
