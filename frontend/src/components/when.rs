//! What is shown only while something holds. Unlike `Show` it is compiled once, not once per use: the page is small
//! because of it.

use leptos::prelude::*;

#[component]
pub(crate) fn When(
    /// What must hold.
    #[prop(into)]
    holds: Signal<bool>,
    children: ChildrenFn,
) -> impl IntoView {
    let holds = Memo::new(move |_| holds.get());
    move || holds.get().then(|| children())
}
