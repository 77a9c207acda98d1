//! Tabs of this browser: each has a name, which outlives a reload, and others learn when it is closed.
//!
//! A tab holds a lock of the browser on its name, which it loses when it ends. Pages that came without TLS have no locks: what
//! another tab left then waits for a tab of its name.

use std::{cell::Cell, rc::Rc};

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use leptos::task::spawn_local;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::{browser::window, client_id, storage::WebStorage};

const KEY: &str = "confab.tab";

/// How long a tab that is reloaded may take to hold its name again, in milliseconds.
const RELOAD_MS: u32 = 2_000;

thread_local! {
    /// The name that this page holds.
    static NAME: Cell<Option<Uuid>> = const { Cell::new(None) };
}

/// The name of this tab, which no other open tab has: one that was duplicated gets a new one.
pub(crate) async fn claim_name() -> Uuid {
    if let Some(name) = NAME.get() {
        return name;
    }
    let stored = WebStorage::Tab.get(KEY).and_then(|name| Uuid::try_parse(&name).ok());
    let name = match stored {
        Some(name) if hold(name).await => name,
        _ => {
            let name = client_id::new().0;
            WebStorage::Tab.set(KEY, &name.to_string());
            hold(name).await;
            name
        }
    };
    NAME.set(Some(name));
    name
}

/// Holds a name for as long as the page lives. Answers whether no other tab holds it, as far as the browser can say.
async fn hold(name: Uuid) -> bool {
    let (sender, granted) = oneshot::channel();
    let sender = Cell::new(Some(sender));
    let on_answer = Closure::<dyn Fn(JsValue) -> JsValue>::new(move |lock: JsValue| {
        if let Some(sender) = sender.take() {
            let _ = sender.send(!lock.is_null());
        }
        // The lock is held until this promise is kept.
        if lock.is_null() { lock } else { Promise::new(&mut |_, _| {}).into() }
    });
    let Some(request) = request_lock(name, true, &on_answer) else { return true };
    match select(granted, JsFuture::from(request)).await {
        Either::Left((granted, _)) => granted.unwrap_or(true),
        // Answered and let go at once, or refused by the browser.
        Either::Right((_, mut granted)) => granted.try_recv().ok().flatten().unwrap_or(true),
    }
}

/// Calls a function once the tab of a name is closed, and not only reloaded. No other tab is called for this name at the same
/// time.
pub(crate) fn when_closed(name: Uuid, act: impl Fn() + 'static) {
    let act: Rc<dyn Fn()> = Rc::new(act);
    spawn_local(async move {
        while with_lock(name, false, Rc::new(|| {})).await {
            TimeoutFuture::new(RELOAD_MS).await;
            if with_lock(name, true, Rc::clone(&act)).await {
                return;
            }
        }
    });
}

/// Calls a function with the lock of a name, now or, unless `only_now`, once it is free. Answers whether it was called.
async fn with_lock(name: Uuid, only_now: bool, act: Rc<dyn Fn()>) -> bool {
    let called = Rc::new(Cell::new(false));
    let note = Rc::clone(&called);
    let on_answer = Closure::<dyn Fn(JsValue) -> JsValue>::new(move |lock: JsValue| {
        if !lock.is_null() {
            note.set(true);
            act();
        }
        JsValue::UNDEFINED
    });
    let Some(request) = request_lock(name, only_now, &on_answer) else { return false };
    let _ = JsFuture::from(request).await;
    called.get()
}

/// Asks for the lock of a name; none where the browser has no locks. With `only_now`, the function gets null where another tab
/// has it.
fn request_lock(
    name: Uuid,
    only_now: bool,
    on_answer: &Closure<dyn Fn(JsValue) -> JsValue>,
) -> Option<Promise> {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &only_now.into()).ok()?;
    let promise = request.call3(&locks, &format!("{KEY}.{name}").into(), &options, on_answer.as_ref());
    promise.ok()?.dyn_into().ok()
}
