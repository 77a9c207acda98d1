//! The routes of `/api/v1`, a file per resource: extract, call a use case, answer.

pub mod assets;
mod bearer;
pub mod conversations;
mod extract;
pub mod headers;
pub mod host;
pub mod messages;
pub mod server;
pub mod sessions;
pub mod users;
