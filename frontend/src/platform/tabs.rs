//! Tabs of this browser: each has a name, which outlives a reload, and others learn when it is closed.

use js_sys::{Function, Promise, Reflect};
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use super::{browser::window, client_id, storage::WebStorage};

const KEY: &str = "confab.tab";

/// The name of this tab.
pub(crate) fn name() -> Uuid {
    let stored = WebStorage::Tab.get(KEY).and_then(|name| Uuid::try_parse(&name).ok());
    stored.unwrap_or_else(|| {
        let name = client_id::new().0;
        WebStorage::Tab.set(KEY, &name.to_string());
        name
    })
}

/// Lets the other tabs know that this one is open, for as long as it is.
pub(crate) fn hold_open(name: Uuid) {
    // A promise that nothing keeps.
    let forever = Promise::new(&mut |_, _| {});
    let hold = Closure::<dyn Fn(JsValue) -> JsValue>::new(move |_: JsValue| forever.clone().into());
    request_lock(name, hold);
}

/// Calls a function once the tab of a name is closed; at once where it is closed already.
pub(crate) fn when_closed(name: Uuid, act: impl Fn() + 'static) {
    let run = Closure::<dyn Fn(JsValue) -> JsValue>::new(move |_: JsValue| {
        act();
        JsValue::UNDEFINED
    });
    request_lock(name, run);
}

/// By a lock of the browser, which it lets go when the tab ends. Pages that came without TLS have no locks: what another tab
/// left then waits for a tab of its name.
fn request_lock(name: Uuid, granted: Closure<dyn Fn(JsValue) -> JsValue>) {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).unwrap_or_default();
    let request =
        Reflect::get(&locks, &"request".into()).ok().and_then(|found| found.dyn_into::<Function>().ok());
    if let Some(request) = request {
        let _ = request.call2(&locks, &format!("{KEY}.{name}").into(), granted.as_ref());
        // The browser calls it for as long as the page lives.
        granted.forget();
    }
}
