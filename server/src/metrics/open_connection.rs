//! Counts a connection while it is open.

use prometheus_client::metrics::gauge::Gauge;

/// A connection that is counted until this is dropped.
pub struct OpenConnection(&'static Gauge);

impl OpenConnection {
    /// Counts a connection.
    pub fn count(gauge: &'static Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}
