//! What both sides of Confab's wire agree on: the words, their limits, and the reducer that folds events into
//! what a person sees. No I/O here, and nothing of ours imported, so that it builds for the browser and the
//! server alike.
//!
//! To add a kind of event: a variant of [`model::EventBody`], its effect in [`model::Conversation::fold`], a
//! snapshot in the server's tests. Peers that do not know it yet decode it as [`model::EventBody::Unknown`] and
//! still count its seq.
#![warn(missing_docs)]

pub mod api;
mod characters;
pub mod ids;
pub mod legacy;
pub mod mentions;
pub mod model;
pub mod name_key;
pub mod protocol;
pub mod state;
pub mod text;
