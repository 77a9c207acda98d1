//! Who is writing: a signal that fades by itself.

use crate::{
    ids::{Timestamp, UserId},
    protocol::TYPING_MILLIS,
};

/// Those who said that they are writing in one conversation, and until when that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypingUsers(Vec<(UserId, Timestamp)>);

impl TypingUsers {
    /// Those who are writing now, the first to begin first.
    #[must_use]
    pub fn now(&self, now: Timestamp) -> Vec<UserId> {
        self.0.iter().filter(|(_, until)| *until > now).map(|(user, _)| *user).collect()
    }

    pub(super) fn typed(&mut self, user: UserId, now: Timestamp) {
        self.0.retain(|(_, until)| *until > now);
        let until = Timestamp(now.0 + TYPING_MILLIS);
        match self.0.iter_mut().find(|(held, _)| *held == user) {
            Some(entry) => entry.1 = until,
            None => self.0.push((user, until)),
        }
    }

    pub(super) fn stop(&mut self, user: UserId) {
        self.0.retain(|(held, _)| *held != user);
    }
}
