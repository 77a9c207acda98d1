//! Enforces the limits of [`crate::domain::limits`]: counters by address, by name and by person, which all connections
//! share.
//!
//! A use case asks for each thing that it is about to do, and is refused with `rate_limited` and the time to wait. To ask
//! is a lookup in a sharded map. Counters that are full again are forgotten by [`RateLimits::sweep`].

mod sharing;

use std::{hash::Hash, net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use confab_shared::{id::UserId, name_key::name_key, text::UserName};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use serde::{Serialize, de::DeserializeOwned};

use self::sharing::Unshared;
use super::error::Error;
use crate::{
    domain::{
        client_address::ClientAddress,
        command::{Command, CommandBody},
        limits::{self, Limit, Limits, Usage},
    },
    throttle::Throttle,
};

/// How often counters that are full again are forgotten.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// The shortest wait that a refusal names: by then there is room for more than one, so that a client that sends again in
/// order is not refused at each step.
pub(super) const MIN_WAIT: Duration = Duration::from_secs(1);

/// All limits of a server; none where they are switched off.
pub struct RateLimits(Option<Box<Limiters>>);

struct Limiters {
    handshakes: Limiter<IpAddr>,
    sign_ins: Limiter<IpAddr>,
    passwords: Limiter<String>,
    own_passwords: Limiter<UserId>,
    codes: Limiter<UserId>,
    sessions: Limiter<IpAddr>,
    names: Limiter<IpAddr>,
    accounts: Limiter<IpAddr>,
    invitations: Limiter<UserId>,
    display_names: Limiter<UserId>,
    posts: Limiter<UserId>,
    changes: Limiter<UserId>,
    conversations: Limiter<UserId>,
    additions: Limiter<UserId>,
    requests: Limiter<UserId>,
}

impl RateLimits {
    /// The limits of the table.
    pub fn on() -> Self {
        Self(Some(Box::new(Limiters {
            handshakes: Limiter::new("TLS handshakes of an address", limits::HANDSHAKES),
            sign_ins: Limiter::new("sign-ins of an address", limits::SIGN_INS),
            passwords: Limiter::new("passwords for a name", everywhere(limits::PASSWORDS)),
            own_passwords: Limiter::new("passwords of a person", everywhere(limits::PASSWORDS)),
            codes: Limiter::new("codes of a person", everywhere(limits::CODES)),
            sessions: Limiter::new("sessions of an address", limits::SESSIONS),
            names: Limiter::new("new names of an address", limits::NAMES),
            accounts: Limiter::new("accounts and invitations of an address", limits::ACCOUNTS),
            invitations: Limiter::new("invitations of a person", limits::INVITATIONS),
            display_names: Limiter::new("display names of a person", limits::DISPLAY_NAMES),
            posts: Limiter::new("messages of a person", limits::POSTS),
            changes: Limiter::new("changes of a person", limits::CHANGES),
            conversations: Limiter::new("conversations of a person", limits::CONVERSATIONS),
            additions: Limiter::new("people added by a person", limits::ADDITIONS),
            requests: Limiter::new("requests of a person", limits::REQUESTS),
        })))
    }

    /// No limits: for measuring, and for the command line.
    pub fn off() -> Self {
        Self(None)
    }

    /// A TLS handshake, before anything of it is read.
    ///
    /// # Errors
    /// `rate_limited`, as all of these.
    pub fn handshake(&self, from: &ClientAddress) -> Result<(), Error> {
        self.check(|limiters| limiters.handshakes.check(from, &from.network()))
    }

    /// An attempt to sign in, before anything is looked up.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn sign_in(&self, from: &ClientAddress) -> Result<(), Error> {
        self.check(|limiters| limiters.sign_ins.check(from, &from.network()))
    }

    /// A password that is tried for a name, whether or not anybody has the name. From where its user is signed in
    /// (`is_known`), it is counted apart: strangers who guess do not lock the user out there.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn password(&self, from: &ClientAddress, name: &UserName, is_known: bool) -> Result<(), Error> {
        let mut key = name_key(name.as_str());
        if is_known {
            // No name has a space.
            key = format!("{key} {}", from.network());
        }
        self.check(|limiters| limiters.passwords.check(from, &key))
    }

    /// A password that a signed-in user shows.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn own_password(&self, from: &ClientAddress, user: UserId) -> Result<(), Error> {
        self.check(|limiters| limiters.own_passwords.check(from, &user))
    }

    /// A code of a second factor.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn code(&self, from: &ClientAddress, user: UserId) -> Result<(), Error> {
        self.check(|limiters| limiters.codes.check(from, &user))
    }

    /// A session that begins.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn session(&self, from: &ClientAddress) -> Result<(), Error> {
        self.check(|limiters| limiters.sessions.check(from, &from.network()))
    }

    /// A user who is made without an invitation: a guest, somebody who registers, or somebody to whom the demo's dialect writes.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn new_name(&self, from: &ClientAddress) -> Result<(), Error> {
        self.check(|limiters| limiters.names.check(from, &from.network()))
    }

    /// An account that is made, or an invitation that is looked up.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn account(&self, from: &ClientAddress) -> Result<(), Error> {
        self.check(|limiters| limiters.accounts.check(from, &from.network()))
    }

    /// A display name that a person sets.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn display_name(&self, from: &ClientAddress, by: UserId) -> Result<(), Error> {
        self.check(|limiters| limiters.display_names.check(from, &by))
    }

    /// An invitation that a person makes.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn invitation(&self, from: &ClientAddress, by: UserId) -> Result<(), Error> {
        self.check(|limiters| limiters.invitations.check(from, &by))
    }

    /// A person's request over HTTP or welcome over `/ws`, before it is read from storage.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn request(&self, from: &ClientAddress, by: UserId) -> Result<(), Error> {
        self.check(|limiters| limiters.requests.check(from, &by))
    }

    /// A command, before it is queued.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn command(&self, from: &ClientAddress, command: &Command) -> Result<(), Error> {
        let by = command.actor.id;
        self.check(|limiters| match &command.body {
            CommandBody::Post(_) => limiters.posts.check(from, &by),
            CommandBody::Edit(_)
            | CommandBody::Delete(_)
            | CommandBody::React(_)
            | CommandBody::Pin(_)
            | CommandBody::Rename(_)
            | CommandBody::SetTopic(_)
            | CommandBody::Leave(_)
            | CommandBody::Join(_) => limiters.changes.check(from, &by),
            CommandBody::OpenDirect(_) => limiters.conversations.check(from, &by),
            CommandBody::CreateGroup(_) => {
                limiters.conversations.check(from, &by)?;
                limiters.additions.check_many(from, &by, command.named_people())
            }
            CommandBody::AddMembers(_) => limiters.additions.check_many(from, &by, command.named_people()),
            // It is a frame, and those are counted by connection.
            CommandBody::MarkRead(_) => Ok(()),
        })
    }

    /// The counter of a new connection's frames; none without limits.
    pub(super) fn frames(&self, from: &ClientAddress) -> Option<DefaultDirectRateLimiter> {
        let limit = if from.is_loopback() { limits::FRAMES.loopback } else { limits::FRAMES.remote };
        self.0.is_some().then(|| RateLimiter::direct(quota(limit)))
    }

    /// From now on, notifies other nodes of what is used on this one.
    pub fn share(&self, share: impl Fn(Usage) + Send + Sync + 'static) {
        let Some(limiters) = &self.0 else { return };
        let share: sharing::Share = Arc::new(share);
        limiters.sign_ins.unshared.begin(Arc::clone(&share));
        limiters.passwords.unshared.begin(Arc::clone(&share));
        limiters.own_passwords.unshared.begin(Arc::clone(&share));
        limiters.codes.unshared.begin(Arc::clone(&share));
        limiters.sessions.unshared.begin(Arc::clone(&share));
        limiters.names.unshared.begin(Arc::clone(&share));
        limiters.accounts.unshared.begin(Arc::clone(&share));
        limiters.invitations.unshared.begin(Arc::clone(&share));
        limiters.posts.unshared.begin(Arc::clone(&share));
        limiters.changes.unshared.begin(Arc::clone(&share));
        limiters.conversations.unshared.begin(Arc::clone(&share));
        limiters.additions.unshared.begin(Arc::clone(&share));
        limiters.requests.unshared.begin(Arc::clone(&share));
    }

    /// Counts what was used on another node.
    pub fn count(&self, usage: &Usage) {
        let Some(limiters) = &self.0 else { return };
        limiters.sign_ins.count(usage);
        limiters.passwords.count(usage);
        limiters.own_passwords.count(usage);
        limiters.codes.count(usage);
        limiters.sessions.count(usage);
        limiters.names.count(usage);
        limiters.accounts.count(usage);
        limiters.invitations.count(usage);
        limiters.posts.count(usage);
        limiters.changes.count(usage);
        limiters.conversations.count(usage);
        limiters.additions.count(usage);
        limiters.requests.count(usage);
    }

    /// Forgets the counters that are full again.
    pub fn sweep(&self) {
        let Some(limiters) = &self.0 else { return };
        for by_address in [
            &limiters.handshakes,
            &limiters.sign_ins,
            &limiters.sessions,
            &limiters.names,
            &limiters.accounts,
        ] {
            by_address.sweep();
        }
        limiters.passwords.sweep();
        for by_person in [
            &limiters.own_passwords,
            &limiters.codes,
            &limiters.invitations,
            &limiters.display_names,
            &limiters.posts,
            &limiters.changes,
            &limiters.conversations,
            &limiters.additions,
            &limiters.requests,
        ] {
            by_person.sweep();
        }
    }

    fn check(&self, check: impl FnOnce(&Limiters) -> Result<(), Error>) -> Result<(), Error> {
        self.0.as_deref().map_or(Ok(()), check)
    }
}

