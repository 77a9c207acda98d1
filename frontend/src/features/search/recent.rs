//! What a user searched for last, in this browser.

use confab_shared::decode::{self, Decode};
use serde::Serialize;

use crate::{
    platform::storage::WebStorage,
    session::{SessionSignal, searches_key},
};

/// How many searches are remembered.
const MAX_RECENT: usize = 8;

/// What was searched for, the last first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Decode)]
pub(super) struct Recent {
    pub(super) queries: Vec<String>,
}

impl Recent {
    pub(super) fn load(session: SessionSignal) -> Self {
        let stored = key(session).and_then(|key| WebStorage::Browser.get(&key));
        stored.and_then(|stored| decode::from_str(&stored)).unwrap_or_default()
    }

    pub(super) fn store(&self, session: SessionSignal) {
        let Some(key) = key(session) else { return };
        match serde_json::to_string(self) {
            Ok(json) if !self.queries.is_empty() => {
                WebStorage::Browser.set(&key, &json);
            }
            _ => WebStorage::Browser.remove(&key),
        }
    }

    /// With a search at its beginning.
    pub(super) fn with(mut self, query: &str) -> Self {
        self.queries.retain(|other| other != query);
        self.queries.insert(0, query.to_owned());
        self.queries.truncate(MAX_RECENT);
        self
    }

    /// Without a search.
    pub(super) fn without(mut self, query: &str) -> Self {
        self.queries.retain(|other| other != query);
        self
    }
}

fn key(session: SessionSignal) -> Option<String> {
    session.get_untracked().map(|session| searches_key(&session.user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_searches_are_remembered_each_once() {
        let mut recent = Recent::default();
        for query in ["a", "b", "a"] {
            recent = recent.with(query);
        }
        assert_eq!(recent.queries, ["a", "b"]);
        for number in 0..20 {
            recent = recent.with(&number.to_string());
        }
        assert_eq!(recent.queries.len(), MAX_RECENT);
        assert_eq!(recent.without("19").queries[0], "18");
    }
}
