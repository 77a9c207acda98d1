//! What the addresses of the page show.

pub(crate) mod conversation;
pub(crate) mod home;
pub(crate) mod not_found;
pub(crate) mod shell;
pub(crate) mod sign_in;
