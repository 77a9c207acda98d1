//! The rules of chat: pure functions of their arguments. Permission, order, idempotency and notification are
//! decided here and nowhere else; a storage backend loads what a command needs, asks for the decision and writes it.
//!
//! To add a command: its content in `confab_shared::command`, a file in [`command`] and a line in its table.

pub mod account;
pub mod attachment;
pub mod audience;
pub mod client_address;
pub mod cluster;
pub mod command;
pub mod consent;
pub mod decision;
pub mod directory;
pub mod draft;
pub mod earlier;
pub mod event_position;
pub mod limits;
pub mod linked_message;
pub mod listing;
pub mod name;
pub mod notification;
pub mod permission;
pub mod presence;
pub mod read_position;
pub mod redaction;
pub mod refusal;
pub mod search;
pub mod search_terms;
pub mod second_factor;
pub mod sign_in;
