//! Web storage. It may be forbidden or full: values are then not stored, and nothing else fails.

use web_sys::Storage;

use super::browser::window;

/// The two storages of a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebStorage {
    /// `sessionStorage`: lives as long as the tab.
    Tab,
    /// `localStorage`: shared by all tabs of the browser.
    Browser,
}

impl WebStorage {
    /// The value of a key.
    pub(crate) fn get(self, key: &str) -> Option<String> {
        self.storage()?.get_item(key).ok().flatten()
    }

    /// Stores a value and answers whether that succeeded.
    pub(crate) fn set(self, key: &str, value: &str) -> bool {
        self.storage().is_some_and(|storage| storage.set_item(key, value).is_ok())
    }

    /// The keys that begin with a prefix, in no order.
    pub(crate) fn keys(self, prefix: &str) -> Vec<String> {
        let Some(storage) = self.storage() else { return Vec::new() };
        let length = storage.length().unwrap_or_default();
        let key = |index| storage.key(index).ok().flatten();
        (0..length).filter_map(key).filter(|key| key.starts_with(prefix)).collect()
    }

    /// Removes a key.
    pub(crate) fn remove(self, key: &str) {
        if let Some(storage) = self.storage() {
            let _ = storage.remove_item(key);
        }
    }

    fn storage(self) -> Option<Storage> {
        match self {
            Self::Tab => window().session_storage(),
            Self::Browser => window().local_storage(),
        }
        .ok()
        .flatten()
    }
}
