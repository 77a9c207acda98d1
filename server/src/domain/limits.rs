//! How much of each kind one client may do, and how fast: the table of limits. `service::rate_limits` enforces it.
//!
//! A limit has a burst, which may be used at once, and a rate at which it is regained. On loopback the limits are much
//! wider: development, tests, and all people behind a proxy that is not trusted come from that one address.
//!
//! To add a limit: a constant here, and a limiter in `service::rate_limits`.

use std::{num::NonZeroU32, time::Duration};

use serde::{Deserialize, Serialize};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A burst, and the time in which one of it is regained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many may be used at once.
    pub burst: NonZeroU32,
    /// In how much time one of the burst is regained.
    pub regains_one_in: Duration,
}

impl Limit {
    /// So many at once; then `count` in each `time`.
    const fn new(burst: u32, count: u32, time: Duration) -> Self {
        Self {
            burst: at_least_one(burst),
            regains_one_in: Duration::from_nanos(time.as_nanos() as u64 / count as u64),
        }
    }
}

const fn at_least_one(count: u32) -> NonZeroU32 {
    match NonZeroU32::new(count) {
        Some(count) => count,
        None => panic!("a limit is at least one"),
    }
}

/// The limit of a client elsewhere, and that of one on loopback.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of a client elsewhere.
    pub remote: Limit,
    /// Of a client on loopback.
    pub loopback: Limit,
}

/// What clients used up of a limit on one node: the others count it, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The limit's name.
    pub limit: String,
    /// Whether it is the limit of loopback.
    pub loopback: bool,
    /// Whose counter it is, in JSON.
    pub key: String,
    /// How much was used.
    pub count: NonZeroU32,
}

/// How much of a limit one node lets pass before it notifies the others. With a sixteenth of the burst, three nodes together
/// admit an eighth more at once than one node; of limits with small bursts, which prevent guessing, every use is published.
pub const fn usage_share(limit: Limit) -> NonZeroU32 {
    match NonZeroU32::new(limit.burst.get() / 16) {
        Some(share) => share,
        None => NonZeroU32::MIN,
    }
}

/// Attempts to sign in, whatever comes of them; per address. An office behind one address signs in in the morning, and each
/// of them may be asked for a password and a code first.
pub const SIGN_INS: Limits =
    Limits { remote: Limit::new(600, 60, MINUTE), loopback: Limit::new(10_000, 100, SECOND) };

/// Passwords that are tried for one name, also for a name that nobody has; per name, from anywhere, and apart from that per
/// name from where its user is signed in. A person who mistypes is not held up; 8,640 guesses a day find no password that was
/// not easy to guess.
pub const PASSWORDS: Limit = Limit::new(30, 6, MINUTE);

/// Codes of a second factor; per person. Three of a million codes are good at a time, so a day of guessing by somebody who has
/// the password finds one with a chance of one in a thousand.
pub const CODES: Limit = Limit::new(20, 12, HOUR);

/// Sessions that begin; per address.
pub const SESSIONS: Limits =
    Limits { remote: Limit::new(300, 300, HOUR), loopback: Limit::new(5_000, 10, SECOND) };

/// Names that are new without an invitation, of guests, of those who register and of those to whom the demo's dialect writes;
/// per address.
pub const NAMES: Limits =
    Limits { remote: Limit::new(200, 200, HOUR), loopback: Limit::new(5_000, 10, SECOND) };

/// Accounts that are made or registered, and invitations that are looked up; per address. Secrets of invitations cannot be
/// guessed: this bounds the work. An office behind one address follows one invitation at once.
pub const ACCOUNTS: Limits =
    Limits { remote: Limit::new(1_000, 60, MINUTE), loopback: Limit::new(10_000, 100, SECOND) };

/// Invitations that are made; per person.
pub const INVITATIONS: Limits =
    Limits { remote: Limit::new(100, 100, HOUR), loopback: Limit::new(1_000, 1, SECOND) };

/// Display names that are set; per person. Each is signalled to everybody who may know of them.
pub const DISPLAY_NAMES: Limits =
    Limits { remote: Limit::new(20, 20, HOUR), loopback: Limit::new(1_000, 10, SECOND) };

/// Messages; per person, over all of their connections. A pasted list of messages and a script that reports go through.
pub const POSTS: Limits =
    Limits { remote: Limit::new(1_000, 20, SECOND), loopback: Limit::new(1_000_000, 50_000, SECOND) };

/// Changes of messages and conversations: edits, deletions, reactions, pins, titles, topics and leaving; per person.
pub const CHANGES: Limits =
    Limits { remote: Limit::new(600, 10, SECOND), loopback: Limit::new(1_000_000, 50_000, SECOND) };

/// Conversations that are made, or found by the name of a person; per person.
pub const CONVERSATIONS: Limits =
    Limits { remote: Limit::new(300, 300, HOUR), loopback: Limit::new(20_000, 100, SECOND) };

/// People who are added to groups; per person.
pub const ADDITIONS: Limits =
    Limits { remote: Limit::new(2_000, 2_000, HOUR), loopback: Limit::new(100_000, 1_000, SECOND) };

