//! What an answer of the server changed.

/// What became of a conversation that an answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The user has left it since, and it is not cached.
    Left,
    /// What was cached is newer, and stays.
    Outdated,
    /// It is cached.
    Cached,
}
