//! What a server stores, beside the rows that its database alone inserts in transactions of the size that the server's had.

use crate::{
    report::{Better, Claim, Report},
    results::Role,
    tally::{Run, median},
};

/// The rounds of a scenario.
pub struct BesideRows {
    /// The scenario, and its figure.
    name: &'static str,
    /// What the database alone is called, in a sentence and in a chart.
    database: [&'static str; 2],
    runs: Vec<Run>,
    /// Rows a second.
    rows: Vec<f64>,
    /// Messages in each transaction.
    batches: Vec<f64>,
}

impl BesideRows {
    pub fn new(name: &'static str, database: [&'static str; 2]) -> Self {
        Self { name, database, runs: Vec::new(), rows: Vec::new(), batches: Vec::new() }
    }

    /// Adds a round in which the server wrote so many transactions; `insert` answers how many rows a second its database
    /// alone inserts, so many in each transaction.
    pub fn add(
        &mut self,
        run: Run,
        transactions: u64,
        insert: impl FnOnce(usize) -> anyhow::Result<f64>,
    ) -> anyhow::Result<()> {
        anyhow::ensure!(transactions > 0, "no transaction was written");
        let batch = run.done as f64 / transactions as f64;
        self.rows.push(insert((batch.round() as usize).max(1))?);
        self.runs.push(run);
        self.batches.push(batch);
        Ok(())
    }

    /// Prints all rounds, and notes their figure and their claim.
    pub fn report(&self, report: &mut Report) -> anyhow::Result<()> {
        let [database, bar] = self.database;
        let (rate, rows) = (median(self.runs.iter().map(Run::rate))?, median(self.rows.iter().copied())?);
        report.runs("Confab", "acks", &self.runs)?;
        report.note(&format!(
            "{database}: {rows:.0} rows/s in transactions of {:.0} rows, as many as Confab's had",
            median(self.batches.iter().copied())?,
        ));
        let bars = [("Confab", Role::Confab, Some(rate)), (bar, Role::Machine, Some(rows))];
        report.figure(self.name, "messages/s", &bars);
        report.claim(Claim {
            what: format!("{}: messages per second, of the rows that {database} inserts", self.name),
            seen: Some(median(self.runs.iter().zip(&self.rows).map(|(run, rows)| run.rate() / rows))?),
            must: 0.5,
            goal: 0.8,
            better: Better::Higher,
            unit: "x",
        });
        Ok(())
    }
}
