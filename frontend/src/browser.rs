//! The window and its document: what is asked of them in more than one place.

use leptos::prelude::{StoredValue, WithValue, on_cleanup};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Document, EventTarget, HtmlElement, VisibilityState, Window};

/// The window. There is always one: the page runs in no worker.
pub(crate) fn window() -> Window {
    web_sys::window().expect("a page has a window")
}

/// The window's document.
pub(crate) fn document() -> Document {
    window().document().expect("a window has a document")
}

/// Whether the tab can be seen now.
pub(crate) fn visible() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

/// Whether there is room for the list and a conversation side by side, which is also where a keyboard is likely.
pub(crate) fn wide() -> bool {
    window().match_media("(min-width: 721px)").ok().flatten().is_some_and(|query| query.matches())
}

/// Runs before the browser paints next, when the changes made so far are in the document.
pub(crate) fn before_paint(run: impl FnOnce() + 'static) {
    leptos::prelude::request_animation_frame(run);
}

/// Gives an element the keyboard once it is in the document.
pub(crate) fn focus_soon(element: impl AsRef<HtmlElement> + 'static) {
    before_paint(move || {
        let _ = element.as_ref().focus();
    });
}

/// Calls `heard` on every `event` of `target` for as long as the reactive owner lives.
pub(crate) fn listen<E: JsCast + 'static>(
    target: &EventTarget,
    event: &'static str,
    heard: impl Fn(E) + 'static,
) {
    let closure =
        Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| heard(event.unchecked_into()));
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    let held = StoredValue::new_local((target.clone(), closure));
    on_cleanup(move || {
        held.try_with_value(|(target, closure)| {
            let _ = target.remove_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        });
    });
}
