//! What is printed: a table per scenario, and at the end what is claimed beside what was seen.

use std::{fs, path::Path};

use anyhow::Context;
use hdrhistogram::Histogram;

use crate::{
    machine,
    results::{Bar, Figure, Results, Role},
    tally::{Run, median},
};

/// Which way is better.
#[derive(Clone, Copy, Debug)]
pub enum Better {
    Lower,
    Higher,
}

/// A figure that has to be reached.
pub struct Claim {
    /// What it is.
    pub what: String,
    /// What was seen; none where it could not be measured.
    pub seen: Option<f64>,
    /// What must be reached.
    pub must: f64,
    /// What is aimed at.
    pub goal: f64,
    /// Which way is better.
    pub better: Better,
    /// The unit of the three: "x" for a ratio.
    pub unit: &'static str,
}

impl Claim {
    fn reaches(&self, seen: f64, bound: f64) -> bool {
        match self.better {
            Better::Lower => seen <= bound,
            Better::Higher => seen >= bound,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.seen {
            None => "not measured",
            Some(seen) if self.reaches(seen, self.goal) => "goal met",
            Some(seen) if self.reaches(seen, self.must) => "must met",
            Some(_) => "SHORT",
        }
    }
}

/// What has been measured so far.
#[derive(Default)]
pub struct Report {
    claims: Vec<Claim>,
    figures: Vec<Figure>,
    failed: Vec<String>,
}

impl Report {
    /// Begins a scenario.
    pub fn title(&self, name: &str, what: &str) {
        println!("\n## {name}: {what}");
    }

    /// One line of a contender's runs: of each figure the middle of all rounds, and of what each thing cost the
    /// server also the least and the most.
    pub fn runs(&self, who: &str, what: &str, runs: &[Run]) -> anyhow::Result<()> {
        let middle = |figure: &dyn Fn(&Run) -> f64| median(runs.iter().map(figure));
        let each = || runs.iter().map(Run::each);
        println!(
            "{who:<24} {:>9.0} {what}/s  server {:>7.2} us each ({:.2} to {:.2})  generator {:>3.0} %  resident {:>6.1} MiB",
            middle(&Run::rate)?,
            median(each())?,
            each().fold(f64::INFINITY, f64::min),
            each().fold(0.0, f64::max),
            middle(&|run| run.generator)? * 100.0,
            middle(&|run| run.resident as f64)? / 1024.0 / 1024.0,
        );
        self.latencies("", runs)
    }

    /// The latencies of runs, in milliseconds: of each quantile the middle of all rounds.
    pub fn latencies(&self, who: &str, runs: &[Run]) -> anyhow::Result<()> {
        let middle = |quantile: f64| median(runs.iter().map(|run| run.quantile(quantile)));
        line_of_latencies(who, [middle(0.5)?, middle(0.9)?, middle(0.99)?, middle(0.999)?, middle(1.0)?]);
        Ok(())
    }

    /// The latencies of all rounds together, in milliseconds.
    pub fn quantiles(&self, who: &str, nanos: &Histogram<u64>) {
        let at = |quantile: f64| nanos.value_at_quantile(quantile) as f64 / 1e6;
        line_of_latencies(who, [at(0.5), at(0.9), at(0.99), at(0.999), at(1.0)]);
    }

    /// Says something beside the figures.
    pub fn note(&self, text: &str) {
        println!("{text}");
    }

    /// Notes a claim, and prints it.
    pub fn claim(&mut self, claim: Claim) {
        println!("-> {}", line(&claim));
        self.claims.push(claim);
    }

    /// Notes a figure that is drawn, without those who could not be measured.
    pub fn figure(&mut self, name: &str, unit: &str, bars: &[(&str, Role, Option<f64>)]) {
        let bar = |(who, role, value): &(&str, Role, Option<f64>)| {
            value.map(|value| Bar { who: (*who).to_owned(), role: *role, value })
        };
        let bars = bars.iter().filter_map(bar).collect();
        let (name, unit) = (name.to_owned(), unit.to_owned());
        self.figures.push(Figure { name, unit, machine: machine::name(), bars });
    }

    /// Writes the figures to a file. Those that were not measured this time stay in it.
    pub fn write_figures(&self, path: &Path) -> anyhow::Result<()> {
        let Results { mut figures } = Results::read(path)?;
        for figure in &self.figures {
            match figures.iter_mut().find(|old| old.name == figure.name) {
                Some(old) => old.clone_from(figure),
                None => figures.push(figure.clone()),
            }
        }
        let text = serde_json::to_string_pretty(&Results { figures })? + "\n";
        fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
    }

    /// Notes that a scenario did not come to its end.
    pub fn failed(&mut self, name: &str, error: &anyhow::Error) {
        println!("-> {name} failed: {error:#}");
        self.failed.push(format!("{name}: {error:#}"));
    }

    /// Prints all claims. Whether every scenario came to its end.
    pub fn end(&self) -> bool {
        println!("\n{:<78} {:>12} {:>10} {:>10}   verdict", "what", "seen", "must", "goal");
        for claim in &self.claims {
            println!("{}", line(claim));
        }
        for failed in &self.failed {
            println!("FAILED {failed}");
        }
        self.failed.is_empty()
    }
}

fn line_of_latencies(who: &str, [p50, p90, p99, p999, max]: [f64; 5]) {
    println!("{who:<24} ms: p50 {p50:.3}  p90 {p90:.3}  p99 {p99:.3}  p99.9 {p999:.3}  max {max:.3}");
}

fn line(claim: &Claim) -> String {
    let number = |value: f64| format!("{value:.2} {}", claim.unit);
    format!(
        "{:<78} {:>12} {:>10} {:>10}   {}",
        claim.what,
        claim.seen.map_or_else(|| "-".to_owned(), number),
        number(claim.must),
        number(claim.goal),
        claim.verdict(),
    )
}
