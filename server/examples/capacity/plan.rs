//! How many nodes and database shards carry the load.

use serde::Serialize;

use crate::{
    costs::Costs,
    load::{Load, connections_reached, nodes_with_a_connection},
    population::{Population, Sample},
    scenario::Scenario,
};

const MIB: f64 = 1024.0 * 1024.0;
const GIB: f64 = 1024.0 * MIB;

/// How many nodes each of their limits asks for; the largest counts. Fractions show how far the others are from it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NodesNeeded {
    pub processors: f64,
    pub memory: f64,
    pub connections: f64,
}

/// How many shards each of their limits asks for; the largest counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ShardsNeeded {
    pub commands: f64,
    pub disk: f64,
}

/// Values of which a share of all messages, or of all groups, is at most so large.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Percentiles {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
}

/// What a population needs.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    pub people: u64,
    pub connections: f64,
    /// Nodes, those to spare included.
    pub nodes: u64,
    /// What the load needs, without those to spare.
    pub nodes_needed: NodesNeeded,
    /// Memory of a node when those to spare are down, in bytes.
    pub node_memory: f64,
    /// The share of a node's processors that is busy then.
    pub node_busy: f64,
    /// Shards of the database.
    pub shards: u64,
    /// What the load needs.
    pub shards_needed: ShardsNeeded,
    /// Bytes that a day adds to the database.
    pub stored_per_day: f64,
    /// The load, each second, of all nodes.
    pub load: Load,
    /// Members of groups.
    pub group_sizes: Percentiles,
    /// Connections that a message is delivered to.
    pub deliveries_per_message: Percentiles,
    /// Nodes that a message is delivered by.
    pub nodes_per_message: Percentiles,
    /// Events in the busiest conversation, each second.
    pub busiest_conversation: f64,
    /// Seconds of one processor that an event to everybody who is connected takes.
    pub broadcast_core_seconds: f64,
}

impl Plan {
    /// What the population needs. More nodes mean more bus traffic, and that may mean more nodes: from one node on, as many are
    /// taken as the load of the number before needs, until they suffice. Where there are spare nodes, each of the others
    /// has what its share is without them.
    pub fn find(scenario: &Scenario, costs: &Costs, population: &Population) -> Self {
        let mut needed = 1;
        let (load, nodes_needed) = loop {
            // At least two where one is to spare, and those have a bus.
            let load = Load::of(scenario, costs, population, needed + scenario.spare_nodes);
            let limits = NodesNeeded::of(scenario, costs, &load);
            let enough = at_least(&[limits.processors, limits.memory, limits.connections]);
            if enough <= needed {
                break (load, limits);
            }
            needed = enough;
        };
        let nodes = needed + scenario.spare_nodes;
        let stored_per_day = stored_per_day(scenario, costs);
        let shards_needed = ShardsNeeded::of(scenario, costs, &load, stored_per_day);
        let reached = |sample: &Sample| connections_reached(scenario, sample);
        let said = |sample: &Sample| sample.weight * sample.messages_per_second;
        Self {
            people: scenario.people,
            connections: scenario.connections(),
            nodes,
            nodes_needed,
            node_memory: costs.node_base_mib * MIB
                + scenario.connections() / needed as f64 * costs.connection_bytes(),
            node_busy: load.busy_cores / needed as f64 / f64::from(scenario.node_cores),
            shards: at_least(&[shards_needed.commands, shards_needed.disk]),
            shards_needed,
            stored_per_day,
            group_sizes: percentiles(population.groups.iter().map(|s| (s.members as f64, s.weight))),
            deliveries_per_message: percentiles(population.samples().map(|s| (reached(s), said(s)))),
            nodes_per_message: percentiles(
                population.samples().map(|s| (nodes_with_a_connection(reached(s), nodes), said(s))),
            ),
            busiest_conversation: busiest(population) * (1.0 + scenario.changes_per_message),
            broadcast_core_seconds: scenario.connections() * costs.average_delivery_us() / 1e6,
            load,
        }
    }
}

impl NodesNeeded {
    fn of(scenario: &Scenario, costs: &Costs, load: &Load) -> Self {
        let planned = scenario.utilisation;
        // A node that is smaller than its base has room for hardly anybody.
        let memory = (scenario.node_memory_gib * GIB * planned - costs.node_base_mib * MIB).max(MIB);
        Self {
            processors: load.busy_cores / (f64::from(scenario.node_cores) * planned),
            memory: scenario.connections() * costs.connection_bytes() / memory,
            connections: scenario.connections() / scenario.node_connections as f64,
        }
    }
}

impl ShardsNeeded {
    fn of(scenario: &Scenario, costs: &Costs, load: &Load, stored_per_day: f64) -> Self {
        let planned = scenario.utilisation;
        Self {
            commands: load.database_commands / (costs.database_commands * planned),
            disk: stored_per_day * scenario.retention_days / (scenario.shard_gib * GIB * planned),
        }
    }
}

/// The whole number that suffices for all limits, at least one.
fn at_least(limits: &[f64]) -> u64 {
    limits.iter().fold(1.0, |most: f64, limit| most.max(limit.ceil())) as u64
}

/// Bytes that the messages and changes of a day take in the database. A read position replaces the one before.
fn stored_per_day(scenario: &Scenario, costs: &Costs) -> f64 {
    let messages = scenario.people as f64 * scenario.messages_per_person_per_day;
    let changes = messages * scenario.changes_per_message;
    messages * (scenario.message_bytes + costs.row_overhead_bytes) + changes * costs.row_overhead_bytes
}

