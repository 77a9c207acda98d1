//! What time it is, and which day that is where the reader sits.

use std::time::Duration;

use confab_shared::id::Timestamp;
use js_sys::Date;
use leptos::prelude::{RwSignal, Set, on_cleanup, set_interval_with_handle};
use wasm_bindgen::JsValue;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Now, by this computer's clock.
pub(crate) fn now() -> Timestamp {
    Timestamp(Date::now() as u64)
}

/// The number of the local day that a time falls on.
pub(crate) fn local_day(at: Timestamp) -> u64 {
    let offset_minutes = Date::new(&JsValue::from_f64(at.0 as f64)).get_timezone_offset() as i64;
    (at.0 as i64 - offset_minutes * 60_000).div_euclid(MILLIS_PER_DAY).max(0) as u64
}

/// Keeps a signal at the current second for as long as the reactive owner lives.
pub(crate) fn tick(now_signal: RwSignal<Timestamp>) {
    if let Ok(handle) = set_interval_with_handle(move || now_signal.set(now()), Duration::from_secs(1)) {
        on_cleanup(move || handle.clear());
    }
}
