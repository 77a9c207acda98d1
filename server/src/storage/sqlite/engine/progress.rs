//! The writer's progress, for the checkpointer's thread.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What the writer has done.
#[derive(Debug, Default)]
pub(in crate::storage::sqlite) struct Progress {
    /// How often something new came.
    commits: AtomicUsize,
    /// The length of the log.
    pages: AtomicUsize,
    /// The longest that the log was since its file had its usual size.
    longest: AtomicUsize,
}

impl Progress {
    pub(super) fn committed(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn log_grew(&self, pages: usize) {
        self.pages.store(pages, Ordering::Relaxed);
        self.longest.fetch_max(pages, Ordering::Relaxed);
    }

    /// The log's file has its usual size again.
    pub(super) fn log_shrank(&self) {
        self.longest.store(0, Ordering::Relaxed);
    }

    pub(super) fn commits(&self) -> usize {
        self.commits.load(Ordering::Relaxed)
    }

    pub(super) fn pages(&self) -> usize {
        self.pages.load(Ordering::Relaxed)
    }

    pub(super) fn longest(&self) -> usize {
        self.longest.load(Ordering::Relaxed)
    }
}
