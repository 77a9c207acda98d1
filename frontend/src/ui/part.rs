//! Functions that the first load leaves out: a part of the page (see [`super::on_demand`]) that is no view. Who needs them does
//! without until they are there, and changes once they are.

use std::{cell::Cell, thread::LocalKey};

use leptos::{prelude::*, task::spawn_local};

use super::on_demand::LoadError;

/// The functions of a part, in a struct. One of each kind, in a `thread_local!`.
pub(crate) struct Part<T: Copy + 'static> {
    functions: Cell<Option<T>>,
    is_there: ArcRwSignal<bool>,
    is_fetched: Cell<bool>,
}

impl<T: Copy + 'static> Part<T> {
    pub(crate) fn new() -> Self {
        Self { functions: Cell::new(None), is_there: ArcRwSignal::new(false), is_fetched: Cell::new(false) }
    }
}

/// The functions, once they were fetched: what reads this reactively runs again then. Where the fetch failed, the next one who
/// asks causes another.
pub(crate) fn part<T, F>(part: &'static LocalKey<Part<T>>, load: fn() -> F) -> Option<T>
where
    T: Copy + 'static,
    F: Future<Output = Result<T, LoadError>> + 'static,
{
    let (functions, is_there) = part.with(|part| (part.functions.get(), part.is_there.clone()));
    is_there.track();
    if functions.is_none() && !part.with(|part| part.is_fetched.replace(true)) {
        spawn_local(async move {
            let loaded = load().await.ok();
            part.with(|part| {
                part.functions.set(loaded);
                part.is_fetched.set(false);
            });
            if loaded.is_some() {
                is_there.set(true);
            }
        });
    }
    functions
}
