//! Avatars: initials in a circle for people, in a rounded square for groups.

use leptos::prelude::*;

use super::{
    icon::{Icon, IconView},
    initials::{hue, initials},
    show::{Show, dynamic},
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
    /// Shown instead of the initials.
    #[prop(optional)]
    icon: Option<Icon>,
    /// The hue, where it is not that of the name.
    #[prop(optional)]
    hue_of: Option<Signal<u32>>,
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
        let hue = hue_of.map_or_else(|| hue(&name.get()), |hue| hue.get());
        format!("avatar {size} {shape} hue-{hue}")
    };
    view! {
        <span class=class aria-hidden="true">
            {dynamic(move || match icon {
                Some(icon) => view! { <IconView icon/> }.into_any(),
                None => initials(&name.get()).into_any(),
            })}
            <Show when=move || online.get()>
                <span class="dot" data-testid="online-dot"></span>
            </Show>
        </span>
    }
}
