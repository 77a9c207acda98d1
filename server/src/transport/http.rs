//! The routes of `/api/v1`, a file per resource: extract, call a use case, answer.

pub(super) mod accounts;
pub(super) mod assets;
pub(super) mod attachments;
mod bearer;
pub(super) mod conversations;
mod device;
pub(super) mod drafts;
pub(super) mod events;
mod extract;
pub(super) mod headers;
pub(super) mod health;
pub(super) mod host;
pub(super) mod invitations;
pub(super) mod me;
pub(super) mod messages;
pub(super) mod origin;
mod page;
pub(super) mod panic;
pub(super) mod saved;
pub(super) mod search;
pub(super) mod server;
pub(super) mod sessions;
pub(super) mod threads;
pub(super) mod users;
