//! How many connections each user has on this node.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use confab_shared::id::UserId;

/// The most connections that one user may have. Each that reads nothing has at most 256 KiB in the kernel's buffer of each
/// direction, and 1 MiB of deliveries in its queue, which it shares with other readers: 32 MiB in the kernel for one user.
const MAX_CONNECTIONS_PER_USER: usize = 64;

/// What became of a connection that was to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It is the user's first.
    First,
    /// The user has others.
    Another,
    /// It is not counted: the user has as many as one may have.
    Full,
}

/// How many connections each user has, of those who have any.
#[derive(Default)]
pub struct ConnectionCounts(Mutex<HashMap<UserId, usize>>);

impl ConnectionCounts {
    /// Counts a connection.
    pub fn add(&self, user: UserId) -> Counted {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(user).or_default();
        if *count == MAX_CONNECTIONS_PER_USER {
            return Counted::Full;
        }
        *count += 1;
        if *count == 1 { Counted::First } else { Counted::Another }
    }

    /// Discounts a connection. Answers whether it was the user's last.
    pub fn remove(&self, user: UserId) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(count) = counts.get_mut(&user) else { return false };
        *count -= 1;
        let last = *count == 0;
        if last {
            counts.remove(&user);
        }
        last
    }

    /// The users who have a connection.
    pub fn users(&self) -> Vec<UserId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Whether a user has a connection.
    pub fn contains(&self, user: UserId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&user)
    }
}
