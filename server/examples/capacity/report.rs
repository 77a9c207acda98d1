//! The plan as text.

use std::fmt::Write;

use crate::{
    plan::{Percentiles, Plan},
    scenario::Scenario,
};

/// The plan as text for a terminal.
pub fn text(scenario: &Scenario, plan: &Plan) -> String {
    let load = &plan.load;
    let nodes = plan.nodes as f64;
    let rows = [
        ("people", count(scenario.people as f64)),
        (
            "groups; members",
            format!("{}; {}", count(scenario.groups() as f64), percentiles(&plan.group_sizes)),
        ),
        ("connections", count(plan.connections)),
        ("", String::new()),
        (
            "nodes",
            format!(
                "{} ({} to spare; for processors {:.1}, memory {:.1}, connections {:.1})",
                plan.nodes,
                scenario.spare_nodes,
                plan.nodes_needed.processors,
                plan.nodes_needed.memory,
                plan.nodes_needed.connections,
            ),
        ),
        ("  connections each", count(plan.connections / nodes)),
        (
            "  busy without those to spare",
            format!("{:.0} % of {} processors", plan.node_busy * 100.0, scenario.node_cores),
        ),
        ("  memory without those to spare", bytes(plan.node_memory)),
        ("", String::new()),
        ("messages and changes", per_second(load.events)),
        ("deliveries", format!("{}, {}", per_second(load.deliveries), bits(load.delivered_bytes))),
        ("  per message", percentiles(&plan.deliveries_per_message)),
        ("bus, to it", per_second(load.bus_published)),
        (
            "bus, from it",
            format!("{}, {} with those to it", per_second(load.bus_received), bits(load.bus_bytes)),
        ),
        (
            "  per node, both ways",
            format!(
                "{}, {}",
                per_second((load.bus_published + load.bus_received) / nodes),
                bits(load.bus_bytes / nodes)
            ),
        ),
        ("  nodes per message", percentiles(&plan.nodes_per_message)),
        ("", String::new()),
        ("database", format!("{} of commands", per_second(load.database_commands))),
        (
            "  shards by conversation",
            format!(
                "{} (for commands {:.1}, disk {:.1})",
                plan.shards, plan.shards_needed.commands, plan.shards_needed.disk
            ),
        ),
        ("  each", per_second(load.database_commands / plan.shards as f64)),
        ("  stored in a day", bytes(plan.stored_per_day)),
        ("  busiest conversation", per_second(plan.busiest_conversation)),
        ("a message to everybody", format!("{:.2} s of one processor", plan.broadcast_core_seconds)),
    ];
    rows.iter().fold(String::new(), |mut text, (name, value)| {
        // A string takes everything.
        let _ = writeln!(text, "{}", format!("{name:<34}{value}").trim_end());
        text
    })
}

fn percentiles(of: &Percentiles) -> String {
    format!("p50 {}, p90 {}, p99 {}, max {}", short(of.p50), short(of.p90), short(of.p99), short(of.max))
}

fn short(number: f64) -> String {
    if number < 10.0 { format!("{number:.1}") } else { count(number) }
}

fn per_second(number: f64) -> String {
    format!("{}/s", short(number))
}

/// A whole number, with its thousands apart.
fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn bytes(number: f64) -> String {
    scaled(number, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
}

fn bits(bytes_per_second: f64) -> String {
    scaled(bytes_per_second * 8.0, 1000.0, &["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"])
}

fn scaled(mut number: f64, step: f64, units: &[&'static str]) -> String {
    let mut unit = 0;
    while number >= step && unit + 1 < units.len() {
        number /= step;
        unit += 1;
    }
    format!("{number:.1} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::{bits, bytes, count, text};
    use crate::{costs::tests::costs, plan::Plan, population::Population, scenario::tests::scenario};

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(["1", "999", "1,000", "12,345,678"], [1.0, 999.0, 1_000.0, 12_345_678.0].map(count));
        assert_eq!((bytes(512.0), bytes(1_536.0)), ("512.0 B".to_owned(), "1.5 KiB".to_owned()));
        assert_eq!(bits(125_000.0), "1.0 Mbit/s");
    }

    #[test]
    fn report_names_nodes_shards_and_bus_traffic() {
        let scenario = scenario(&["--people", "1000000", "--samples", "1000"]);
        let plan = Plan::find(&scenario, &costs(&[]), &Population::draw(&scenario));
        let text = text(&scenario, &plan);
        for named in ["nodes  ", "shards by conversation", "bus, from it", "1,000,000"] {
            assert!(text.contains(named), "{named} in {text}");
        }
    }
}
