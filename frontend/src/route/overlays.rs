//! On a narrow screen the browser's Back closes an overlay: each open overlay has an entry in the history above the entry
//! of the location, whose state is the number of overlays that are open there.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::platform::browser::{is_wide_screen, window};

/// The open overlays that have a history entry, the lowest first. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Overlays {
    open: StoredValue<Vec<RwSignal<bool>>>,
    /// The overlays that opened during a step back, and get their entries after it.
    waiting: StoredValue<Vec<RwSignal<bool>>>,
    /// Whether a step back in the history was requested and is still pending.
    going_back: StoredValue<bool>,
}

impl Overlays {
    /// No overlays. A page that was reloaded at the entry of an overlay leaves that entry.
    pub(super) fn new() -> Self {
        let overlays = Self {
            open: StoredValue::new(Vec::new()),
            waiting: StoredValue::new(Vec::new()),
            going_back: StoredValue::new(false),
        };
        overlays.leave_closed();
        overlays
    }

    /// Gives an overlay a history entry for as long as the reactive owner lives; Back sets `open` to false. A wide screen
    /// shows the page beside the overlay, and Back leaves the page as usual.
    pub(super) fn push(self, open: RwSignal<bool>) {
        if is_wide_screen() {
            return;
        }
        self.add(open);
        on_cleanup(move || {
            for overlays in [self.open, self.waiting] {
                overlays.try_update_value(|all| all.retain(|other| *other != open));
            }
            self.leave_closed();
        });
    }

    /// Gives an overlay its entry. An entry that is pushed during a step back would be the one that is left.
    fn add(self, open: RwSignal<bool>) {
        if self.going_back.get_value() {
            return self.waiting.update_value(|all| all.push(open));
        }
        let count = self.open.with_value(Vec::len) + 1;
        if let Ok(history) = window().history() {
            let _ = history.push_state(&JsValue::from_f64(count as f64), "");
        }
        self.open.update_value(|all| all.push(open));
    }

    /// Closes the overlays above the history entry that the browser has gone to.
    pub(super) fn on_popstate(self) {
        self.going_back.set_value(false);
        let count = open_overlays();
        let closed = self.open.try_update_value(|all| all.split_off(count.min(all.len())));
        for open in closed.into_iter().flatten().rev() {
            open.try_set(false);
        }
        self.leave_closed();
        let waiting = self.waiting.try_update_value(std::mem::take).unwrap_or_default();
        waiting.into_iter().for_each(|open| self.add(open));
    }

    /// Whether the history is about to go back to an entry without overlays.
    pub(super) fn is_going_back(self) -> bool {
        self.going_back.get_value()
    }

    /// Goes back from the entries of closed overlays, also where the browser's Forward led to one.
    fn leave_closed(self) {
        let open = self.open.try_with_value(Vec::len).unwrap_or_default();
        let closed = open_overlays().saturating_sub(open);
        if closed == 0 || self.going_back.try_get_value().unwrap_or_default() {
            return;
        }
        self.going_back.try_set_value(true);
        if let Ok(history) = window().history() {
            let _ = history.go_with_delta(-(closed as i32));
        }
    }
}

/// The number of overlays at the current history entry.
pub(super) fn open_overlays() -> usize {
    let state = window().history().and_then(|history| history.state());
    state.ok().and_then(|state| state.as_f64()).unwrap_or_default() as usize
}
