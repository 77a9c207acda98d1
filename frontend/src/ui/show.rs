//! Conditional and dynamic views that are compiled once, and not once per use as Leptos's own `Show` and closures are.

use std::sync::Arc;

use leptos::prelude::*;

use super::reactive::memo;

/// Shows its children while `when` holds, and `fallback` otherwise.
#[component]
pub(crate) fn Show(
    #[prop(into)] when: Signal<bool>,
    #[prop(optional, into)] fallback: ViewFn,
    children: ChildrenFn,
) -> impl IntoView {
    let when = memo(move || when.get());
    dynamic(move || if when.get() { children() } else { fallback.run() })
}

/// A view that is made anew whenever what it reads changes.
pub(crate) fn dynamic(view: impl Fn() -> AnyView + Send + Sync + 'static) -> impl IntoView {
    let view: Arc<dyn Fn() -> AnyView + Send + Sync> = Arc::new(view);
    move || view()
}

/// An attribute that is there only at times. One type for all of them, so that they are compiled once.
pub(crate) fn optional_attr(
    value: impl Fn() -> Option<&'static str> + Send + Sync + 'static,
) -> Signal<Option<&'static str>> {
    Signal::derive(value)
}

/// A boolean attribute such as `aria-expanded`: `true` or `false`.
pub(crate) fn bool_attr(value: impl Fn() -> bool + Send + Sync + 'static) -> Signal<&'static str> {
    Signal::derive(move || if value() { "true" } else { "false" })
}