/// Messages each second in the busiest conversation that is likely to exist.
fn busiest(population: &Population) -> f64 {
    let samples = population.samples().filter(|sample| sample.weight >= 1e-6);
    samples.map(|sample| sample.messages_per_second).fold(0.0, f64::max)
}

/// The percentiles of values with weights; zeros where there are none.
fn percentiles(values: impl Iterator<Item = (f64, f64)>) -> Percentiles {
    let mut values: Vec<_> = values.collect();
    values.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let at = |share: f64| {
        let mut below = 0.0;
        let found = values.iter().find(|(_, weight)| {
            below += weight;
            below >= total * share
        });
        found.or(values.last()).map_or(0.0, |(value, _)| *value)
    };
    Percentiles {
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        max: values.last().map_or(0.0, |(value, _)| *value),
    }
}

#[cfg(test)]
mod tests {
    use super::{Percentiles, Plan, percentiles};
    use crate::{costs::tests::costs, population::Population, scenario::tests::scenario};

    fn plan(flags: &[&str], cost_flags: &[&str]) -> Plan {
        let scenario = scenario(&[&["--samples", "5000"], flags].concat());
        Plan::find(&scenario, &costs(cost_flags), &Population::draw(&scenario))
    }

    #[test]
    fn percentiles_follow_the_weights() {
        let seen = percentiles([(3.0, 1.0), (1.0, 98.0), (2.0, 1.0)].into_iter());
        assert_eq!(seen, Percentiles { p50: 1.0, p90: 1.0, p99: 2.0, max: 3.0 });
        assert_eq!(percentiles([].into_iter()).max, 0.0);
    }

    #[test]
    fn silent_people_need_memory_for_their_connections_and_nothing_else() {
        let silent = ["--messages-per-person-per-day", "0", "--reads-per-person-per-day", "0"];
        let machine =
            ["--people", "100000", "--online", "1", "--connections-per-person", "1", "--spare-nodes", "0"];
        let sizes = ["--node-memory-gib", "1", "--node-connections", "1000000", "--utilisation", "1"];
        let one_kib = ["--connection-kib", "8", "--connection-kernel-kib", "0", "--node-base-mib", "0"];
        // 100,000 connections of 8 KiB are 781 MiB; of 32 KiB, 3.05 GiB.
        let plan_of = |kib| {
            let cost = [kib, one_kib[1], one_kib[2], one_kib[3], one_kib[4], one_kib[5]];
            plan(
                &[&silent[..], &machine, &sizes].concat(),
                &[&["--connection-kib"], &cost[..1], &cost[2..]].concat(),
            )
        };
        assert_eq!((plan_of("8").nodes, plan_of("8").shards), (1, 1));
        assert_eq!(plan_of("32").nodes, 4);
        assert_eq!(plan_of("8").load.events, 0.0);
    }

    #[test]
    fn limit_on_connections_is_kept() {
        let plan = plan(&["--people", "1000000", "--node-connections", "10000", "--node-cores", "64"], &[]);
        // 1,000,000 * 0.25 * 1.3 connections, and a node to spare.
        assert_eq!((plan.nodes, plan.nodes_needed.connections), (34, 32.5));
    }

    #[test]
    fn database_has_as_many_shards_as_its_commands_need() {
        let flags = ["--people", "86400", "--peak", "1", "--messages-per-person-per-day", "100"];
        let rest = ["--changes-per-message", "0", "--reads-per-person-per-day", "0", "--utilisation", "1"];
        // 100 messages a second.
        let plan = plan(&[&flags[..], &rest].concat(), &["--database-commands", "30"]);
        assert_eq!(plan.shards, 4);
        assert!(plan.shards_needed.disk < 1.0);
    }

    #[test]
    fn more_of_anything_never_needs_less() {
        for (flag, values) in [
            ("--people", ["1000", "100000", "10000000"]),
            ("--messages-per-person-per-day", ["1", "40", "1000"]),
            ("--peak", ["1", "4", "20"]),
            ("--online", ["0.01", "0.2", "1"]),
            ("--group-size-max", ["10", "1000", "100000"]),
            ("--groups", ["0", "400000", "4000000"]),
            ("--retention-days", ["1", "700", "7000"]),
        ] {
            let people: &[&str] = if flag == "--people" { &[] } else { &["--people", "1000000"] };
            let plans = values.map(|value| plan(&[people, &[flag, value]].concat(), &[]));
            for pair in plans.windows(2) {
                assert!(pair[0].nodes <= pair[1].nodes, "nodes by {flag}");
                assert!(pair[0].shards <= pair[1].shards, "shards by {flag}");
            }
        }
    }

    #[test]
    fn larger_nodes_are_never_more() {
        let nodes = |cores| plan(&["--people", "5000000", "--node-cores", cores], &[]).nodes;
        assert!(nodes("2") >= nodes("8") && nodes("8") >= nodes("64"));
    }

    #[test]
    fn plan_carries_its_own_bus_traffic() {
        let plan = plan(&["--people", "20000000"], &["--bus-us", "20"]);
        assert!(plan.node_busy <= 0.5, "{}", plan.node_busy);
        assert!(plan.nodes > 2);
    }
}
