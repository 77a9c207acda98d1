//! What the viewer shows.

use confab_shared::id::AttachmentId;
use leptos::prelude::*;

use crate::state::Scope;

/// What the viewer shows. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Viewing {
    pub(super) open: RwSignal<bool>,
    pub(super) scope: RwSignal<Option<Scope>>,
    pub(super) shown: RwSignal<Option<AttachmentId>>,
}

impl Viewing {
    /// Provides it to the views below.
    pub(super) fn provide() {
        let (open, scope, shown) = (RwSignal::new(false), RwSignal::new(None), RwSignal::new(None));
        provide_context(Self { open, scope, shown });
    }

    /// What was provided above.
    pub(super) fn get() -> Self {
        expect_context()
    }

    /// Opens the viewer at a picture or video of a conversation or thread.
    pub(super) fn show(self, scope: Scope, id: AttachmentId) {
        self.scope.set(Some(scope));
        self.shown.set(Some(id));
        self.open.set(true);
    }
}
