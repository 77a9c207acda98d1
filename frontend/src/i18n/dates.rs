//! Dates and times in the format of the reader's language and region, by `Intl.DateTimeFormat`.

use std::cell::RefCell;

use confab_shared::id::Timestamp;
use js_sys::{
    Array, Date, Function,
    Intl::{DateTimeFormat, RelativeTimeFormat},
    Object, Reflect,
};
use wasm_bindgen::JsValue;

use super::{Locale, regional_tag, tag, td_string};
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

/// How long ago something was, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// Less than a minute.
    JustNow,
    /// A number of units of `Intl.RelativeTimeFormat`.
    Ago(u32, &'static str),
    /// More than a week.
    Date,
}

impl Age {
    /// The age of a time. Clocks differ: a time to come is now.
    pub(crate) fn of(at: Timestamp, now: Timestamp) -> Self {
        let minutes = now.0.saturating_sub(at.0) / 60_000;
        let count = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        match minutes {
            0 => Self::JustNow,
            1..60 => Self::Ago(count(minutes), "minute"),
            60..1_440 => Self::Ago(count(minutes / 60), "hour"),
            1_440..10_080 => Self::Ago(count(minutes / 1_440), "day"),
            _ => Self::Date,
        }
    }
}

/// How long ago a time was: `5 minutes ago`, or its date.
pub(crate) fn ago(locale: Locale, at: Timestamp, age: Age) -> String {
    match age {
        Age::JustNow => td_string!(locale, threads.just_now).to_owned(),
        Age::Ago(count, unit) => {
            let locales = Array::of1(&JsValue::from_str(tag(locale)));
            let format = RelativeTimeFormat::new(&locales, &Object::new());
            format.format(-f64::from(count), unit).into()
        }
        Age::Date => short_day(locale, at),
    }
}

/// A day, with its year.
pub(crate) fn day_of_year(locale: Locale, at: Timestamp) -> String {
    format(Style::DayOfYear, locale, at)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_largest_unit() {
        let of = |seconds: u64| Age::of(Timestamp(1_000_000_000 - seconds * 1_000), Timestamp(1_000_000_000));
        assert_eq!(of(59), Age::JustNow);
        assert_eq!((of(60), of(3_599)), (Age::Ago(1, "minute"), Age::Ago(59, "minute")));
        assert_eq!((of(3_600), of(86_399)), (Age::Ago(1, "hour"), Age::Ago(23, "hour")));
        assert_eq!((of(86_400), of(604_799)), (Age::Ago(1, "day"), Age::Ago(6, "day")));
        assert_eq!(of(604_800), Age::Date);
        assert_eq!(Age::of(Timestamp(9), Timestamp(1)), Age::JustNow, "the server's clock is ahead");
    }
}
