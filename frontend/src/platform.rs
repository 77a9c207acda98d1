//! The browser's APIs, a module each. Nothing here knows the chat's state or its views.

pub(crate) mod api;
pub(crate) mod browser;
pub(crate) mod client_id;
pub(crate) mod clipboard;
pub(crate) mod clock;
mod http;
pub(crate) mod input_method;
pub(crate) mod paste;
pub(crate) mod socket;
pub(crate) mod storage;
