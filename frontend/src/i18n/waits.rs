//! How long to wait, in words.

use super::{Locale, td_string};

const MS_PER_SECOND: u64 = 1_000;
const MS_PER_MINUTE: u64 = 60 * MS_PER_SECOND;

/// From here on a wait is given in minutes, in milliseconds.
const MINUTES_FROM_MS: u64 = 90 * MS_PER_SECOND;

/// The steps in which seconds are given: a screen reader announces every change.
const STEP_SECONDS: u64 = 5;

/// A time that is not less than the one to wait, in round numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Seconds(u64),
    Minutes(u64),
}

impl Wait {
    fn at_least(wait_ms: u64) -> Self {
        if wait_ms > MINUTES_FROM_MS {
            return Self::Minutes(wait_ms.div_ceil(MS_PER_MINUTE));
        }
        let seconds = wait_ms.div_ceil(MS_PER_SECOND).max(1);
        Self::Seconds(seconds.next_multiple_of(STEP_SECONDS))
    }
}

/// Says that something was tried too often, and when to try again.
pub(super) fn rate_limited_text(locale: Locale, wait_ms: u64) -> String {
    match Wait::at_least(wait_ms) {
        Wait::Seconds(count) => td_string!(locale, error.wait_seconds, count = count).to_string(),
        Wait::Minutes(count) => td_string!(locale, error.wait_minutes, count = count).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_given_in_round_numbers_and_never_too_short() {
        for (wait_ms, shown) in [
            (0, Wait::Seconds(5)),
            (1, Wait::Seconds(5)),
            (5_000, Wait::Seconds(5)),
            (5_001, Wait::Seconds(10)),
            (59_000, Wait::Seconds(60)),
            (90_000, Wait::Seconds(90)),
            (90_001, Wait::Minutes(2)),
            (900_000, Wait::Minutes(15)),
        ] {
            assert_eq!(Wait::at_least(wait_ms), shown, "{wait_ms}");
        }
    }

    #[test]
    fn a_refusal_says_when_to_try_again() {
        assert_eq!(
            rate_limited_text(Locale::en, 12_000),
            "That was a lot in a short time. Try again in 15 seconds."
        );
        assert!(rate_limited_text(Locale::zh_CN, 600_000).contains("10 分钟"));
    }
}
