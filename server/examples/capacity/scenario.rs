//! Who uses Confab, how much, and on which machines: the flags that describe a population.

use std::str::FromStr;

use clap::Args;

/// The most people that the model is meant for.
pub const MAX_PEOPLE: u64 = 100_000_000;

/// A population and its machines. Rates are those of an average day; `peak` makes them those of its busiest second.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "People")]
pub struct Scenario {
    /// How many people have an account, up to 100 million
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=MAX_PEOPLE))]
    pub people: u64,

    /// How many groups there are [default: two for every five people]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=10 * MAX_PEOPLE))]
    pub groups: Option<u64>,

    /// The members of the smallest group
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=MAX_PEOPLE))]
    pub group_size_min: u64,

    /// The members of the largest group that is possible
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=MAX_PEOPLE))]
    pub group_size_max: u64,

    /// How fast large groups become rare: groups of at least n members are as many as n to the power of minus this
    #[arg(long, default_value_t = 1.2, value_parser = above_zero)]
    pub group_size_exponent: f64,

    /// How much larger groups say: n members write as much as n to the power of this
    #[arg(long, default_value_t = 0.5, value_parser = not_negative)]
    pub group_speech_exponent: f64,

    /// With how many people a person has a direct conversation
    #[arg(long, default_value_t = 10.0, value_parser = above_zero)]
    pub directs_per_person: f64,

    /// How many messages a person writes on a day
    #[arg(long, default_value_t = 40.0, value_parser = not_negative)]
    pub messages_per_person_per_day: f64,

    /// The share of messages that are written to groups
    #[arg(long, default_value_t = 0.5, value_parser = share)]
    pub group_share: f64,

    /// Edits, reactions, pins and deletions for each message
    #[arg(long, default_value_t = 0.3, value_parser = not_negative)]
    pub changes_per_message: f64,

    /// Signals (typing, read positions) for each message
    #[arg(long, default_value_t = 1.0, value_parser = not_negative)]
    pub signals_per_message: f64,

    /// How many times a day a person's read position is stored
    #[arg(long, default_value_t = 60.0, value_parser = not_negative)]
    pub reads_per_person_per_day: f64,

    /// The average message, in bytes
    #[arg(long, default_value_t = 100.0, value_parser = above_zero)]
    pub message_bytes: f64,

    /// How much busier the busiest second is than the average one
    #[arg(long, default_value_t = 4.0, value_parser = above_zero)]
    pub peak: f64,

    /// The share of people who are connected then
    #[arg(long, default_value_t = 0.25, value_parser = share)]
    pub online: f64,

    /// Connections of each of them: tabs and devices
    #[arg(long, default_value_t = 1.3, value_parser = above_zero)]
    pub connections_per_person: f64,

    /// Processors of a node
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1024), help_heading = "Machines")]
    pub node_cores: u32,

    /// Memory of a node, in GiB
    #[arg(long, default_value_t = 8.0, value_parser = above_zero, help_heading = "Machines")]
    pub node_memory_gib: f64,

    /// Connections that a node may have: its limit on open files, and how many may reconnect at once when it dies
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..), help_heading = "Machines")]
    pub node_connections: u64,

    /// Nodes beyond those that the load needs, so that as many may be down at the busiest second
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=1_000), help_heading = "Machines")]
    pub spare_nodes: u64,

    /// The share of a processor, of memory and of a database that is planned for
    #[arg(long, default_value_t = 0.5, value_parser = share_above_zero, help_heading = "Machines")]
    pub utilisation: f64,

    /// The disk of a database shard, in GiB
    #[arg(long, default_value_t = 2_048.0, value_parser = above_zero, help_heading = "Machines")]
    pub shard_gib: f64,

    /// For how many days messages are kept
    #[arg(long, default_value_t = 365.0, value_parser = above_zero, help_heading = "Machines")]
    pub retention_days: f64,

    /// How many conversations of each kind are drawn
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(100..=5_000_000), help_heading = "Simulation")]
    pub samples: u64,

    /// The same seed draws the same population
    #[arg(long, default_value_t = 1, help_heading = "Simulation")]
    pub seed: u64,
}

impl Scenario {
    /// How many groups there are.
    pub fn groups(&self) -> u64 {
        self.groups.unwrap_or(self.people * 2 / 5)
    }

    /// The sizes between which groups are. No group has more members than there are people.
    pub fn group_sizes(&self) -> (f64, f64) {
        let largest = self.group_size_max.min(self.people).max(1);
        (self.group_size_min.min(largest) as f64, largest as f64)
    }

    /// Messages at the busiest second.
    pub fn messages_per_second(&self) -> f64 {
        self.at_peak(self.messages_per_person_per_day)
    }

    /// Stored read positions at the busiest second.
    pub fn reads_per_second(&self) -> f64 {
        self.at_peak(self.reads_per_person_per_day)
    }

    /// Connections at the busiest second.
    pub fn connections(&self) -> f64 {
        self.people as f64 * self.online * self.connections_per_person
    }

    fn at_peak(&self, per_person_per_day: f64) -> f64 {
        const SECONDS_PER_DAY: f64 = 86_400.0;
        self.people as f64 * per_person_per_day * self.peak / SECONDS_PER_DAY
    }
}

/// A number that is not negative.
pub fn not_negative(text: &str) -> Result<f64, String> {
    number(text, "a number from 0", |number| number >= 0.0)
}

/// A number above zero.
pub fn above_zero(text: &str) -> Result<f64, String> {
    number(text, "a number above 0", |number| number > 0.0)
}

/// A share of a whole.
pub fn share(text: &str) -> Result<f64, String> {
    number(text, "a number from 0 to 1", |number| (0.0..=1.0).contains(&number))
}

fn share_above_zero(text: &str) -> Result<f64, String> {
    number(text, "a number above 0 and up to 1", |number| number > 0.0 && number <= 1.0)
}

fn number(text: &str, expected: &str, accepted: impl Fn(f64) -> bool) -> Result<f64, String> {
    let parsed = f64::from_str(text).ok().filter(|number| number.is_finite() && accepted(*number));
    parsed.ok_or_else(|| format!("expected {expected}"))
}

#[cfg(test)]
pub mod tests {
    use clap::Parser;

    use super::{Scenario, share};

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        scenario: Scenario,
    }

    /// A scenario by its flags.
    pub fn scenario(flags: &[&str]) -> Scenario {
        Only::parse_from(["test"].iter().chain(flags)).scenario
    }

    #[test]
    fn shares_are_from_zero_to_one() {
        assert_eq!(share("0.25"), Ok(0.25));
        for text in ["-0.1", "1.1", "NaN", "inf", "half", ""] {
            assert_eq!(share(text), Err("expected a number from 0 to 1".to_owned()), "{text}");
        }
    }

    #[test]
    fn no_group_has_more_members_than_there_are_people() {
        assert_eq!(scenario(&["--people", "2"]).group_sizes(), (2.0, 2.0));
    }
}
