//! The browser's APIs, a module each. Nothing here knows the chat's state or its views.

pub(crate) mod api;
pub(crate) mod browser;
pub(crate) mod client_id;
pub(crate) mod clipboard;
pub(crate) mod clock;
pub(crate) mod file_store;
pub(crate) mod files;
mod http;
pub(crate) mod input_method;
pub(crate) mod media;
pub(crate) mod paste;
mod promises;
pub(crate) mod recorder;
pub(crate) mod socket;
pub(crate) mod storage;
pub(crate) mod tabs;
