//! The browser's two storages. Both may be forbidden or full: then nothing is remembered, and nothing breaks.

use web_sys::Storage;

use crate::browser::window;

/// Where something is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// In this tab, until it is closed.
    Tab,
    /// In this browser.
    Browser,
}

impl Keep {
    /// What is remembered under a key.
    pub(crate) fn get(self, key: &str) -> Option<String> {
        self.storage()?.get_item(key).ok().flatten()
    }

    /// Remembers `value` under a key; answers whether it could.
    pub(crate) fn set(self, key: &str, value: &str) -> bool {
        self.storage().is_some_and(|storage| storage.set_item(key, value).is_ok())
    }

    /// The keys that begin so, in no order.
    pub(crate) fn keys(self, prefix: &str) -> Vec<String> {
        let Some(storage) = self.storage() else { return Vec::new() };
        let length = storage.length().unwrap_or_default();
        let key = |place| storage.key(place).ok().flatten();
        (0..length).filter_map(key).filter(|key| key.starts_with(prefix)).collect()
    }

    /// Forgets a key.
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
