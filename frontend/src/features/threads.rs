//! Threads: the line below a root that leads into its thread, following, and the inbox of the followed threads.

pub(crate) mod entry;
pub(crate) mod follow;
pub(crate) mod inbox;
pub(crate) mod line;
pub(crate) mod origin;
pub(crate) mod reply_count;
