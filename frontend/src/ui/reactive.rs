//! Reactive building blocks that are compiled once. Leptos compiles its own anew for every closure, and every first visit
//! would download each copy.

use std::{rc::Rc, time::Duration};

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use crate::platform::browser::{focus_on_next_frame, on_next_frame};

/// A derived value that notifies only when it changes.
pub(crate) fn memo<T>(read: impl Fn() -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    let read: Box<dyn Fn() -> T + Send + Sync> = Box::new(read);
    Memo::new(move |_| read())
}

/// Runs once, and again whenever what it reads changes, for as long as the reactive owner lives.
pub(crate) fn effect(run: impl Fn() + 'static) {
    let run: Box<dyn Fn()> = Box::new(run);
    Effect::new(move |_| run());
}

/// An event handler that does not need the event.
pub(crate) fn on_event<E>(act: impl Fn() + 'static) -> impl Fn(E) + Clone + 'static {
    let act: Rc<dyn Fn()> = Rc::new(act);
    move |_| act()
}

/// A reference to an element of a view, set with `use:capture=reference`. One type for every kind of element.
#[derive(Clone, Copy)]
pub(crate) struct ElementRef {
    element: StoredValue<Option<Element>, LocalStorage>,
    mounted: RwSignal<bool>,
}

impl ElementRef {
    pub(crate) fn new() -> Self {
        Self { element: StoredValue::new_local(None), mounted: RwSignal::new(false) }
    }

    /// The element. An effect that reads it runs again when it is mounted.
    pub(crate) fn get<E: JsCast>(self) -> Option<E> {
        if self.mounted.try_get()? { self.get_untracked() } else { None }
    }

    /// The element, without tracking.
    pub(crate) fn get_untracked<E: JsCast>(self) -> Option<E> {
        self.element.try_get_value().flatten().and_then(|element| element.dyn_into().ok())
    }
}

/// The directive that sets an [`ElementRef`].
pub(crate) fn capture(element: Element, reference: ElementRef) {
    reference.element.set_value(Some(element));
    reference.mounted.set(true);
}

/// Focuses an element once it is in the document.
pub(crate) fn focus_when_mounted(element: ElementRef) {
    effect(move || {
        if let Some(element) = element.get::<HtmlElement>() {
            focus_on_next_frame(element);
        }
    });
}

/// Focuses a field once it is in the document, with its text selected.
pub(crate) fn select_when_mounted(input: ElementRef) {
    effect(move || {
        if let Some(input) = input.get::<HtmlInputElement>() {
            on_next_frame(move || {
                let _ = input.focus();
                input.select();
            });
        }
    });
}

/// Keeps a variable of the style sheet at a value, for an element and what is in it.
pub(crate) fn set_css_variable(element: ElementRef, name: &'static str, value: Memo<usize>) {
    effect(move || {
        if let Some(element) = element.get::<HtmlElement>() {
            let _ = element.style().set_property(name, &value.get().to_string());
        }
    });
}

/// A delayed action, replaced by the next one that is scheduled.
#[derive(Clone, Copy)]
pub(crate) struct Debounce(StoredValue<Option<TimeoutHandle>>);

impl Debounce {
    pub(crate) fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// Runs the action after a delay, instead of the action scheduled before.
    pub(crate) fn schedule(self, delay: Duration, act: impl FnOnce() + 'static) {
        self.cancel();
        self.0.try_set_value(set_timeout_with_handle(act, delay).ok());
    }

    pub(crate) fn cancel(self) {
        if let Some(handle) = self.0.try_get_value().flatten() {
            handle.clear();
        }
    }
}
