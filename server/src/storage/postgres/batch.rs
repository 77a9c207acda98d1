//! A batch of commands in one transaction: [`keys`] says what they need, [`load`] locks the conversations and loads it,
//! [`execute`] decides one command after the other on the [`working_set`], and [`mod@write`] writes what they did. The number
//! of statements does not depend on the number of commands.

pub(super) mod conversation;
pub(super) mod deletions;
pub(super) mod execute;
pub(super) mod keys;
pub(super) mod load;
pub(super) mod members;
pub(super) mod mentions;
pub(super) mod message;
pub(super) mod pipeline;
pub(super) mod reactions;
pub(super) mod requests;
pub(super) mod threads;
pub(super) mod working_set;
pub(super) mod write;
