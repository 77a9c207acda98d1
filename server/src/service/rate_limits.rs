//! Enforces the limits of [`crate::domain::limits`]: counters by address, by name and by person, which all connections
//! share.
//!
//! A use case asks for each thing that it is about to do, and is refused with `rate_limited` and the time to wait. To ask
//! is a lookup in a sharded map. Counters that are full again are forgotten by [`RateLimits::sweep`].

mod limiter;
mod sharing;

use std::{net::IpAddr, sync::Arc, time::Duration};

use confab_shared::{id::UserId, name_key::name_key, text::UserName};
use governor::{DefaultDirectRateLimiter, RateLimiter};

pub(super) use self::limiter::MIN_WAIT;
use self::{
    limiter::{Counters, Limiter, quota},
    sharing::Share,
};
use super::error::Error;
use crate::domain::{
    client_address::ClientAddress,
    command::{Command, CommandBody},
    limits::{self, Limit, Limits, Usage},
};

/// How often counters that are full again are forgotten.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

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
    searches: Limiter<UserId>,
}

impl Limiters {
    /// The limits that clients have on all nodes together: all but handshakes, which cost only the node that makes them.
    fn of_clients(&self) -> [&dyn Counters; 15] {
        [
            &self.sign_ins,
            &self.passwords,
            &self.own_passwords,
            &self.codes,
            &self.sessions,
            &self.names,
            &self.accounts,
            &self.invitations,
            &self.display_names,
            &self.posts,
            &self.changes,
            &self.conversations,
            &self.additions,
            &self.requests,
            &self.searches,
        ]
    }
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
            searches: Limiter::new("searches of a person", limits::SEARCHES),
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

    /// A search of a person, before anything is looked up.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn search(&self, from: &ClientAddress, by: UserId) -> Result<(), Error> {
        self.check(|limiters| limiters.searches.check(from, &by))
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
            | CommandBody::RemovePreview(_)
            | CommandBody::Rename(_)
            | CommandBody::SetTopic(_)
            | CommandBody::Leave(_)
            | CommandBody::Join(_)
            | CommandBody::MarkUnread(_) => limiters.changes.check(from, &by),
            CommandBody::OpenDirect(_) => limiters.conversations.check(from, &by),
            CommandBody::CreateGroup(_) => {
                limiters.conversations.check(from, &by)?;
                limiters.additions.check_many(from, &by, command.named_people())
            }
            CommandBody::AddMembers(_) => limiters.additions.check_many(from, &by, command.named_people()),
            // It is a frame, and those are counted by connection.
            CommandBody::MarkRead(_) => Ok(()),
            // The server gives it.
            CommandBody::ShowPreviews(_) => Ok(()),
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
        let share: Share = Arc::new(share);
        limiters.of_clients().into_iter().for_each(|limiter| limiter.share(&share));
    }

    /// Counts what was used on another node.
    pub fn count(&self, usage: &Usage) {
        let Some(limiters) = &self.0 else { return };
        limiters.of_clients().into_iter().for_each(|limiter| limiter.count(usage));
    }

    /// Forgets the counters that are full again.
    pub fn sweep(&self) {
        let Some(limiters) = &self.0 else { return };
        limiters.handshakes.sweep();
        limiters.of_clients().into_iter().for_each(|limiter| limiter.sweep());
    }

    fn check(&self, check: impl FnOnce(&Limiters) -> Result<(), Error>) -> Result<(), Error> {
        self.0.as_deref().map_or(Ok(()), check)
    }
}

/// The limit of clients wherever they are.
fn everywhere(limit: Limit) -> Limits {
    Limits { remote: limit, loopback: limit }
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
        let display_names = limits::DISPLAY_NAMES.remote.burst.get() as usize;
        let passed = exhaust_in_turn(&nodes(3), |limits| limits.display_name(&client, user));
        assert_eq!(passed, display_names, "every use of a display name is shared");
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
}
