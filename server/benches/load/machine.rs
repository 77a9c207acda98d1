//! The machine: who runs where, and what it cost them. Linux only.

use std::{collections::HashMap, fs, io, iter::successors, time::Duration};

use anyhow::Context;
use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    thread::{CpuSet, sched_setaffinity},
    time::{ClockId, clock_gettime},
};

/// The processor of the server under test.
pub const SERVER: usize = 0;

/// The processor of the load generator.
pub const GENERATOR: usize = 1;

/// What it calls itself, for whoever reads the figures.
pub fn name() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{}, Linux {}", model.trim_start_matches([' ', '\t', ':']), kernel.trim())
}

/// Binds the calling thread, and what it starts from here on, to one processor.
pub fn pin(processor: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(processor);
    Ok(sched_setaffinity(None, &set)?)
}

/// Lets the calling thread, and what it starts from here on, run on the first 64 processors.
pub fn unpin() -> io::Result<()> {
    let mut set = CpuSet::new();
    (0..64).for_each(|processor| set.set(processor));
    Ok(sched_setaffinity(None, &set)?)
}

/// Allows as many open files as the machine lets us, for us and for those whom we start.
pub fn raise_file_limit() -> io::Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    Ok(limit.maximum.unwrap_or(u64::MAX))
}

/// The processor time of a process so far, its own and the kernel's for it, with threads that have ended. The kernel
/// tells it in ticks of 10 ms, counted exactly.
pub fn processor_time(process: u32) -> anyhow::Result<Duration> {
    Ok(ticks(Stat::of(process)?.own))
}

/// The processor time so far of all processes of a name that this one has started, or that those have started, with theirs
/// that have ended.
pub fn time_of_children(name: &str) -> anyhow::Result<Duration> {
    let processes = fs::read_dir("/proc")?.flatten();
    let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // One that ends meanwhile is left out.
    let stats: HashMap<u32, Stat> =
        processes.filter_map(|process| Some((process, Stat::of(process).ok()?))).collect();
    let own = std::process::id();
    let is_ours = |stat: &&Stat| {
        let mut parents = successors(Some(stat.parent), |parent| Some(stats.get(parent)?.parent));
        stat.name == name && parents.any(|parent| parent == own)
    };
    Ok(ticks(stats.values().filter(is_ours).map(|stat| stat.own + stat.ended).sum()))
}

/// What the kernel tells of a process; times in ticks.
struct Stat {
    name: String,
    parent: u32,
    own: u64,
    /// Of its children that have ended.
    ended: u64,
}

impl Stat {
    fn of(process: u32) -> anyhow::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name, in brackets, may contain spaces.
        let (begin, fields) = stat.rsplit_once(')').context("a process has a name")?;
        let (_, name) = begin.split_once('(').context("a process has a name")?;
        let fields: Vec<_> = fields.split_whitespace().collect();
        let number = |index: usize| anyhow::Ok(fields.get(index).context("stat is short")?.parse::<u64>()?);
        Ok(Self {
            name: name.to_owned(),
            parent: u32::try_from(number(1)?)?,
            own: number(11)? + number(12)?,
            ended: number(13)? + number(14)?,
        })
    }
}

fn ticks(ticks: u64) -> Duration {
    Duration::from_nanos(ticks * 1_000_000_000 / rustix::param::clock_ticks_per_second())
}

/// The processor time of the calling thread so far.
pub fn own_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Resident memory of a process, in bytes.
pub fn resident(process: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).context("no VmRSS")?;
    Ok(kib.parse::<u64>()? * 1024)
}