/// The counters of one limit.
struct Limiter<K: Hash + Eq + Clone> {
    /// Names it in the log.
    name: &'static str,
    limits: Limits,
    remote: DefaultKeyedRateLimiter<K>,
    loopback: DefaultKeyedRateLimiter<K>,
    log: Throttle,
    unshared: Unshared<K>,
}

impl<K: Hash + Eq + Clone + Serialize + DeserializeOwned> Limiter<K> {
    fn new(name: &'static str, limits: Limits) -> Self {
        let remote = RateLimiter::keyed(quota(limits.remote));
        let loopback = RateLimiter::keyed(quota(limits.loopback));
        Self { name, limits, remote, loopback, log: Throttle::new(), unshared: Unshared::new() }
    }

    fn check(&self, from: &ClientAddress, key: &K) -> Result<(), Error> {
        let limiter = self.limiter(from);
        match limiter.check_key(key) {
            Ok(()) => {
                self.unshared.note(self.name, self.limits, from.is_loopback(), key, NonZeroU32::MIN);
                Ok(())
            }
            Err(until) => Err(self.refuse(from, until.wait_time_from(limiter.clock().now()))),
        }
    }

    /// Counts what was used on another node: as much as there is room for.
    fn count(&self, usage: &Usage) {
        if usage.limit != self.name {
            return;
        }
        let Ok(key) = serde_json::from_str(&usage.key) else { return };
        let limiter = if usage.loopback { &self.loopback } else { &self.remote };
        let (mut rest, mut part) = (usage.count.get(), usage.count.get());
        while let Some(count) = NonZeroU32::new(part) {
            match limiter.check_key_n(&key, count) {
                Ok(Ok(())) => rest -= part,
                _ => part /= 2,
            }
            part = part.min(rest);
        }
    }

