//! The window and its document.

use leptos::prelude::{RwSignal, Set, StoredValue, WithValue, on_cleanup};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Document, Element, EventTarget, HtmlElement, MediaQueryList, ResizeObserver, VisibilityState, Window,
};

/// The window; there is one, since the page does not run in a worker.
pub(crate) fn window() -> Window {
    web_sys::window().expect("a page has a window")
}

/// The document.
pub(crate) fn document() -> Document {
    window().document().expect("a window has a document")
}

/// Whether the tab is visible.
pub(crate) fn is_visible() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

/// Whether list and conversation fit side by side; such a screen probably has a keyboard, too.
pub(crate) fn is_wide_screen() -> bool {
    wide_screen().is_some_and(|query| query.matches())
}

/// Whether list and conversation fit side by side, now and whenever the window changes.
pub(crate) fn watch_wide_screen() -> RwSignal<bool> {
    let wide = RwSignal::new(is_wide_screen());
    if let Some(query) = wide_screen() {
        listen(&query, "change", move |_: web_sys::Event| wide.set(is_wide_screen()));
    }
    wide
}

fn wide_screen() -> Option<MediaQueryList> {
    window().match_media("(min-width: 721px)").ok().flatten()
}

/// Whether keys are typed on the screen, as on a phone: its Enter breaks the line, since it has no Shift for that.
pub(crate) fn has_screen_keyboard() -> bool {
    let query = window().match_media("(hover: none) and (pointer: coarse)").ok().flatten();
    query.is_some_and(|query| query.matches())
}

/// Calls `handler` whenever the size of an element has changed, for as long as the reactive owner lives.
pub(crate) fn on_resize(element: &Element, handler: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn(JsValue)>::new(move |_: JsValue| handler());
    let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) else { return };
    observer.observe(element);
    let observer = StoredValue::new_local((observer, closure));
    on_cleanup(move || {
        observer.try_with_value(|(observer, _)| observer.disconnect());
    });
}

/// Whether some text of the page is selected.
pub(crate) fn has_selection() -> bool {
    window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed())
}

/// Runs before the next paint, when the changes made so far are in the document.
pub(crate) fn on_next_frame(run: impl FnOnce() + 'static) {
    leptos::prelude::request_animation_frame(run);
}

/// Whether no element has the focus: the browser takes it from one that is disabled, moved or removed.
pub(crate) fn is_focus_free() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}

/// Focuses an element once it is in the document.
pub(crate) fn focus_on_next_frame(element: impl AsRef<HtmlElement> + 'static) {
    on_next_frame(move || {
        let _ = element.as_ref().focus();
    });
}

/// Calls `handler` on every `event` of `target` for as long as the reactive owner lives.
pub(crate) fn listen<E: JsCast + 'static>(
    target: &EventTarget,
    event: &'static str,
    handler: impl Fn(E) + 'static,
) {
    let closure =
        Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| handler(event.unchecked_into()));
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    let listener = StoredValue::new_local((target.clone(), closure));
    on_cleanup(move || {
        listener.try_with_value(|(target, closure)| {
            let _ = target.remove_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        });
    });
}
