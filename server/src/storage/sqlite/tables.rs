//! Rows of the tables that are read and written directly, without the engine.

pub(super) mod accounts;
pub(super) mod attachments;
pub(super) mod conversations;
pub(super) mod deletions;
pub(super) mod drafts;
pub(super) mod group_requests;
pub(super) mod invitations;
pub(super) mod members;
pub(super) mod mentions;
pub(super) mod message_changes;
pub(super) mod message_events;
pub(super) mod position;
pub(super) mod reactions;
pub(super) mod receipts;
pub(super) mod rows;
pub(super) mod saved;
pub(super) mod second_factors;
pub(super) mod sessions;
pub(super) mod settings;
pub(super) mod threads;
pub(super) mod unfinished_move;
pub(super) mod users;
