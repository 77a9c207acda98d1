//! The user of a connection, from when it changed until the connection's task takes it.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use confab_shared::user::User;

/// A user who changed. To look whether there is one costs the load of a flag.
#[derive(Default)]
pub(super) struct ChangedUser {
    is_set: AtomicBool,
    // A std mutex: locked only around a change, never across an await.
    user: Mutex<Option<Box<User>>>,
}

impl ChangedUser {
    pub(super) fn set(&self, user: &User) {
        *self.user.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(user.clone()));
        self.is_set.store(true, Ordering::Release);
    }

    pub(super) fn take(&self) -> Option<User> {
        if !self.is_set.load(Ordering::Acquire) {
            return None;
        }
        self.is_set.store(false, Ordering::Release);
        self.user.lock().unwrap_or_else(PoisonError::into_inner).take().map(|user| *user)
    }
}
