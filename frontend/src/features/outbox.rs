//! Unsent commands: where the browser stores them, and the views that show those that no timeline shows.

pub(crate) mod refusal;
pub(crate) mod storage;
pub(crate) mod stranded;
pub(crate) mod unsent;
