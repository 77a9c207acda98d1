//! Commands by their kind and what became of them. The counters are looked up once, so that a message costs one addition.

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder},
    metrics::{MetricType, TypedMetric, counter::Counter, family::Family},
};

use crate::domain::command::CommandKind;

/// Labels with their values.
pub(super) type Labels<const N: usize> = [(&'static str, &'static str); N];

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandResult {
    /// It was carried out, or had been before.
    Done,
    /// The rules refused it.
    Refused,
    /// It came too soon after others.
    RateLimited,
    /// Storage could not write, or the server stops.
    Failed,
}

impl CommandResult {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Done, "done"),
        (Self::Refused, "refused"),
        (Self::RateLimited, "rate_limited"),
        (Self::Failed, "failed"),
    ];
}

/// The counters of commands.
#[derive(Clone, Debug)]
pub struct Commands {
    family: Family<Labels<2>, Counter>,
    /// By kind and result, in the order of their declarations.
    counters: Vec<[Counter; CommandResult::ALL.len()]>,
}

impl Default for Commands {
    fn default() -> Self {
        let family = Family::<Labels<2>, Counter>::default();
        let counter = |kind: CommandKind, outcome| {
            family.get_or_create_owned(&[("kind", kind.name()), ("outcome", outcome)])
        };
        let of_kind = |kind: &CommandKind| CommandResult::ALL.map(|(_, name)| counter(*kind, name));
        Self { counters: CommandKind::ALL.iter().map(of_kind).collect(), family }
    }
}

impl Commands {
    /// Counts a command.
    pub fn count(&self, kind: CommandKind, result: CommandResult) {
        if let Some(results) = self.counters.get(kind as usize) {
            results[result as usize].inc();
        }
    }
}

impl EncodeMetric for Commands {
    fn encode(&self, encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.family.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for Commands {
    const TYPE: MetricType = MetricType::Counter;
}
