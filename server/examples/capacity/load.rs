//! What the conversations cost at the busiest second, when their members are connected to so many nodes.

use serde::Serialize;

use crate::{
    costs::Costs,
    population::{Population, Sample},
    scenario::Scenario,
};

/// The load of all nodes together, each second.
#[derive(Clone, Debug, Serialize)]
pub struct Load {
    /// Posts and changes of messages: what makes an event.
    pub events: f64,
    /// Events and stored read positions: what the database commits.
    pub database_commands: f64,
    /// Frames to sockets, of events and of signals.
    pub deliveries: f64,
    /// Bytes to sockets.
    pub delivered_bytes: f64,
    /// Messages that nodes give to the bus.
    pub bus_published: f64,
    /// Messages that the bus gives to nodes.
    pub bus_received: f64,
    /// Bytes of both.
    pub bus_bytes: f64,
    /// Processors that are busy.
    pub busy_cores: f64,
}

/// On how many of so many nodes some of the connections are, each being on any node alike.
pub fn nodes_with_a_connection(connections: f64, nodes: u64) -> f64 {
    if nodes == 1 {
        return if connections > 0.0 { 1.0 } else { 0.0 };
    }
    let nodes = nodes as f64;
    -nodes * f64::exp_m1(connections * f64::ln_1p(-1.0 / nodes))
}

/// The connections that a message of a sample is delivered to: those of its author, too.
pub fn connections_reached(scenario: &Scenario, sample: &Sample) -> f64 {
    scenario.connections_per_person + sample.others_connected
}

impl Load {
    /// The load where the population is spread over so many nodes. A node gets from the bus what happens in conversations
    /// that somebody connected to it is a member of, unless it published that itself.
    pub fn of(scenario: &Scenario, costs: &Costs, population: &Population, nodes: u64) -> Self {
        let (mut messages, mut published, mut reached, mut spread) = (0.0, 0.0, 0.0, 0.0);
        for sample in population.samples() {
            let said = sample.weight * sample.messages_per_second;
            let connections = connections_reached(scenario, sample);
            messages += said;
            published += said * sample.subjects;
            reached += said * connections;
            // The author's own node gets nothing back.
            spread += said * (nodes_with_a_connection(connections, nodes) - 1.0).max(0.0);
        }
        let per_message = 1.0 + scenario.changes_per_message + scenario.signals_per_message;
        let events = messages * (1.0 + scenario.changes_per_message);
        let database_commands = events + scenario.reads_per_second();
        let deliveries = reached * per_message;
        // A single node needs no bus.
        let on_bus = if nodes == 1 { 0.0 } else { per_message };
        let (bus_published, bus_received) = (published * on_bus, spread * on_bus);
        let busy_us = database_commands * costs.command_us
            + deliveries * costs.average_delivery_us()
            + (bus_published + bus_received) * costs.bus_us
            + scenario.connections() * costs.connection_us;
        Self {
            events,
            database_commands,
            deliveries,
            delivered_bytes: deliveries * (scenario.message_bytes + costs.frame_overhead_bytes),
            bus_published,
            bus_received,
            bus_bytes: (bus_published + bus_received) * (scenario.message_bytes + costs.bus_overhead_bytes),
            busy_cores: busy_us / 1e6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Load, nodes_with_a_connection};
    use crate::{
        costs::tests::costs,
        population::{Population, Sample},
        scenario::{Scenario, tests::scenario},
    };

    /// One conversation of four people who are all connected once and in which ten messages are posted in a second.
    fn four_people() -> (Scenario, Population) {
        let flags =
            ["--people", "4", "--online", "1", "--connections-per-person", "1", "--changes-per-message", "0"];
        let scenario = scenario(
            &[&flags[..], &["--signals-per-message", "0", "--reads-per-person-per-day", "0"]].concat(),
        );
        let group = Sample {
            weight: 1.0,
            members: 4,
            subjects: 1.0,
            messages_per_second: 10.0,
            others_connected: 3.0,
        };
        (scenario, Population { groups: vec![group], directs: Vec::new() })
    }

    #[test]
    fn connections_are_on_as_many_nodes_as_chance_says() {
        assert_eq!(nodes_with_a_connection(0.0, 8), 0.0);
        assert_eq!(nodes_with_a_connection(5.0, 1), 1.0);
        // Two connections are on the same of two nodes in half of all cases.
        assert!((nodes_with_a_connection(2.0, 2) - 1.5).abs() < 1e-12);
        // One of them is on one node, however many there are.
        assert!((nodes_with_a_connection(1.0, 1_000) - 1.0).abs() < 1e-9);
        assert!(nodes_with_a_connection(1e6, 10) > 9.999);
    }

    #[test]
    fn one_node_has_no_bus() {
        let (scenario, population) = four_people();
        let load = Load::of(&scenario, &costs(&[]), &population, 1);
        assert_eq!(load.events, 10.0);
        assert_eq!(load.database_commands, 10.0);
        assert_eq!(load.deliveries, 40.0);
        assert_eq!(load.bus_published + load.bus_received + load.bus_bytes, 0.0);
    }

    #[test]
    fn costs_add_up() {
        let (scenario, population) = four_people();
        let costs =
            costs(&["--command-us", "5", "--delivery-us", "3", "--connection-us", "1", "--bus-us", "2"]);
        let one = Load::of(&scenario, &costs, &population, 1);
        assert!((one.busy_cores * 1e6 - (10.0 * 5.0 + 40.0 * 3.0 + 4.0)).abs() < 1e-6);
        // Four connections are on 2 * (1 - 1/16) of two nodes.
        let two = Load::of(&scenario, &costs, &population, 2);
        assert!((two.bus_received - 8.75).abs() < 1e-9);
        assert!((two.busy_cores - one.busy_cores - (10.0 + 8.75) * 2.0 / 1e6).abs() < 1e-12);
    }

    #[test]
    fn changes_and_signals_are_delivered_and_only_events_are_stored() {
        let (mut scenario, population) = four_people();
        (scenario.changes_per_message, scenario.signals_per_message) = (0.5, 2.0);
        let load = Load::of(&scenario, &costs(&[]), &population, 2);
        assert_eq!((load.events, load.database_commands), (15.0, 15.0));
        assert_eq!((load.deliveries, load.bus_published), (140.0, 35.0));
    }

    #[test]
    fn more_nodes_have_more_bus_traffic_up_to_a_copy_for_each_other_connection() {
        let (scenario, population) = four_people();
        let received = |nodes| Load::of(&scenario, &costs(&[]), &population, nodes).bus_received;
        assert!(received(2) < received(3) && received(3) < received(100));
        assert!(received(1_000_000) <= 30.0);
    }
}
