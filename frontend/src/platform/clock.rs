//! The computer's clock and the local calendar.

use std::time::Duration;

use confab_shared::id::Timestamp;
use js_sys::Date;
use leptos::prelude::{RwSignal, Set, on_cleanup, set_interval_with_handle};
use wasm_bindgen::JsValue;

const MS_PER_DAY: i64 = 86_400_000;

/// The current time, by this computer's clock.
pub(crate) fn now() -> Timestamp {
    Timestamp(Date::now() as u64)
}

/// The local day of a time, as the number of days since 1970-01-01.
pub(crate) fn local_day(at: Timestamp) -> u64 {
    let offset_minutes = Date::new(&JsValue::from_f64(at.0 as f64)).get_timezone_offset() as i64;
    (at.0 as i64 - offset_minutes * 60_000).div_euclid(MS_PER_DAY).max(0) as u64
}

/// How far the local time is from UTC now, in minutes to the east.
pub(crate) fn utc_offset() -> i32 {
    -(Date::new_0().get_timezone_offset() as i32)
}

/// Sets a signal to the current time every second for as long as the reactive owner lives.
pub(crate) fn tick_every_second(now_signal: RwSignal<Timestamp>) {
    if let Ok(handle) = set_interval_with_handle(move || now_signal.set(now()), Duration::from_secs(1)) {
        on_cleanup(move || handle.clear());
    }
}