    /// Takes all of a number, or none.
    fn check_many(&self, from: &ClientAddress, key: &K, count: usize) -> Result<(), Error> {
        let Some(count) = u32::try_from(count).ok().and_then(NonZeroU32::new) else { return Ok(()) };
        let limiter = self.limiter(from);
        match limiter.check_key_n(key, count) {
            Ok(Ok(())) => {
                self.unshared.note(self.name, self.limits, from.is_loopback(), key, count);
                Ok(())
            }
            Ok(Err(until)) => Err(self.refuse(from, until.wait_time_from(limiter.clock().now()))),
            // It would never pass. No command names as many people as a burst has.
            Err(_) => Err(self.refuse(from, SWEEP_INTERVAL)),
        }
    }

    fn limiter(&self, from: &ClientAddress) -> &DefaultKeyedRateLimiter<K> {
        if from.is_loopback() { &self.loopback } else { &self.remote }
    }

    fn refuse(&self, from: &ClientAddress, wait: Duration) -> Error {
        if let Some(suppressed) = self.log.pass() {
            let limit = self.name;
            tracing::warn!(target: "security", address = %from.ip, limit, "refused: over a rate limit{suppressed}");
        }
        Error::rate_limited(wait.max(MIN_WAIT))
    }

    fn sweep(&self) {
        for limiter in [&self.remote, &self.loopback] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        self.unshared.sweep();
    }
}

/// The limit of clients wherever they are.
fn everywhere(limit: Limit) -> Limits {
    Limits { remote: limit, loopback: limit }
}

fn quota(limit: Limit) -> Quota {
    let quota = Quota::with_period(limit.regains_one_in).unwrap_or(Quota::per_second(limit.burst));
    quota.allow_burst(limit.burst)
}

#[cfg(test)]
mod tests {
    use confab_shared::{error::ErrorCode, text::UserName};

    use super::*;

    fn client(ip: &str) -> ClientAddress {
        ClientAddress::new(ip.parse().unwrap(), false)
    }

    /// How often something passes until it is refused, and the refusal.
    fn exhaust(mut check: impl FnMut() -> Result<(), Error>) -> (u32, Error) {
        for passed in 0..20_000 {
            if let Err(error) = check() {
                return (passed, error);
            }
        }
        panic!("there is no limit");
    }

