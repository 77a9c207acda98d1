//! Finding people by the beginning of their name or display name.

pub(crate) mod name_field;

use std::time::Duration;

use confab_shared::user::User;
use leptos::{prelude::*, task::spawn_local};

use crate::{
    platform::api,
    session::use_session,
    ui::reactive::{Debounce, effect},
};

/// How long typing must pause before the server is asked.
pub(crate) const SEARCH_DELAY: Duration = Duration::from_millis(180);

/// The result of the latest search.
#[derive(Clone, Copy)]
pub(crate) struct SearchResults {
    pub(crate) users: RwSignal<Vec<User>>,
    /// The query that was answered, or whose request failed.
    pub(crate) answered: RwSignal<Option<String>>,
}

/// Searches for the users whose name or display name begins with `query`, whenever it changes.
pub(crate) fn search_people(query: RwSignal<String>) -> SearchResults {
    let session = use_session();
    let results = SearchResults { users: RwSignal::new(Vec::new()), answered: RwSignal::new(None) };
    let debounce = Debounce::new();
    effect(move || {
        let prefix = query.get().trim().to_owned();
        if prefix.is_empty() {
            debounce.cancel();
            results.users.set(Vec::new());
            results.answered.set(None);
            return;
        }
        debounce.schedule(SEARCH_DELAY, move || {
            spawn_local(async move {
                let answer = api::find_users(&session.token(), &prefix).await;
                // The query may have changed meanwhile; that search brings its own answer.
                let current = query.try_with_untracked(|query| query.trim() == prefix).unwrap_or(false);
                if current {
                    if let Ok(found) = answer {
                        results.users.try_set(found.users);
                    }
                    results.answered.try_set(Some(prefix));
                }
            });
        });
    });
    results
}
