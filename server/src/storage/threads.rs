//! What is asked of threads.

use confab_shared::{
    api::{FollowedThread, ThreadCursor},
    id::Seq,
    user::User,
};

/// What a member does with a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadMove {
    /// Reads it up to a seq, to the conversation's head at most; a position further back changes nothing, and so does one of
    /// a thread that the member does not follow.
    Read(Seq),
    /// Follows it from now on, with nothing unread; who follows it already goes on.
    Follow,
    /// Follows it no more.
    Unfollow,
}

/// Which of the threads that a user follows are wanted, the one with the newest reply first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadQuery {
    /// Those with something unread.
    pub unread: bool,
    /// Those behind this place in the list.
    pub before: Option<ThreadCursor>,
    /// How many at most.
    pub limit: usize,
}

/// Threads that follow each other in the list of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadRun {
    /// The threads.
    pub threads: Vec<FollowedThread>,
    /// Whether there are more behind them.
    pub more: bool,
    /// Every user whom they name.
    pub users: Vec<User>,
}
