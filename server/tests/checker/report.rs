//! How a trial goes, and how it went.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::{
    cast::{Cast, Company},
    site::Site,
    trial::Trial,
    verify::{Verdict, Violation},
};

/// How many violations are printed.
const PRINTED: usize = 20;

/// Prints the progress, until it is stopped.
pub async fn progress(trial: Arc<Trial>, began: Instant) {
    let (settings, tally) = (&trial.settings, &trial.tally);
    loop {
        sleep(settings.progress).await;
        println!(
            "checker: {:>5.0?} s: {} of {} kills, {} of {} messages acknowledged, {} in flight, {} events delivered",
            began.elapsed().as_secs(),
            tally.kills,
            settings.kills,
            tally.acked,
            settings.messages,
            tally.in_flight(),
            tally.delivered,
        );
    }
}

/// The first violations, a line each.
pub fn first(violations: &[Violation]) -> String {
    let lines: Vec<_> = violations.iter().take(PRINTED).map(ToString::to_string).collect();
    lines.join("\n")
}

/// One screen.
pub struct Report<'a> {
    pub company: &'a Company,
    pub cast: &'a Cast,
    pub site: &'a Site,
    pub verdict: &'a Verdict,
    /// How long people talked, and how long all took.
    pub talked: Duration,
    pub took: Duration,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = self.company.tally();
        let seed = self.company.trial.settings.seed;
        let rate = tally.acked.get() as f64 / self.talked.as_secs_f64();
        writeln!(f, "checker: CONFAB_SEED={seed}")?;
        let tabs = self.company.orders.len();
        writeln!(f, "  tabs                {tabs} of {} people", self.cast.people.len())?;
        writeln!(f, "  kills               {} with {} messages on their way", tally.kills, tally.caught)?;
        if self.site.bus.is_some() {
            writeln!(
                f,
                "  other troubles      {} drained, {} kills of the database, {} of the bus, {} cuts from the bus",
                tally.drains, tally.database_kills, tally.bus_kills, tally.bus_cuts
            )?;
            let [one, other] = &tally.led_to;
            writeln!(f, "  connections led     {one} to the one node, {other} to the other")?;
        }
        writeln!(
            f,
            "  connections         {} cut, {} half closed, {} led nowhere, {} slow",
            tally.cuts, tally.half_closes, tally.black_holes, tally.slow
        )?;
        writeln!(
            f,
            "  tabs came back      {} losses, {} welcomes, {} pauses, {} got lagged, {} reloads",
            tally.lost, tally.welcomes, tally.pauses, tally.lagged, tally.reloads
        )?;
        writeln!(
            f,
            "  messages            {} acknowledged ({rate:.0} a second), {} sent again, {} sent twice at once",
            tally.acked, tally.again, tally.twice
        )?;
        writeln!(f, "  changed messages    {} commands, {} refused", tally.altered, tally.refused)?;
        writeln!(
            f,
            "  threads             {} replies sent, {} followed by hand or not any more, {} read",
            tally.replies, tally.follows, tally.thread_reads
        )?;
        writeln!(f, "  changes of groups   {}", tally.changes)?;
        writeln!(
            f,
            "  marks of unread     {}, and {} messages to those who were online",
            tally.unread, self.verdict.to_online
        )?;
        writeln!(
            f,
            "  events              {} delivered, {} fetched, {} gaps filled",
            tally.delivered, tally.fetched, tally.gaps
        )?;
        writeln!(
            f,
            "  verified            {} events and {} items in {} conversations, {} states and {} of threads in between, {tabs} at \
             the end",
            self.verdict.events,
            self.verdict.items,
            self.cast.conversations.len(),
            self.verdict.states,
            self.verdict.threads,
        )?;
        writeln!(f, "  violations          {}", self.verdict.total)?;
        write!(f, "  took                {:.0?}, at most {} of memory", self.took, memory())
    }
}

impl Company {
    /// A trial that met nothing proves nothing.
    pub fn was_worth_it(&self, site: &Site) {
        let (tally, settings) = (self.tally(), &self.trial.settings);
        assert!(tally.acked.get() >= settings.messages, "only {} messages were acknowledged", tally.acked);
        assert!(tally.caught.get() >= tally.kills.get(), "the kills hit a server that was idle");
        assert!(tally.lost.get() > 0 && tally.again.get() > 0, "nobody ever had to come back");
        assert!(tally.altered.get() > tally.refused.get(), "no message was changed");
        let threads = [&tally.replies, &tally.follows, &tally.thread_reads];
        assert!(threads.iter().all(|count| count.get() > 0), "nobody did anything with threads");
        assert!(tally.unread.get() > 0, "nobody marked anything as unread");
        let idle = tally.led_to.iter().take(site.nodes.len()).any(|connections| connections.get() == 0);
        assert!(!idle, "nobody was led to one of the nodes");
    }
}

/// The most memory that this process had.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or("an unknown amount".to_owned(), |peak| peak.trim().to_owned())
}
