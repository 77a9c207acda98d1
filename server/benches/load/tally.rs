//! What is counted while a server is under load, and what one run of it gave.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use hdrhistogram::Histogram;

use crate::{machine, server::Server};

/// How long a load runs before anything is counted.
pub const WARM_UP: Duration = Duration::from_secs(1);

/// Counts what is done, and how long each took. Shared by all tasks of the generator's one thread.
pub struct Tally {
    done: Cell<u64>,
    failed: RefCell<Option<String>>,
    /// In nanoseconds.
    latencies: RefCell<Histogram<u64>>,
}

impl Tally {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { done: Cell::new(0), failed: RefCell::new(None), latencies: RefCell::new(histogram()?) })
    }

    /// Counts things that are done.
    pub fn count(&self, many: u64) {
        self.done.set(self.done.get() + many);
    }

    /// How many are done.
    pub fn done(&self) -> u64 {
        self.done.get()
    }

    /// Notes how long something took.
    pub fn took(&self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.latencies.borrow_mut().saturating_record(nanos);
    }

    /// Notes that something went wrong: the run is void.
    pub fn fail(&self, why: impl Into<String>) {
        self.failed.borrow_mut().get_or_insert(why.into());
    }

    /// Whether all went well so far.
    pub fn check(&self) -> anyhow::Result<()> {
        match &*self.failed.borrow() {
            Some(why) => bail!("{why}"),
            None => Ok(()),
        }
    }

    fn restart(&self) {
        self.done.set(0);
        self.latencies.borrow_mut().reset();
    }

    /// Lets a load that has been started warm up, and then counts for a while.
    pub async fn measure(&self, server: &Server, time: Duration) -> anyhow::Result<Run> {
        Ok(self.measure_beside(&[server], time, || Ok(())).await?.0)
    }

    /// The same of servers together, with something else that is looked at when the counting begins and when it ends.
    pub async fn measure_beside<T>(
        &self,
        servers: &[&Server],
        time: Duration,
        look: impl Fn() -> anyhow::Result<T>,
    ) -> anyhow::Result<(Run, [T; 2])> {
        tokio::time::sleep(WARM_UP).await;
        self.restart();
        let (before, begun) = (look()?, Instant::now());
        let processor_time =
            || servers.iter().map(|server| server.processor_time()).sum::<anyhow::Result<Duration>>();
        let (servers_begun, own_begun) = (processor_time()?, machine::own_time());
        tokio::time::sleep(time).await;
        let wall = begun.elapsed();
        let run = Run {
            done: self.done(),
            wall,
            server_time: processor_time()?.saturating_sub(servers_begun),
            generator: (machine::own_time() - own_begun).as_secs_f64() / wall.as_secs_f64(),
            resident: servers.iter().map(|server| server.resident()).sum::<anyhow::Result<_>>()?,
            latencies: self.latencies.borrow().clone(),
        };
        let after = look()?;
        self.check()?;
        anyhow::ensure!(run.done > 0, "nothing was done");
        Ok((run, [before, after]))
    }
}

/// Of nanoseconds: up to a minute and to three digits.
pub fn histogram() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_max(60_000_000_000, 3)?)
}

/// What one run gave.
pub struct Run {
    pub done: u64,
    pub wall: Duration,
    /// The servers' processor time.
    pub server_time: Duration,
    /// How busy the generator's processor was, of 1: near that, it is the generator that is measured.
    pub generator: f64,
    /// The servers' resident memory, in bytes.
    pub resident: u64,
    /// In nanoseconds.
    pub latencies: Histogram<u64>,
}

impl Run {
    /// How many were done in a second.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.wall.as_secs_f64()
    }

    /// The server's processor time for each, in microseconds.
    pub fn each(&self) -> f64 {
        self.server_time.as_secs_f64() * 1e6 / self.done as f64
    }

    /// How many were done in a second of the server's processor.
    pub fn per_server_second(&self) -> f64 {
        self.done as f64 / self.server_time.as_secs_f64()
    }

    /// A quantile of the latencies, in milliseconds.
    pub fn quantile(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1e6
    }
}

/// The middle of what the rounds gave.
pub fn median(values: impl IntoIterator<Item = f64>) -> anyhow::Result<f64> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().context("there were no rounds")
}
