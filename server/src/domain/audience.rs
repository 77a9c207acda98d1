//! The users whom an event or a signal is for.

use std::sync::Arc;

use confab_shared::id::UserId;

/// The members of a conversation, as a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every user.
    Everyone,
    /// These users, sorted; the list is shared, not copied.
    Users(Arc<[UserId]>),
}

impl Audience {
    /// An audience of these users.
    pub fn of(users: impl IntoIterator<Item = UserId>) -> Self {
        let mut users: Vec<_> = users.into_iter().collect();
        users.sort_unstable();
        users.dedup();
        Self::Users(users.into())
    }

    /// Whether a user belongs to it.
    pub fn contains(&self, user: UserId) -> bool {
        match self {
            Self::Everyone => true,
            Self::Users(users) => users.binary_search(&user).is_ok(),
        }
    }

    /// Whether nobody belongs to it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Users(users) if users.is_empty())
    }

    /// The audience with users added.
    #[must_use]
    pub fn with(&self, added: &[UserId]) -> Self {
        match self {
            Self::Everyone => Self::Everyone,
            Self::Users(users) => Self::of(users.iter().chain(added).copied()),
        }
    }

    /// The audience with a user removed.
    #[must_use]
    pub fn without(&self, removed: UserId) -> Self {
        match self {
            Self::Everyone => Self::Everyone,
            Self::Users(users) => {
                Self::Users(users.iter().copied().filter(|user| *user != removed).collect())
            }
        }
    }

    /// Whether both are the very same snapshot; equal ones that were made apart are not.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everyone, Self::Everyone) => true,
            (Self::Users(one), Self::Users(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}
