//! The counters of one limit.

use std::{hash::Hash, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use serde::{Serialize, de::DeserializeOwned};

use super::sharing::{Share, Unshared};
use crate::{
    domain::{
        client_address::ClientAddress,
        limits::{Limit, Limits, Usage},
    },
    service::error::Error,
    throttle::Throttle,
};

/// The shortest wait that a refusal names: by then there is room for more than one, so that a client that sends again in
/// order is not refused at each step.
pub(in crate::service) const MIN_WAIT: Duration = Duration::from_secs(1);

/// The wait that is named for what would never pass.
const IMPASSABLE_WAIT: Duration = Duration::from_secs(60);

/// The counters of one limit.
pub(super) struct Limiter<K: Hash + Eq + Clone> {
    /// Names it in the log.
    name: &'static str,
    limits: Limits,
    remote: DefaultKeyedRateLimiter<K>,
    loopback: DefaultKeyedRateLimiter<K>,
    log: Throttle,
    unshared: Unshared<K>,
}

impl<K: Hash + Eq + Clone + Serialize> Limiter<K> {
    pub(super) fn new(name: &'static str, limits: Limits) -> Self {
        let remote = RateLimiter::keyed(quota(limits.remote));
        let loopback = RateLimiter::keyed(quota(limits.loopback));
        Self { name, limits, remote, loopback, log: Throttle::new(), unshared: Unshared::new() }
    }

    pub(super) fn check(&self, from: &ClientAddress, key: &K) -> Result<(), Error> {
        let limiter = self.limiter(from);
        match limiter.check_key(key) {
            Ok(()) => {
                self.unshared.note(self.name, self.limits, from.is_loopback(), key, NonZeroU32::MIN);
                Ok(())
            }
            Err(until) => Err(self.refuse(from, until.wait_time_from(limiter.clock().now()))),
        }
    }

    /// Takes all of a number, or none.
    pub(super) fn check_many(&self, from: &ClientAddress, key: &K, count: usize) -> Result<(), Error> {
        let Some(count) = u32::try_from(count).ok().and_then(NonZeroU32::new) else { return Ok(()) };
        let limiter = self.limiter(from);
        match limiter.check_key_n(key, count) {
            Ok(Ok(())) => {
                self.unshared.note(self.name, self.limits, from.is_loopback(), key, count);
                Ok(())
            }
            Ok(Err(until)) => Err(self.refuse(from, until.wait_time_from(limiter.clock().now()))),
            // No command names as many people as a burst has.
            Err(_) => Err(self.refuse(from, IMPASSABLE_WAIT)),
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
}

/// What is done with the counters of every limit, whatever their key.
pub(super) trait Counters {
    /// From now on, notifies other nodes of what is used on this one.
    fn share(&self, share: &Share);

    /// Counts what was used on another node, of this limit: as much as there is room for.
    fn count(&self, usage: &Usage);

    /// Forgets the counters that are full again.
    fn sweep(&self);
}

impl<K: Hash + Eq + Clone + Serialize + DeserializeOwned> Counters for Limiter<K> {
    fn share(&self, share: &Share) {
        self.unshared.begin(Arc::clone(share));
    }

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

    fn sweep(&self) {
        for limiter in [&self.remote, &self.loopback] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        self.unshared.sweep();
    }
}

pub(super) fn quota(limit: Limit) -> Quota {
    let quota = Quota::with_period(limit.regains_one_in).unwrap_or(Quota::per_second(limit.burst));
    quota.allow_burst(limit.burst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limits::SIGN_INS;

    #[test]
    fn counters_that_are_full_again_are_forgotten() {
        let limiter = Limiter::new("sign-ins of an address", SIGN_INS);
        let check = |ip: &str| {
            let from = ClientAddress::new(ip.parse().unwrap(), false);
            limiter.check(&from, &from.network())
        };
        check("127.0.0.1").unwrap();
        while check("203.0.113.5").is_ok() {}
        assert_eq!((limiter.loopback.len(), limiter.remote.len()), (1, 1));
        while !limiter.loopback.is_empty() {
            limiter.sweep();
            std::thread::yield_now();
        }
        assert_eq!(limiter.remote.len(), 1, "it was used up a moment ago");
    }
}
