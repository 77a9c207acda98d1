//! What both sides of Confab's wire agree on: the words, their limits, and the reducer that folds events into
//! what a person sees. No I/O here, and nothing of ours imported, so that it builds for the browser and the
//! server alike.
//!
//! Imports run downwards only: `id` and `error` know nothing of ours, `state` knows all that a client keeps. To add a
//! kind of event see [`event`], a command [`command`], an error code [`error`].
#![warn(missing_docs)]

pub mod api;
mod characters;
pub mod command;
pub mod conversation;
pub mod error;
pub mod event;
pub mod id;
pub mod legacy;
pub mod mentions;
pub mod name_key;
pub mod protocol;
pub mod state;
pub mod text;
pub mod timeline;
pub mod user;
