//! The clock: the only module that reads the system's time.

use std::time::{SystemTime, UNIX_EPOCH};

use confab_shared::id::Timestamp;

/// The system's time, in milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "the only module that may read the time")]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
