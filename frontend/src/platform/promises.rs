//! What the browser answers later.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::EventTarget;

/// The value of a promise; none where it is rejected.
pub(super) async fn value(promise: Result<Promise, JsValue>) -> Option<JsValue> {
    JsFuture::from(promise.ok()?).await.ok()
}

/// Waits for the first of two events of a target: whether it is the first of them, and in time.
pub(super) async fn happens(target: &EventTarget, good: &str, bad: &str, timeout_ms: u32) -> bool {
    let (sender, receiver) = oneshot::channel();
    let sender = std::cell::Cell::new(Some(sender));
    let good_one = good.to_owned();
    let on_event = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
        if let Some(sender) = sender.take() {
            let _ = sender.send(event.type_() == good_one);
        }
    });
    let handler = on_event.as_ref().unchecked_ref();
    for event in [good, bad] {
        let _ = target.add_event_listener_with_callback(event, handler);
    }
    let happened = match select(receiver, TimeoutFuture::new(timeout_ms)).await {
        Either::Left((happened, _)) => happened.unwrap_or_default(),
        Either::Right(_) => false,
    };
    for event in [good, bad] {
        let _ = target.remove_event_listener_with_callback(event, handler);
    }
    happened
}
