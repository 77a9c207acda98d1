//! What lies over the page on a narrow screen closes with the browser's Back: each open overlay has an entry of the
//! history above the page's own. On a wide screen the page stays in sight, and so does its history as it is.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::browser::{wide, window};

/// The open overlays that have an entry, the lowest first. Copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Overlays {
    open: StoredValue<Vec<RwSignal<bool>>>,
    /// Whether a step back was requested from the history and is not done yet.
    returning: StoredValue<bool>,
}

impl Overlays {
    /// Begins with none. A page that is loaded anew at the entry of an overlay has it no more.
    pub(crate) fn new() -> Self {
        let overlays = Self { open: StoredValue::new(Vec::new()), returning: StoredValue::new(false) };
        overlays.settle();
        overlays
    }

    /// Gives an overlay its entry for as long as the reactive owner lives; Back sets `open` to false.
    pub(crate) fn cover(self, open: RwSignal<bool>) {
        if wide() {
            return;
        }
        let level = self.open.with_value(Vec::len) + 1;
        if let Ok(history) = window().history() {
            let _ = history.push_state(&JsValue::from_f64(level as f64), "");
        }
        self.open.update_value(|all| all.push(open));
        on_cleanup(move || {
            self.open.try_update_value(|all| all.retain(|held| *held != open));
            self.settle();
        });
    }

    /// Closes what lies above the entry that the browser has gone to.
    pub(crate) fn follow(self) {
        self.returning.set_value(false);
        let level = level();
        let closed = self.open.try_update_value(|all| all.split_off(level.min(all.len())));
        for open in closed.into_iter().flatten().rev() {
            open.try_set(false);
        }
        self.settle();
    }

    /// Whether the history is about to go back to an entry of the page's own.
    pub(crate) fn returning(self) -> bool {
        self.returning.get_value()
    }

    /// Leaves the entries of overlays that are closed, also where the browser's Forward led to one.
    fn settle(self) {
        let open = self.open.try_with_value(Vec::len).unwrap_or_default();
        let extra = level().saturating_sub(open);
        if extra == 0 || self.returning.try_get_value().unwrap_or_default() {
            return;
        }
        self.returning.try_set_value(true);
        if let Ok(history) = window().history() {
            let _ = history.go_with_delta(-(extra as i32));
        }
    }
}

/// How many overlays the current entry of the history has under it, itself included; none for an entry of the page's own.
pub(crate) fn level() -> usize {
    let state = window().history().and_then(|history| history.state());
    state.ok().and_then(|state| state.as_f64()).unwrap_or_default() as usize
}
