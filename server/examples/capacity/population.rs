//! The conversations of a population, drawn: sizes of groups by a power law, how much is said in each by a log-normal one, and
//! who of the members is connected.
//!
//! The number of draws does not depend on the number of people: a draw stands for `weight` conversations that are like it.

use crate::{random::Random, scenario::Scenario};

/// How unequally groups of one size are used: sigma of the logarithm.
const GROUP_SIGMA: f64 = 1.0;

/// How unequally direct conversations are used.
const DIRECT_SIGMA: f64 = 1.5;

/// A draw.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// How many conversations are like it; a fraction where one of its size is not certain to exist.
    pub weight: f64,
    /// How many members it has.
    pub members: u64,
    /// To how many subjects of the bus its events go: a direct conversation's to those of its two members.
    pub subjects: f64,
    /// Messages in it at the busiest second.
    pub messages_per_second: f64,
    /// Connections of its members then, beside those of a message's author.
    pub others_connected: f64,
}

/// The conversations of a population.
pub struct Population {
    pub groups: Vec<Sample>,
    pub directs: Vec<Sample>,
}

impl Population {
    /// Draws a population: the same for the same scenario and seed.
    pub fn draw(scenario: &Scenario) -> Self {
        let mut random = Random::new(scenario.seed);
        let mut groups = groups(scenario, &mut random);
        let mut directs = directs(scenario, &mut random);
        let to_groups = if groups.is_empty() { 0.0 } else { scenario.group_share };
        let messages = scenario.messages_per_second();
        share_out(&mut groups, messages * to_groups);
        share_out(&mut directs, messages * (1.0 - to_groups));
        Self { groups, directs }
    }

    /// All conversations.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.groups.iter().chain(&self.directs)
    }
}

/// The groups. Their strata have equal widths in the logarithm of the share of larger groups: the few large groups, which
/// cause most deliveries, have as many samples as the many small ones.
fn groups(scenario: &Scenario, random: &mut Random) -> Vec<Sample> {
    let count = scenario.groups() as f64;
    if count == 0.0 {
        return Vec::new();
    }
    let strata = scenario.samples;
    let (smallest, largest) = scenario.group_sizes();
    let share_above = |stratum: f64| count.powf(-stratum / strata as f64);
    let stratum = |number: u64| {
        let upper = share_above(number as f64);
        // The last stratum has all that are larger, too.
        let lower = if number + 1 == strata { 0.0 } else { share_above((number + 1) as f64) };
        let drawn = share_above(number as f64 + random.uniform());
        let members = size(drawn, smallest, largest, scenario.group_size_exponent);
        let said = (members as f64).powf(scenario.group_speech_exponent) * random.log_normal(GROUP_SIGMA);
        sample(scenario, random, count * (upper - lower), members, said)
    };
    (0..strata).map(stratum).collect()
}

fn directs(scenario: &Scenario, random: &mut Random) -> Vec<Sample> {
    let count = scenario.people as f64 * scenario.directs_per_person / 2.0;
    let weight = count / scenario.samples as f64;
    (0..scenario.samples)
        .map(|_| {
            let said = random.log_normal(DIRECT_SIGMA);
            Sample { subjects: 2.0, ..sample(scenario, random, weight, 2, said) }
        })
        .collect()
}

/// A sample whose messages are relative until they are shared out.
fn sample(scenario: &Scenario, random: &mut Random, weight: f64, members: u64, said: f64) -> Sample {
    let others = random.binomial(members.saturating_sub(1), scenario.online);
    let others_connected = others as f64 * scenario.connections_per_person;
    Sample { weight, members, subjects: 1.0, messages_per_second: said, others_connected }
}

/// The size of a group of which a share of all are larger: a power law between two sizes.
fn size(share_above: f64, smallest: f64, largest: f64, exponent: f64) -> u64 {
    let cut = (smallest / largest).powf(exponent);
    let size = smallest * (cut + share_above * (1.0 - cut)).powf(-1.0 / exponent);
    size.clamp(smallest, largest).round() as u64
}

/// Makes the messages of all samples so many in a second, in their relations.
fn share_out(samples: &mut [Sample], messages_per_second: f64) {
    let said: f64 = samples.iter().map(|sample| sample.weight * sample.messages_per_second).sum();
    if said > 0.0 {
        samples.iter_mut().for_each(|sample| sample.messages_per_second *= messages_per_second / said);
    }
}

#[cfg(test)]
mod tests {
    use super::{Population, Sample, size};
    use crate::scenario::tests::scenario;

    fn sum(samples: &[Sample], of: impl Fn(&Sample) -> f64) -> f64 {
        samples.iter().map(|sample| sample.weight * of(sample)).sum()
    }

    fn near(seen: f64, expected: f64) -> bool {
        (seen - expected).abs() <= expected.abs() * 0.01
    }

    #[test]
    fn sizes_are_between_their_bounds() {
        assert_eq!(size(1.0, 3.0, 1_000.0, 1.2), 3);
        assert_eq!(size(0.0, 3.0, 1_000.0, 1.2), 1_000);
        assert_eq!(size(0.5, 7.0, 7.0, 1.2), 7);
    }

    #[test]
    fn half_of_the_groups_are_above_the_median_of_the_power_law() {
        // Without an upper bound, half are larger than smallest * 2^(1/exponent).
        assert_eq!(size(0.5, 100.0, 1e12, 1.0), 200);
        assert_eq!(size(0.25, 100.0, 1e12, 2.0), 200);
    }

    #[test]
    fn samples_stand_for_all_conversations_and_all_messages() {
        for people in ["100", "10000", "100000000"] {
            let scenario = scenario(&["--people", people, "--samples", "10000"]);
            let population = Population::draw(&scenario);
            let people = scenario.people as f64;
            assert!(near(sum(&population.groups, |_| 1.0), people * 0.4), "groups of {people}");
            assert!(near(sum(&population.directs, |_| 1.0), people * 5.0), "directs of {people}");
            let messages =
                population.samples().map(|sample| sample.weight * sample.messages_per_second).sum();
            assert!(near(messages, people * 40.0 * 4.0 / 86_400.0), "messages of {people}: {messages}");
        }
    }

    #[test]
    fn more_samples_give_the_same_deliveries() {
        let deliveries = |samples| {
            let scenario = scenario(&["--people", "10000000", "--samples", samples]);
            sum(&Population::draw(&scenario).groups, |sample| {
                sample.messages_per_second * sample.others_connected
            })
        };
        let (few, many) = (deliveries("20000"), deliveries("400000"));
        assert!((few / many - 1.0).abs() < 0.1, "{few} and {many}");
    }

    #[test]
    fn without_groups_all_is_said_in_direct_conversations() {
        let population = Population::draw(&scenario(&["--groups", "0"]));
        assert!(population.groups.is_empty());
        assert!(near(
            sum(&population.directs, |sample| sample.messages_per_second),
            10_000.0 * 160.0 / 86_400.0
        ));
    }
}
