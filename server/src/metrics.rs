//! What the server counts and measures, for Prometheus. No label names a user, a conversation or an address, so the number of
//! series is fixed.
//!
//! The metrics are the process's, like its log: every layer counts, and a handle would be a parameter of all of them. On the
//! path of a message they are relaxed atomics without a look-up. To add one: a field of [`Metrics`] with its line in
//! `register`, and a line in `docs/operation.md`; the tests fail where it never moves.

mod commands;
mod open_connection;

use std::{
    fmt,
    sync::{LazyLock, atomic::Ordering},
};

use confab_shared::error::ErrorCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelSetEncoder, LabelValueEncoder, text},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::{Registry, Unit},
};

use self::commands::{Commands, Labels};
pub use self::{commands::CommandResult, open_connection::OpenConnection};
use crate::panics;

/// The type of what [`Metrics::encode`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The process's metrics.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// Everything that is counted and measured.
pub struct Metrics {
    registry: Registry,
    /// Connections that are no WebSocket, or one that is not authenticated yet.
    pub http_connections: Gauge,
    /// Authenticated WebSockets of the native dialect.
    pub native_connections: Gauge,
    /// WebSockets of the demo's dialect.
    pub legacy_connections: Gauge,
    /// How many connections there may be.
    pub connection_limit: Gauge,
    /// Connections that were accepted.
    pub accepted: Counter,
    /// Connections that were closed to make room for others.
    pub evicted: Counter,
    /// HTTP answers, by the class of their status: 1xx to 5xx.
    answers: [Counter; 5],
    /// Commands, by their kind and what became of them.
    pub commands: Commands,
    /// Errors that clients got, by their code.
    pub errors: Family<ErrorLabel, Counter>,
    /// Sign-ins that succeeded.
    pub sign_ins_accepted: Counter,
    /// Sign-ins that were refused.
    pub sign_ins_refused: Counter,
    /// How long a commit took, from the first of its commands to the disk, in seconds.
    pub commit_seconds: Histogram,
    /// How many commands and other writes a commit had.
    pub commit_writes: Histogram,
    /// Batches that could not be committed.
    pub commits_failed: Counter,
    /// Jobs that wait for the storage's writer.
    pub write_queue: Gauge,
    /// How long compacting the write buffer took, in seconds.
    pub compaction_seconds: Histogram,
    /// Events in the write buffer.
    pub write_buffer_events: Gauge,
    /// The write-ahead log, in bytes.
    pub write_ahead_log_bytes: Gauge,
    /// Committed batches that wait to be published.
    pub publish_queue: Gauge,
    /// Deliveries of the hub: one for each item and connection.
    pub deliveries: Counter,
    /// How long it took from reading a command to writing its event to the sockets of this node: the oldest event of each
    /// batch, in seconds.
    pub delivery_lag_seconds: Histogram,
    /// How often the deliveries that waited for a connection were dropped.
    pub lagged: Counter,
    /// How long a search took, in seconds.
    pub search_seconds: Histogram,
    /// How many events the search index does not have yet.
    pub search_behind: Gauge,
    /// Bytes of files that people uploaded.
    pub uploaded_bytes: Counter,
    /// How long it took from an upload's last byte until it was an attachment, the wait for its turn included, in seconds.
    pub file_processing_seconds: Histogram,
    /// How often the store of files failed.
    pub file_store_failures: Counter,
    /// Links of which a preview was fetched.
    pub link_previews_fetched: Counter,
    /// Links whose page could not be fetched, or says nothing of itself.
    pub link_previews_failed: Counter,
    /// How much room the data folder's disk has, in bytes; measured when metrics are asked for.
    pub disk_free_bytes: Gauge,
    /// Panics, as [`panics`] counts them.
    panics: Counter,
}

/// The label of an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ErrorLabel(pub ErrorCode);

impl EncodeLabelSet for ErrorLabel {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), fmt::Error> {
        [("code", CodeName(self.0))].encode(encoder)
    }
}

/// A code by its name on the wire.
#[derive(Debug)]
struct CodeName(ErrorCode);

impl EncodeLabelValue for CodeName {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        let name = serde_json::to_value(self.0).map_err(|_| fmt::Error)?;
        EncodeLabelValue::encode(&name.as_str().unwrap_or("unknown"), encoder)
    }
}

/// The buckets of times, in seconds.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Registers the metrics of a family, one for each of its labels' values.
macro_rules! family {
    ($registry:ident, $name:literal, $help:literal, $label:literal, $values:expr) => {{
        let family = Family::<Labels<1>, _>::default();
        $registry.register($name, $help, family.clone());
        $values.map(|value| family.get_or_create_owned(&[($label, value)]))
    }};
}

/// Registers one metric.
macro_rules! single {
    ($registry:ident, $name:literal, $help:literal, $metric:expr) => {{
        let metric = $metric;
        $registry.register($name, $help, metric.clone());
        metric
    }};
}

