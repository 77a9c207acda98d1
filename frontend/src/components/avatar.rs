//! Somebody's or something's beginning letters in a shape: round for people, a rounded square for the rest.

use leptos::prelude::*;

use crate::{
    components::when::When,
    state::{hue, initials},
};

/// How large it is drawn.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    /// Beside a run of messages.
    Small,
    /// In bars.
    Middle,
    /// In lists.
    Large,
}

#[component]
pub(crate) fn Avatar(
    /// Whose or what's name it abbreviates.
    #[prop(into)]
    name: Signal<String>,
    #[prop(optional)] square: bool,
    /// Whether a dot tells that they are here.
    #[prop(optional, into)]
    online: Signal<bool>,
    #[prop(default = Size::Large)] size: Size,
) -> impl IntoView {
    let class = move || {
        let size = match size {
            Size::Small => "small",
            Size::Middle => "middle",
            Size::Large => "large",
        };
        let shape = if square { "square" } else { "round" };
        format!("avatar {size} {shape} hue-{}", hue(&name.get()))
    };
    view! {
        <span class=class aria-hidden="true">
            {move || initials(&name.get())}
            <When holds=move || online.get()>
                <span class="dot" data-testid="online-dot"></span>
            </When>
        </span>
    }
}
