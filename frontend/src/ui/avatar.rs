//! Avatars: initials in a circle for people, in a rounded square for groups.

use leptos::prelude::*;

use super::{
    initials::{hue, initials},
    show::Show,
};

/// The size of an avatar.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    /// Beside messages.
    Small,
    /// In bars.
    Middle,
    /// In lists.
    Large,
}

#[component]
pub(crate) fn Avatar(
    #[prop(into)] name: Signal<String>,
    #[prop(optional)] square: bool,
    /// Whether to show the dot of users who are online.
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
            <Show when=move || online.get()>
                <span class="dot" data-testid="online-dot"></span>
            </Show>
        </span>
    }
}
