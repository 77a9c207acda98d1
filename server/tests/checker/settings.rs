//! How large a trial is, and how wild.

use std::{env, time::Duration};

/// A trial's size.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Gives the same choices again. Not the same times: those are the machine's.
    pub seed: u64,
    pub people: u64,
    /// How many of them have a second tab.
    pub pairs: u64,
    pub kills: u64,
    /// How many messages have to be acknowledged before it may end.
    pub messages: u64,
    /// How many messages of a tab may be on their way.
    pub window: usize,
    /// How many events a tab caches before its page is reloaded.
    pub held: usize,
    pub habits: Habits,
    /// How often to say how it goes.
    pub progress: Duration,
}

/// How often people do something other than write, in 10,000 times.
#[derive(Clone, Debug)]
pub struct Habits {
    /// Look at another conversation.
    pub look: u64,
    /// Read to the end of what they look at.
    pub read: u64,
    /// Mark something as unread.
    pub unread: u64,
    /// Scroll back.
    pub older: u64,
    /// Edit, delete or pin a message, or react to it.
    pub alter: u64,
    /// Reply to a message, in a thread or beside.
    pub reply: u64,
    /// Open, read, follow a thread.
    pub threads: u64,
    /// Send once more what has an answer.
    pub again: u64,
    /// Send over another tab of theirs at the same time.
    pub twice: u64,
    /// Change a group: its name, who is in it.
    pub change: u64,
    /// Stop reading for a while.
    pub pause: u64,
    /// Post messages of the largest size to Everyone, while another tab does not read.
    pub speak: u64,
    /// Go, and come back.
    pub leave: u64,
}

impl Settings {
    /// Small: for every run of the tests.
    pub fn short() -> Self {
        Self {
            seed: seed(),
            people: 16,
            pairs: 4,
            kills: 8,
            messages: 6_000,
            window: 8,
            held: 300,
            habits: Habits {
                look: 150,
                read: 500,
                unread: 150,
                older: 100,
                alter: 1_500,
                reply: 1_200,
                threads: 800,
                again: 150,
                twice: 400,
                change: 60,
                pause: 25,
                speak: 600,
                leave: 40,
            },
            progress: Duration::from_secs(5),
        }
    }

    /// Small, for a cluster, whose every kill takes seconds.
    pub fn short_cluster() -> Self {
        Self { people: 12, kills: 5, messages: 2_500, ..Self::short() }
    }

    /// Large: as many kills and messages as `CONFAB_SOAK_KILLS` and `CONFAB_SOAK_MESSAGES` say.
    pub fn soak() -> Self {
        Self {
            people: 32,
            pairs: 8,
            kills: number("CONFAB_SOAK_KILLS").unwrap_or(200),
            messages: number("CONFAB_SOAK_MESSAGES").unwrap_or(1_000_000),
            window: 16,
            held: 2_000,
            habits: Habits {
                look: 50,
                read: 250,
                unread: 50,
                older: 20,
                alter: 1_500,
                reply: 1_000,
                threads: 400,
                again: 100,
                twice: 300,
                change: 6,
                pause: 2,
                speak: 150,
                leave: 6,
            },
            progress: Duration::from_secs(15),
            ..Self::short()
        }
    }
}

/// `CONFAB_SEED`, or a new random seed.
fn seed() -> u64 {
    let fresh = || {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(std::process::id()) >> 16
    };
    number("CONFAB_SEED").unwrap_or_else(fresh)
}

fn number(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a number, not {value:?}")))
}
