//! The drafts that the page knows as the server has them.

use std::collections::HashMap;

use confab_shared::draft::{Draft, DraftKey};
use leptos::prelude::*;

/// The drafts that are known.
#[derive(Clone, Copy)]
pub(super) struct KnownDrafts {
    pub(super) drafts: RwSignal<HashMap<DraftKey, Draft>>,
    /// Whether all were fetched: one that is not among them has no text.
    pub(super) all: RwSignal<bool>,
}

impl KnownDrafts {
    pub(super) fn new() -> Self {
        Self { drafts: RwSignal::new(HashMap::new()), all: RwSignal::new(false) }
    }
}
