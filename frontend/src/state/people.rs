//! Users and their names, as views show them.

use confab_shared::{id::UserId, user::User};
use leptos::prelude::*;

use super::Chat;

impl Chat {
    /// A user as they are now, for a view that changes with names and with nothing else.
    pub(crate) fn person(self, id: UserId) -> Option<User> {
        self.track_names();
        self.state.with_untracked(|state| state.user(id).cloned())
    }

    /// Lets a view change with the names that it reads untracked.
    pub(crate) fn track_names(self) {
        // Read once, since a memo tracks its dependencies only after its first read.
        self.names.get();
    }

    /// The user of the page; none before the first welcome.
    pub(crate) fn me(self) -> Option<User> {
        self.track_names();
        self.state.with_untracked(|state| state.me().cloned())
    }

    /// Applies a change of a user.
    pub(crate) fn apply_user(self, user: User) {
        if self.is_alive() {
            self.update(|state| state.user_changed(user));
        }
    }

    /// Applies users whom an answer named.
    pub(crate) fn apply_users(self, users: Vec<User>) {
        if self.is_alive() {
            self.update(|state| state.add_users(users));
        }
    }
}
