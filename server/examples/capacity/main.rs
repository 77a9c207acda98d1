//! How many machines Confab needs: a model from measured costs, over a simulated population of up to a hundred million
//! people. `cargo run -p confab --example capacity -- --people 1000000`; docs/cluster.md explains its results.
//!
//! [`population`] draws conversations, [`load`] adds up what their events cost at the busiest second, [`plan`] finds how
//! many nodes and shards carry that, and [`report`] prints it. What a thing costs is in [`costs`], and only there.

mod costs;
mod load;
mod plan;
mod population;
mod random;
mod report;
mod scenario;

use clap::Parser;

use self::{
    costs::Costs,
    plan::Plan,
    population::Population,
    scenario::{MAX_PEOPLE, Scenario},
};

/// Prints how many nodes and database shards a population needs, and what they carry at the busiest second.
#[derive(Debug, Parser)]
#[command(name = "capacity")]
struct Flags {
    #[command(flatten)]
    scenario: Scenario,

    #[command(flatten)]
    costs: Costs,

    /// Prints JSON instead of text
    #[arg(long)]
    json: bool,

    /// Prints the plans for 1,000 people up to 100 million, as JSON: what `make charts` draws
    #[arg(long, conflicts_with_all = ["people", "json"])]
    series: bool,
}

impl Flags {
    fn plan(&self) -> Plan {
        Plan::find(&self.scenario, &self.costs, &Population::draw(&self.scenario))
    }

    /// The plans of three populations in each power of ten.
    fn plans(mut self) -> Vec<Plan> {
        let steps = (3..8).flat_map(|power| [1, 2, 5].map(|step| step * 10_u64.pow(power)));
        let plan = |people| {
            self.scenario.people = people;
            self.plan()
        };
        steps.chain([MAX_PEOPLE]).map(plan).collect()
    }
}

fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    if flags.series {
        println!("{}", serde_json::to_string_pretty(&flags.plans())?);
    } else if flags.json {
        println!("{}", serde_json::to_string_pretty(&flags.plan())?);
    } else {
        print!("{}", report::text(&flags.scenario, &flags.plan()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Flags;

    #[test]
    fn flags_are_consistent() {
        Flags::command().debug_assert();
    }

    #[test]
    fn flags_out_of_range_are_refused_by_name() {
        for (flags, named) in [
            (["--people", "0"], "--people"),
            (["--people", "100000001"], "--people"),
            (["--online", "1.5"], "--online"),
            (["--utilisation", "0"], "--utilisation"),
            (["--messages-per-person-per-day", "-1"], "--messages-per-person-per-day"),
            (["--messages-per-person-per-day", "NaN"], "--messages-per-person-per-day"),
            (["--node-cores", "none"], "--node-cores"),
            (["--command-us", "inf"], "--command-us"),
        ] {
            let error =
                Flags::try_parse_from(["capacity", &format!("{}={}", flags[0], flags[1])]).unwrap_err();
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
