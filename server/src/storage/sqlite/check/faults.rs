//! The faults that a check reports.

use std::fmt::Display;

/// What a check says while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A fault: one line.
    Fault(String),
    /// How many conversations were checked, of how many.
    Progress(u64, u64),
}

/// How many faults are reported; a broken file has as many as rows.
const MAX_REPORTED: u64 = 1_000;

/// Counts faults, and reports them.
pub(super) struct Faults<'r> {
    report: &'r mut dyn FnMut(Report),
    count: u64,
}

impl<'r> Faults<'r> {
    pub(super) fn new(report: &'r mut dyn FnMut(Report)) -> Self {
        Self { report, count: 0 }
    }

    pub(super) fn add(&mut self, fault: impl Display) {
        self.count += 1;
        if self.count <= MAX_REPORTED {
            (self.report)(Report::Fault(fault.to_string()));
        }
    }

    pub(super) fn progress(&mut self, checked: u64, of: u64) {
        (self.report)(Report::Progress(checked, of));
    }

    /// How many there are, those beyond the most that are reported included.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}
