//! Days of the calendar, as filters name them.

use std::fmt;

use crate::id::Timestamp;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A day of the Gregorian calendar, from 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day; none where the calendar has no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_valid = (1970..=9999).contains(&year) && (1..=12).contains(&month);
        (is_valid && (1..=days_of_month(year, month)).contains(&day)).then_some(Self { year, month, day })
    }

    /// The day of a moment at a distance from UTC, in minutes to the east.
    #[must_use]
    pub fn of(at: Timestamp, utc_offset: i32) -> Self {
        let ms = i64::try_from(at.0).unwrap_or(i64::MAX / 2) + i64::from(utc_offset) * 60_000;
        let mut days = ms.div_euclid(DAY_MS).max(0);
        let mut year = 1970;
        // The calendar repeats itself after 400 years.
        let cycles = days / 146_097;
        days %= 146_097;
        while days >= days_of_year(year) {
            days -= days_of_year(year);
            year += 1;
        }
        let year_in_cycle = year;
        let mut month = 1;
        while days >= i64::from(days_of_month(year_in_cycle, month)) {
            days -= i64::from(days_of_month(year_in_cycle, month));
            month += 1;
        }
        let year = i64::from(year) + 400 * cycles;
        match (u16::try_from(year), u8::try_from(days + 1)) {
            (Ok(year), Ok(day)) if year <= 9999 => Self { year, month, day },
            _ => Self { year: 9999, month: 12, day: 31 },
        }
    }

    /// The moment at which the day begins at a distance from UTC, in minutes to the east.
    #[must_use]
    pub fn start(self, utc_offset: i32) -> Timestamp {
        let years: i64 = (1970..self.year).map(days_of_year).sum();
        let months: i64 = (1..self.month).map(|month| i64::from(days_of_month(self.year, month))).sum();
        let days = years + months + i64::from(self.day) - 1;
        let ms = days * DAY_MS - i64::from(utc_offset) * 60_000;
        Timestamp(u64::try_from(ms).unwrap_or(0))
    }

    /// The day that a text is: `2026-01-31`, also with `/` or `.`; `2026-01` and `2026` are their first days.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(['-', '/', '.']);
        let year = number(parts.next()?, 4..=4)?;
        let month = parts.next().map_or(Some(1), |part| number(part, 1..=2))?;
        let day = parts.next().map_or(Some(1), |part| number(part, 1..=2))?;
        if parts.next().is_some() {
            return None;
        }
        Self::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u16> {
    let is_number = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_year(year: u16) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
