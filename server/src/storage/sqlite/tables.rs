//! The rows of the tables that no engine stands between: read and written as they are.

pub(super) mod conversations;
pub(super) mod members;
pub(super) mod mentions;
pub(super) mod rows;
pub(super) mod users;
