//! The functions that format what is typed: a part of the page, with those that show it.

use std::ops::Range;

use super::{
    format::{self, Change, Format},
    shortcodes,
};
use crate::ui::{
    on_demand::LoadError,
    part::{Part, part},
};

/// The functions.
#[derive(Clone, Copy)]
pub(super) struct Writing {
    /// Formats what is selected: see [`format::apply`].
    pub(super) apply: fn(Format, &str, Range<usize>) -> Change,
    /// What a paste changes: see [`format::paste`].
    pub(super) paste: fn(&str, Range<usize>, &str) -> Option<Change>,
    /// The change of a short code that was just typed: see [`shortcodes::typed`].
    pub(super) typed: fn(&str, usize) -> Option<Change>,
    /// A text with emoji for its short codes: see [`shortcodes::resolve`].
    pub(super) resolve: fn(&str) -> String,
    /// Where a short code begins that is typed: see [`shortcodes::begin`].
    pub(super) begin: fn(&str) -> Option<(usize, usize)>,
    /// The completions of a short code: see [`shortcodes::offered`].
    pub(super) offered: fn(&str) -> Vec<shortcodes::Entry>,
}

thread_local! {
    static WRITING: Part<Writing> = Part::new();
}

/// The functions, once they are there. A view that reads them changes then.
pub(super) fn writing() -> Option<Writing> {
    part(&WRITING, load_writing)
}

#[cfg(split_page)]
#[::wasm_split_helpers::wasm_split(form, fallible)]
fn load_writing() -> Result<Writing, LoadError> {
    Ok(functions())
}

#[cfg(not(split_page))]
async fn load_writing() -> Result<Writing, LoadError> {
    Ok(functions())
}

fn functions() -> Writing {
    Writing {
        apply: format::apply,
        paste: format::paste,
        typed: shortcodes::typed,
        resolve: shortcodes::resolve,
        begin: shortcodes::begin,
        offered: shortcodes::offered,
    }
}
