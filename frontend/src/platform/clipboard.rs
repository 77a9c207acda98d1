//! The clipboard. Its API exists only in secure contexts; elsewhere, as on a server without TLS in the local network, the
//! old command copies.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ClipboardEvent, HtmlDocument};

use super::browser::{document, window};

/// Copies a text. To be called while the browser handles a click or a key.
pub(crate) fn copy(text: &str) {
    let navigator = window().navigator();
    let exists =
        Reflect::get(&navigator, &JsValue::from_str("clipboard")).is_ok_and(|found| found.is_object());
    if exists {
        let _ = navigator.clipboard().write_text(text);
    } else {
        copy_by_command(text.to_owned());
    }
}

fn copy_by_command(text: String) {
    let document = document();
    let on_copy = Closure::<dyn Fn(ClipboardEvent)>::new(move |event: ClipboardEvent| {
        if let Some(data) = event.clipboard_data() {
            let _ = data.set_data("text/plain", &text);
            event.prevent_default();
        }
    });
    let handler = on_copy.as_ref().unchecked_ref();
    let _ = document.add_event_listener_with_callback("copy", handler);
    if let Some(document) = document.dyn_ref::<HtmlDocument>() {
        let _ = document.exec_command("copy");
    }
    let _ = document.remove_event_listener_with_callback("copy", handler);
}
