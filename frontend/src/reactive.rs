//! Reactive building blocks that are compiled once. What they wrap is compiled anew for every closure given to it,
//! and every first visit would fetch each copy.

use std::{rc::Rc, time::Duration};

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// A value that follows what it is read from and tells only of real changes.
pub(crate) fn memo<T>(read: impl Fn() -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    let read: Box<dyn Fn() -> T + Send + Sync> = Box::new(read);
    Memo::new(move |_| read())
}

/// Runs now and whenever what it reads changes, for as long as the reactive owner lives.
pub(crate) fn watch(run: impl Fn() + 'static) {
    let run: Box<dyn Fn()> = Box::new(run);
    Effect::new(move |_| run());
}

/// What a press does: for `on:click` and its like, where the event itself does not matter.
pub(crate) fn press<E>(act: impl Fn() + 'static) -> impl Fn(E) + Clone + 'static {
    let act: Rc<dyn Fn()> = Rc::new(act);
    move |_| act()
}

/// An element of a view: given to it with `use:held=slot`. One type for every kind of element.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    element: StoredValue<Option<Element>, LocalStorage>,
    filled: RwSignal<bool>,
}

impl Slot {
    pub(crate) fn new() -> Self {
        Self { element: StoredValue::new_local(None), filled: RwSignal::new(false) }
    }

    /// The element, once it is made. Reading it in an effect makes the effect run then.
    pub(crate) fn get<E: JsCast>(self) -> Option<E> {
        if self.filled.try_get()? { self.now() } else { None }
    }

    /// The element, where there is one now.
    pub(crate) fn now<E: JsCast>(self) -> Option<E> {
        self.element.try_get_value().flatten().and_then(|element| element.dyn_into().ok())
    }
}

/// Puts an element into its slot when the view makes it.
pub(crate) fn held(element: Element, slot: Slot) {
    slot.element.set_value(Some(element));
    slot.filled.set(true);
}

/// One thing to do later, unless something else is to be done meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Later(StoredValue<Option<TimeoutHandle>>);

impl Later {
    pub(crate) fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// Does it after a while, in place of what was to be done before.
    pub(crate) fn start(self, after: Duration, act: impl FnOnce() + 'static) {
        self.stop();
        self.0.try_set_value(set_timeout_with_handle(act, after).ok());
    }

    /// Does not do it after all.
    pub(crate) fn stop(self) {
        if let Some(handle) = self.0.try_get_value().flatten() {
            handle.clear();
        }
    }
}
