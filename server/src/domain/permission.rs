//! Who may do what: the two tables of role and action, and nothing beside them.

pub mod conversation;
pub mod server;
