//! What the address says is looked at, and how to look at something else. Two kinds of place need no router: links to
//! paths of ours are followed within the page, and the browser's own back and forward work.

use confab_shared::id::ConversationId;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, MouseEvent};

use crate::{
    browser::{document, listen, window},
    overlay::{self, Overlays},
};

/// What there is to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// `/`
    List,
    /// `/c/{id}`
    Conversation(ConversationId),
    /// Any other path.
    Nowhere,
}

impl Place {
    fn of(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Self::List,
            (Some("c"), Some(id), None) => id.parse().map_or(Self::Nowhere, Self::Conversation),
            _ => Self::Nowhere,
        }
    }
}

/// The path of a conversation.
pub(crate) fn path_of(id: ConversationId) -> String {
    format!("/c/{id}")
}

/// Where one is, and what lies over it. Copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    place: RwSignal<Place>,
    overlays: Overlays,
    /// Where to go once the history has gone back.
    next: StoredValue<Option<String>>,
}

impl Route {
    /// Begins at the address that the page was opened with, and follows it for as long as the reactive owner lives.
    pub(crate) fn provide() -> Self {
        let route =
            Self { place: RwSignal::new(current()), overlays: Overlays::new(), next: StoredValue::new(None) };
        provide_context(route);
        listen(&window(), "popstate", move |_: Event| route.follow());
        listen(&document(), "click", move |event: MouseEvent| {
            if let Some(path) = followed(&event) {
                event.prevent_default();
                route.go(&path);
            }
        });
        route
    }

    pub(crate) fn place(self) -> Place {
        self.place.get()
    }

    /// Goes to a path of ours, unless one is there. The entry of an overlay is replaced: the way back is to what lay
    /// under it.
    pub(crate) fn go(self, path: &str) {
        if Place::of(path) == current() {
            return;
        }
        if let Ok(history) = window().history() {
            let _ = match overlay::level() {
                0 => history.push_state_with_url(&JsValue::NULL, "", Some(path)),
                _ => history.replace_state_with_url(&JsValue::NULL, "", Some(path)),
            };
        }
        if self.overlays.returning() {
            self.next.set_value(Some(path.to_owned()));
        }
        self.look();
    }

    /// Makes Back close an overlay, on a narrow screen, for as long as the reactive owner lives.
    pub(crate) fn cover(self, open: RwSignal<bool>) {
        self.overlays.cover(open);
    }

    /// Follows the browser to another entry of its history.
    fn follow(self) {
        self.overlays.follow();
        match self.next.try_update_value(Option::take).flatten() {
            Some(next) if !self.overlays.returning() => self.go(&next),
            next => self.next.set_value(next),
        }
        self.look();
    }

    fn look(self) {
        if self.place.get_untracked() != current() {
            self.place.set(current());
        }
    }
}

pub(crate) fn use_route() -> Route {
    expect_context()
}

/// Replaces the address by the list's, without a step to go back.
pub(crate) fn back_to_list() {
    replace("/");
}

/// Takes whom to sign in as out of the address, which otherwise stays.
pub(crate) fn without_query() {
    replace(&window().location().pathname().unwrap_or_default());
}

fn replace(path: &str) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

fn current() -> Place {
    Place::of(&window().location().pathname().unwrap_or_default())
}

/// The path that a plain click on a link of ours leads to; every other click is the browser's.
fn followed(event: &MouseEvent) -> Option<String> {
    let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || modified {
        return None;
    }
    let link = event.target()?.dyn_into::<Element>().ok()?.closest("a[href^='/']").ok()??;
    link.get_attribute("href")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_places() {
        assert_eq!(Place::of("/"), Place::List);
        assert_eq!(Place::of("/c/42"), Place::Conversation(ConversationId(42)));
        assert_eq!(Place::of("/c/42/"), Place::Conversation(ConversationId(42)));
        for nowhere in ["/c", "/c/x", "/c/-1", "/c/1/2", "/elsewhere"] {
            assert_eq!(Place::of(nowhere), Place::Nowhere, "{nowhere}");
        }
        assert_eq!(Place::of(&path_of(ConversationId(7))), Place::Conversation(ConversationId(7)));
    }
}
