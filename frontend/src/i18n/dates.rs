//! Dates and times in the format of the reader's language and region, by `Intl.DateTimeFormat`.

use std::cell::RefCell;

use confab_shared::id::Timestamp;
use js_sys::{Array, Date, Function, Intl::DateTimeFormat, Object, Reflect};
use wasm_bindgen::JsValue;

use super::{Locale, regional_tag, td_string};
use crate::platform::clock::{self, local_day};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Time,
    Weekday,
    Day,
    DayOfYear,
    LongDay,
    DayAndTime,
    Full,
}

impl Style {
    fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Time => &[("hour", "numeric"), ("minute", "2-digit")],
            Self::Weekday => &[("weekday", "short")],
            Self::Day => &[("day", "numeric"), ("month", "short")],
            Self::DayOfYear => &[("day", "numeric"), ("month", "short"), ("year", "numeric")],
            Self::LongDay => &[("weekday", "long"), ("day", "numeric"), ("month", "long")],
            Self::DayAndTime => {
                &[("day", "numeric"), ("month", "short"), ("hour", "numeric"), ("minute", "2-digit")]
            }
            Self::Full => &[("dateStyle", "full"), ("timeStyle", "medium")],
        }
    }
}

thread_local! {
    /// Formatters by style and language, made on first use; some more than a dozen at most.
    static FORMATTERS: RefCell<Vec<(Style, Locale, Function)>> = const { RefCell::new(Vec::new()) };
}

/// The time of day.
pub(crate) fn time_of_day(locale: Locale, at: Timestamp) -> String {
    format(Style::Time, locale, at)
}

/// The full date and time, with seconds.
pub(crate) fn full_date(locale: Locale, at: Timestamp) -> String {
    format(Style::Full, locale, at)
}

/// The day of a time within some weeks, and the time of day.
pub(crate) fn day_and_time(locale: Locale, at: Timestamp) -> String {
    format(Style::DayAndTime, locale, at)
}

/// The time of the last activity in a list: the time of day for today, the weekday for this week, else the date.
pub(crate) fn list_time(locale: Locale, at: Timestamp, today: u64) -> String {
    match today.saturating_sub(local_day(at)) {
        0 => time_of_day(locale, at),
        1 => td_string!(locale, timeline.yesterday).to_string(),
        2..=6 => format(Style::Weekday, locale, at),
        _ => short_day(locale, at),
    }
}

/// The heading of a day in a timeline.
pub(crate) fn day_heading(locale: Locale, at: Timestamp, today: u64) -> String {
    match today.saturating_sub(local_day(at)) {
        0 => td_string!(locale, timeline.today).to_string(),
        1 => td_string!(locale, timeline.yesterday).to_string(),
        2..=180 => format(Style::LongDay, locale, at),
        _ => format(Style::DayOfYear, locale, at),
    }
}

/// When a user was last online.
pub(crate) fn last_seen(locale: Locale, at: Timestamp, today: u64) -> String {
    match today.saturating_sub(local_day(at)) {
        0 => td_string!(locale, conversation.last_seen_at, when = time_of_day(locale, at)).to_string(),
        1 => td_string!(locale, conversation.last_seen_yesterday, when = time_of_day(locale, at)).to_string(),
        _ => td_string!(locale, conversation.last_seen_on, when = short_day(locale, at)).to_string(),
    }
}

fn short_day(locale: Locale, at: Timestamp) -> String {
    let recent = clock::now().0.saturating_sub(at.0) < 300 * 86_400_000;
    format(if recent { Style::Day } else { Style::DayOfYear }, locale, at)
}

fn format(style: Style, locale: Locale, at: Timestamp) -> String {
    FORMATTERS.with_borrow_mut(|formatters| {
        let known = formatters.iter().position(|(known, of, _)| *known == style && *of == locale);
        let index = known.unwrap_or_else(|| {
            formatters.push((style, locale, formatter(style, locale)));
            formatters.len() - 1
        });
        let (.., format) = &formatters[index];
        let date = Date::new(&JsValue::from_f64(at.0 as f64));
        format.call1(&JsValue::UNDEFINED, &date).ok().and_then(|text| text.as_string()).unwrap_or_default()
    })
}

/// A formatter for the page's language and the reader's region, where the browser names one.
fn formatter(style: Style, locale: Locale) -> Function {
    let options = Object::new();
    for (name, value) in style.options() {
        let _ = Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    DateTimeFormat::new(&Array::of1(&JsValue::from_str(&regional_tag(locale))), &options).format()
}
