//! The protocol between Confab's server and its clients: the types, their limits, and the reducer that applies events to
//! the state of a client. No I/O and no import of another crate of Confab, so that it builds for the browser and for the
//! server.
//!
//! Imports run downwards only: `id` and `error` import no other module, `state` may import all. To add a
//! kind of event see [`event`], a command [`command`], an error code [`error`].
#![warn(missing_docs)]

// The derived decoders name this crate as others do.
extern crate self as confab_shared;

pub mod api;
pub mod attachment;
mod characters;
pub mod command;
pub mod conversation;
pub mod decode;
pub mod draft;
pub mod emoji;
pub mod error;
pub mod event;
pub mod group_request;
pub mod id;
pub mod item;
pub mod legacy;
pub mod markdown;
pub mod mentions;
pub mod message;
pub mod name_key;
pub mod preview;
pub mod protocol;
pub mod search_query;
pub mod state;
pub mod text;
pub mod thread;
pub mod timeline;
pub mod tokens;
pub mod user;
