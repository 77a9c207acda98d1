//! What was fetched lately, so that a link that many post is asked for once.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The most links that are remembered.
const MAX_ENTRIES: usize = 256;

/// How long a preview is taken from here.
const FRESH: Duration = Duration::from_secs(60 * 60);

/// How long a site that failed is not asked again.
const FAILED: Duration = Duration::from_secs(5 * 60);

/// Values by links: at most 256, each for an hour, and for five minutes that there is none.
pub struct Cache<T> {
    // A std mutex: it is locked for a look-up, never across an await.
    entries: Mutex<HashMap<String, (Instant, Option<T>)>>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { entries: Mutex::default() }
    }
}

impl<T: Clone> Cache<T> {
    /// What is known of a link: a value, or that there is none; nothing where it is to be asked for.
    pub fn get(&self, url: &str) -> Option<Option<T>> {
        self.get_at(url, Instant::now())
    }

    /// Remembers what became of a link. The oldest makes room.
    pub fn put(&self, url: &str, value: Option<T>) {
        self.put_at(url, value, Instant::now());
    }

    fn get_at(&self, url: &str, now: Instant) -> Option<Option<T>> {
        let entries = self.lock();
        let (since, value) = entries.get(url)?;
        let lifetime = if value.is_some() { FRESH } else { FAILED };
        (now.duration_since(*since) < lifetime).then(|| value.clone())
    }

    fn put_at(&self, url: &str, value: Option<T>, now: Instant) {
        let mut entries = self.lock();
        if entries.len() >= MAX_ENTRIES && !entries.contains_key(url) {
            let oldest = entries.iter().min_by_key(|(_, (since, _))| *since).map(|(url, _)| url.clone());
            oldest.and_then(|oldest| entries.remove(&oldest));
        }
        entries.insert(url.to_owned(), (now, value));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Instant, Option<T>)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_is_asked_for_again_and_the_oldest_makes_room() {
        let cache = Cache::default();
        let now = Instant::now();
        cache.put_at("a", Some(1), now);
        cache.put_at("b", None, now);
        assert_eq!(cache.get_at("a", now), Some(Some(1)));
        assert_eq!(cache.get_at("b", now), Some(None));
        assert_eq!(cache.get_at("c", now), None);
        assert_eq!(cache.get_at("b", now + FAILED), None);
        assert_eq!(cache.get_at("a", now + FAILED), Some(Some(1)));
        assert_eq!(cache.get_at("a", now + FRESH), None);
        for number in 0..MAX_ENTRIES - 1 {
            cache.put_at(&number.to_string(), Some(2), now + Duration::from_secs(1));
        }
        assert_eq!(cache.lock().len(), MAX_ENTRIES);
        assert_eq!(cache.get_at("0", now), Some(Some(2)));
    }
}