    #[test]
    fn a_burst_passes_and_the_next_is_refused_with_the_time_to_wait() {
        let limits = RateLimits::on();
        let client = client("203.0.113.5");
        let (passed, refused) = exhaust(|| limits.new_name(&client));
        assert_eq!(passed, limits::NAMES.remote.burst.get());
        assert_eq!(refused.code, ErrorCode::RateLimited);
        let wait = refused.retry_after.unwrap();
        assert!(wait > Duration::from_secs(10) && wait <= limits::NAMES.remote.regains_one_in, "{wait:?}");
        limits.session(&client).expect("another limit");
    }

    /// How often something passes on several nodes in turn until each refuses.
    fn exhaust_in_turn(nodes: &[Arc<RateLimits>], check: impl Fn(&RateLimits) -> Result<(), Error>) -> usize {
        let passed = (0..100_000).map(|n| check(&nodes[n % nodes.len()]).is_ok());
        let passed: Vec<_> = passed.collect();
        assert!(!passed[99_000..].contains(&true), "there is no limit");
        passed.into_iter().filter(|passed| *passed).count()
    }

    /// Nodes that notify each other at once.
    fn nodes(count: usize) -> Vec<Arc<RateLimits>> {
        let nodes: Vec<_> = (0..count).map(|_| Arc::new(RateLimits::on())).collect();
        for (index, node) in nodes.iter().enumerate() {
            let others: Vec<_> = nodes.iter().enumerate().filter(|(other, _)| *other != index).collect();
            let others: Vec<_> = others.into_iter().map(|(_, other)| Arc::downgrade(other)).collect();
            node.share(move |usage| {
                let notified = others.iter().filter_map(std::sync::Weak::upgrade);
                notified.for_each(|other| other.count(&usage));
            });
        }
        nodes
    }

    #[test]
    fn several_nodes_let_pass_less_than_twice_the_limit() {
        let (client, user) = (client("203.0.113.5"), UserId(1));
        for count in [2, 3, 8] {
            let burst = limits::INVITATIONS.remote.burst.get() as usize;
            let passed = exhaust_in_turn(&nodes(count), |limits| limits.invitation(&client, user));
            assert!((burst..burst * 2).contains(&passed), "{passed} of {burst} on {count} nodes");
        }
        let codes = limits::CODES.burst.get() as usize;
        let passed = exhaust_in_turn(&nodes(3), |limits| limits.code(&client, user));
        assert_eq!(passed, codes, "every use of a code is shared");
        let alone = exhaust_in_turn(&nodes(2)[..1], |limits| limits.invitation(&client, user));
        assert_eq!(
            alone,
            limits::INVITATIONS.remote.burst.get() as usize,
            "a client of one node has the whole limit"
        );
    }

    #[test]
    fn clients_of_other_networks_are_counted_apart() {
        let limits = RateLimits::on();
        exhaust(|| limits.sign_in(&client("2001:db8::1")));
        assert!(limits.sign_in(&client("2001:db8::2")).is_err(), "of the same /64");
        limits.sign_in(&client("2001:db8:0:1::1")).unwrap();
        let (passed, _) = exhaust(|| limits.sign_in(&client("::1")));
        assert!(passed >= limits::SIGN_INS.loopback.burst.get());
    }

    #[test]
    fn passwords_are_counted_by_name_wherever_they_come_from() {
        let limits = RateLimits::on();
        let name = |name| UserName::new(name).unwrap();
        let mut last = 0_u8;
        let (passed, _) = exhaust(|| {
            last += 1;
            limits.password(
                &client(&format!("203.0.113.{last}")),
                &name(if last.is_multiple_of(2) { "Mei" } else { "mei" }),
                false,
            )
        });
        assert_eq!(passed, limits::PASSWORDS.burst.get());
        limits.password(&client("203.0.113.1"), &name("ada"), false).unwrap();
        limits.password(&client("203.0.113.1"), &name("mei"), true).expect("where she is signed in");
    }

    #[test]
    fn without_limits_everything_passes() {
        let limits = RateLimits::off();
        for _ in 0..20_000 {
            limits.sign_in(&client("203.0.113.5")).unwrap();
        }
    }

    #[test]
    fn counters_that_are_full_again_are_forgotten() {
        let limits = RateLimits::on();
        let limiters = limits.0.as_deref().unwrap();
        limits.sign_in(&client("127.0.0.1")).unwrap();
        exhaust(|| limits.sign_in(&client("203.0.113.5")));
        assert_eq!((limiters.sign_ins.loopback.len(), limiters.sign_ins.remote.len()), (1, 1));
        while !limiters.sign_ins.loopback.is_empty() {
            limits.sweep();
            std::thread::yield_now();
        }
        assert_eq!(limiters.sign_ins.remote.len(), 1, "it was used up a moment ago");
    }
}
