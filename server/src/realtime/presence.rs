//! How many connections each user has on this node.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use confab_shared::id::UserId;

/// How many connections each user has, of those who have any.
#[derive(Default)]
pub struct ConnectionCounts(Mutex<HashMap<UserId, usize>>);

impl ConnectionCounts {
    /// Counts a connection. Answers whether it is the user's first.
    pub fn add(&self, user: UserId) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(user).or_default();
        *count += 1;
        *count == 1
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

    /// Whether a user has a connection.
    pub fn contains(&self, user: UserId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&user)
    }
}
