//! Times as the reader writes them: `Intl.DateTimeFormat`, one formatter kept per style and language.

use std::cell::RefCell;

use confab_shared::ids::Timestamp;
use js_sys::{Array, Date, Function, Intl::DateTimeFormat, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::{
    clock::{self, local_day},
    i18n::{self, Locale, td_string},
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Time,
    Weekday,
    Day,
    DayOfYear,
    LongDay,
    Full,
}

impl Style {
    fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Time => &[("hour", "2-digit"), ("minute", "2-digit")],
            Self::Weekday => &[("weekday", "short")],
            Self::Day => &[("day", "numeric"), ("month", "short")],
            Self::DayOfYear => &[("day", "numeric"), ("month", "short"), ("year", "numeric")],
            Self::LongDay => &[("weekday", "long"), ("day", "numeric"), ("month", "long")],
            Self::Full => &[("dateStyle", "full"), ("timeStyle", "medium")],
        }
    }
}

thread_local! {
    /// A dozen at most: looking through them is as quick as hashing.
    static FORMATS: RefCell<Vec<(Style, Locale, Function)>> = const { RefCell::new(Vec::new()) };
}

/// The time of day.
pub(crate) fn time(locale: Locale, at: Timestamp) -> String {
    format(Style::Time, locale, at)
}

/// The whole date and time, for those who want to know exactly.
pub(crate) fn full(locale: Locale, at: Timestamp) -> String {
    format(Style::Full, locale, at)
}

/// When a conversation was last active: the time today, then the day, ever coarser.
pub(crate) fn in_list(locale: Locale, at: Timestamp, today: u64) -> String {
    match today.saturating_sub(local_day(at)) {
        0 => time(locale, at),
        1 => td_string!(locale, timeline.yesterday).to_string(),
        2..=6 => format(Style::Weekday, locale, at),
        _ => short_day(locale, at),
    }
}

/// The heading of a day in a timeline.
pub(crate) fn day(locale: Locale, at: Timestamp, today: u64) -> String {
    match today.saturating_sub(local_day(at)) {
        0 => td_string!(locale, timeline.today).to_string(),
        1 => td_string!(locale, timeline.yesterday).to_string(),
        2..=180 => format(Style::LongDay, locale, at),
        _ => format(Style::DayOfYear, locale, at),
    }
}

/// When somebody was last here.
pub(crate) fn last_seen(locale: Locale, at: Timestamp, today: u64) -> String {
    match today.saturating_sub(local_day(at)) {
        0 => td_string!(locale, conversation.last_seen_at, when = time(locale, at)).to_string(),
        1 => td_string!(locale, conversation.last_seen_yesterday, when = time(locale, at)).to_string(),
        _ => td_string!(locale, conversation.last_seen_on, when = short_day(locale, at)).to_string(),
    }
}

fn short_day(locale: Locale, at: Timestamp) -> String {
    let recent = clock::now().0.saturating_sub(at.0) < 300 * 86_400_000;
    format(if recent { Style::Day } else { Style::DayOfYear }, locale, at)
}

fn format(style: Style, locale: Locale, at: Timestamp) -> String {
    FORMATS.with_borrow_mut(|formats| {
        let known = formats.iter().position(|(held, of, _)| *held == style && *of == locale);
        let place = known.unwrap_or_else(|| {
            formats.push((style, locale, formatter(style, locale)));
            formats.len() - 1
        });
        let (.., format) = &formats[place];
        let date = Date::new(&JsValue::from_f64(at.0 as f64));
        format.call1(&JsValue::UNDEFINED, &date).ok().and_then(|text| text.as_string()).unwrap_or_default()
    })
}

/// The page's language with the reader's own region, where the browser names one: its clock and order of dates.
fn formatter(style: Style, locale: Locale) -> Function {
    let options = Object::new();
    for (name, value) in style.options() {
        let _ = Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    DateTimeFormat::new(&Array::of1(&JsValue::from_str(&i18n::regional_tag(locale))), &options).format()
}
