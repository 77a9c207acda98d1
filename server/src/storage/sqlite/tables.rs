//! Rows of the tables that are read and written directly, without the engine.

pub(super) mod conversations;
pub(super) mod members;
pub(super) mod mentions;
pub(super) mod rows;
pub(super) mod users;
