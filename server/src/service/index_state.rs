//! Whether the search index has everything.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long ago the index may have had everything, for an answer to be complete.
const COMPLETE_WITHIN: Duration = Duration::from_secs(2);

/// When the index last had everything.
#[derive(Default)]
pub(super) struct IndexState {
    caught_up_at: Mutex<Option<Instant>>,
}

impl IndexState {
    /// Notes whether it has everything.
    pub(super) fn set_caught_up(&self, caught_up: bool) {
        let mut caught_up_at = self.caught_up_at.lock().unwrap_or_else(PoisonError::into_inner);
        if caught_up {
            *caught_up_at = Some(Instant::now());
        }
    }

    /// Notes that it is built again.
    pub(super) fn forget(&self) {
        *self.caught_up_at.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether it had everything a moment ago.
    pub(super) fn is_complete(&self) -> bool {
        let caught_up_at = *self.caught_up_at.lock().unwrap_or_else(PoisonError::into_inner);
        caught_up_at.is_some_and(|at| at.elapsed() <= COMPLETE_WITHIN)
    }
}