/// Registers one metric with a unit, which its name ends in.
macro_rules! with_unit {
    ($registry:ident, $name:literal, $unit:ident, $help:literal, $metric:expr) => {{
        let metric = $metric;
        $registry.register_with_unit($name, $help, Unit::$unit, metric.clone());
        metric
    }};
}

impl Metrics {
    fn new() -> Self {
        let mut r = Registry::with_prefix("confab");
        r.register("build", "The version", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        let [http_connections, native_connections, legacy_connections] =
            family!(r, "connections", "Open connections", "kind", ["http", "native", "legacy"]);
        let answers =
            family!(r, "http_responses", "HTTP responses", "class", ["1xx", "2xx", "3xx", "4xx", "5xx"]);
        let [sign_ins_accepted, sign_ins_refused] =
            family!(r, "sign_ins", "Sign-ins", "outcome", ["accepted", "refused"]);
        let [link_previews_fetched, link_previews_failed] =
            family!(r, "link_previews", "Links whose pages were asked for", "outcome", ["fetched", "failed"]);
        let seconds = || Histogram::new(SECONDS);
        Self {
            http_connections,
            native_connections,
            legacy_connections,
            connection_limit: single!(
                r,
                "connection_limit",
                "How many connections there may be",
                Gauge::default()
            ),
            accepted: single!(
                r,
                "connections_accepted",
                "Connections that were accepted",
                Counter::default()
            ),
            evicted: single!(
                r,
                "connections_evicted",
                "Connections that were closed to make room",
                Counter::default()
            ),
            answers,
            commands: single!(r, "commands", "Commands", Commands::default()),
            errors: single!(r, "errors", "Errors that clients got", Family::default()),
            sign_ins_accepted,
            sign_ins_refused,
            commit_seconds: with_unit!(r, "commit", Seconds, "How long a commit took", seconds()),
            commit_writes: single!(
                r,
                "commit_writes",
                "How many commands and other writes a commit had",
                Histogram::new(exponential_buckets(1.0, 2.0, 13))
            ),
            commits_failed: single!(
                r,
                "commits_failed",
                "Batches that could not be committed",
                Counter::default()
            ),
            write_queue: single!(r, "write_queue_jobs", "Jobs that wait for the writer", Gauge::default()),
            compaction_seconds: with_unit!(r, "compaction", Seconds, "How long a compaction took", seconds()),
            write_buffer_events: single!(
                r,
                "write_buffer_events",
                "Events in the write buffer",
                Gauge::default()
            ),
            write_ahead_log_bytes: with_unit!(
                r,
                "write_ahead_log",
                Bytes,
                "The write-ahead log",
                Gauge::default()
            ),
            publish_queue: single!(
                r,
                "publish_queue_batches",
                "Batches that wait to be published",
                Gauge::default()
            ),
            deliveries: single!(r, "deliveries", "Items delivered to connections", Counter::default()),
            delivery_lag_seconds: with_unit!(
                r,
                "delivery_lag",
                Seconds,
                "From reading a command to writing its event to the sockets of this node",
                seconds()
            ),
            lagged: single!(
                r,
                "lagged",
                "Times that a connection's deliveries were dropped",
                Counter::default()
            ),
            search_seconds: with_unit!(r, "search", Seconds, "How long a search took", seconds()),
            search_behind: single!(
                r,
                "search_index_behind_events",
                "Events that the search index does not have yet",
                Gauge::default()
            ),
            uploaded_bytes: with_unit!(r, "uploaded", Bytes, "Bytes of uploaded files", Counter::default()),
            file_processing_seconds: with_unit!(
                r,
                "file_processing",
                Seconds,
                "From an upload's last byte until it was an attachment",
                seconds()
            ),
            file_store_failures: single!(
                r,
                "file_store_failures",
                "Times that the store of files failed",
                Counter::default()
            ),
            link_previews_fetched,
            link_previews_failed,
            disk_free_bytes: with_unit!(
                r,
                "disk_free",
                Bytes,
                "Room on the data folder's disk",
                Gauge::default()
            ),
            panics: single!(r, "panics", "Panics", Counter::default()),
            registry: r,
        }
    }

    /// Counts an HTTP answer by its status.
    pub fn answered(&self, status: u16) {
        let class = usize::from(status / 100).clamp(1, self.answers.len());
        self.answers[class - 1].inc();
    }

    /// All metrics, in the text format of OpenMetrics.
    pub fn encode(&self) -> String {
        self.panics.inner().store(panics::count(), Ordering::Relaxed);
        let mut text = String::new();
        // Only the writer of the text could fail.
        let _ = text::encode(&mut text, &self.registry);
        text
    }
}

/// A number as a gauge has it.
pub fn gauge(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