/// Requests over HTTP, and welcomes over `/ws`: each is read from storage; per person. Whoever posts over HTTP may post as
/// much as over `/ws`.
pub const REQUESTS: Limits =
    Limits { remote: Limit::new(1_000, 30, SECOND), loopback: Limit::new(1_000_000, 50_000, SECOND) };

/// Searches; per person. Each may read hundreds of messages, and typing makes some a second.
pub const SEARCHES: Limits =
    Limits { remote: Limit::new(200, 5, SECOND), loopback: Limit::new(1_000_000, 50_000, SECOND) };

/// Frames of any kind; per connection. Beyond it the connection is read more slowly, and nothing is refused.
pub const FRAMES: Limits =
    Limits { remote: Limit::new(3_000, 100, SECOND), loopback: Limit::new(1_000_000, 50_000, SECOND) };

/// TLS handshakes that begin; per address. A busy office reconnects at once after a restart, and each page has some
/// connections. A handshake costs the server about a millisecond: beyond the burst one address has a tenth of a processor.
pub const HANDSHAKES: Limits =
    Limits { remote: Limit::new(6_000, 100, SECOND), loopback: Limit::new(100_000, 5_000, SECOND) };

/// How many of something one client may have at the same time.
#[derive(Clone, Copy, Debug)]
pub struct Concurrency {
    /// A client elsewhere.
    pub remote: usize,
    /// A client on loopback.
    pub loopback: usize,
}

/// TLS handshakes that are not complete; per address.
pub const UNFINISHED_HANDSHAKES: Concurrency = Concurrency { remote: 512, loopback: 16_384 };

/// Authenticated WebSockets; per address: a thousand people with four tabs each. On loopback only the server's own limit
/// applies.
pub const WEBSOCKETS: Concurrency = Concurrency { remote: 4_096, loopback: usize::MAX };

impl Concurrency {
    /// How many a client may have.
    pub fn of(self, is_loopback: bool) -> usize {
        if is_loopback { self.loopback } else { self.remote }
    }
}

/// How many frames a `resync` counts as: its answer is read from storage as a whole.
pub const FRAMES_OF_A_RESYNC: NonZeroU32 = at_least_one(50);

#[cfg(test)]
mod tests {
    use super::*;

    /// Every limit, by its name.
    const ALL: [(&str, Limits); 14] = [
        ("sign-ins", SIGN_INS),
        ("sessions", SESSIONS),
        ("names", NAMES),
        ("accounts", ACCOUNTS),
        ("invitations", INVITATIONS),
        ("display names", DISPLAY_NAMES),
        ("posts", POSTS),
        ("changes", CHANGES),
        ("conversations", CONVERSATIONS),
        ("additions", ADDITIONS),
        ("requests", REQUESTS),
        ("searches", SEARCHES),
        ("frames", FRAMES),
        ("handshakes", HANDSHAKES),
    ];

    #[test]
    fn loopback_is_wider_and_every_burst_is_regained_within_an_hour() {
        for (name, Limits { remote, loopback }) in ALL {
            assert!(loopback.burst > remote.burst, "{name}");
            assert!(loopback.regains_one_in < remote.regains_one_in, "{name}");
            for limit in [remote, loopback] {
                let whole = limit.regains_one_in * limit.burst.get();
                assert!(!limit.regains_one_in.is_zero() && whole <= HOUR, "{name}: {whole:?}");
            }
        }
    }

    #[test]
    fn loopback_has_more_at_the_same_time() {
        for Concurrency { remote, loopback } in [UNFINISHED_HANDSHAKES, WEBSOCKETS] {
            assert!(loopback > remote);
        }
        // Everybody of an office may reconnect at once.
        assert!(HANDSHAKES.remote.burst.get() as usize > WEBSOCKETS.remote);
    }

    #[test]
    fn guessing_takes_longer_than_anybody_waits() {
        let per_day =
            |limit: Limit| f64::from(limit.burst.get()) + 86_400.0 / limit.regains_one_in.as_secs_f64();
        assert!(per_day(PASSWORDS) < 10_000.0);
        assert!(per_day(CODES) * 3e-6 < 1e-3);
    }

    #[test]
    fn one_connection_may_send_what_its_person_may_post_and_change() {
        let frames = FRAMES.remote;
        assert!(frames.burst.get() >= POSTS.remote.burst.get() + CHANGES.remote.burst.get());
        assert!(frames.regains_one_in < POSTS.remote.regains_one_in.min(CHANGES.remote.regains_one_in));
        assert!(FRAMES_OF_A_RESYNC < frames.burst);
    }

    #[test]
    fn one_person_may_post_over_http_what_they_may_post() {
        let (requests, posts) = (REQUESTS.remote, POSTS.remote);
        assert!(requests.burst >= posts.burst && requests.regains_one_in < posts.regains_one_in);
    }

    #[test]
    fn floods_of_names_and_sessions_are_cut_off_on_loopback_too() {
        let in_seconds = |limit: Limit, seconds: u64| {
            let regained = Duration::from_secs(seconds).as_nanos() / limit.regains_one_in.as_nanos();
            u128::from(limit.burst.get()) + regained
        };
        assert!(in_seconds(NAMES.loopback, 5) < 5_800);
        assert!(in_seconds(SESSIONS.loopback, 10) < 6_940);
    }
}
