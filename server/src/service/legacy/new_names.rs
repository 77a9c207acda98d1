//! Limits the users that one connection of the demo's dialect makes by writing to names that nobody has.

use std::time::{Duration, Instant};

use crate::service::error::Error;

/// How many such names there may be in each [`PERIOD`].
const MAX_NEW_NAMES: u32 = 100;

const PERIOD: Duration = Duration::from_secs(60 * 60);

/// The names without a user that a connection wrote to. One that is refused for another reason counts, too.
#[derive(Debug, Default)]
pub struct NewNames {
    /// When the present period began.
    since: Option<Instant>,
    count: u32,
}

impl NewNames {
    /// Counts a name.
    ///
    /// # Errors
    /// `rate_limited` until the period ends.
    pub(super) fn count(&mut self, now: Instant) -> Result<(), Error> {
        let began = *self.since.get_or_insert(now);
        let since = now.saturating_duration_since(began);
        if since >= PERIOD {
            *self = Self { since: Some(now), count: 0 };
        } else if self.count == MAX_NEW_NAMES {
            return Err(Error::rate_limited(PERIOD - since));
        }
        self.count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_limited_for_a_period() {
        let (mut names, began) = (NewNames::default(), Instant::now());
        for second in 0..u64::from(MAX_NEW_NAMES) {
            names.count(began + Duration::from_secs(second)).unwrap();
        }
        let refused = names.count(began + Duration::from_secs(600)).unwrap_err();
        assert_eq!(refused, Error::rate_limited(Duration::from_secs(3_000)));
        names.count(began + PERIOD).unwrap();
        for _ in 1..MAX_NEW_NAMES {
            names.count(began + PERIOD).unwrap();
        }
        assert_eq!(names.count(began + PERIOD).unwrap_err(), Error::rate_limited(PERIOD));
    }
}
