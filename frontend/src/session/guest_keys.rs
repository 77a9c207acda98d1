//! Guest keys: secrets that prove to the server that a guest name is this browser's own.

use confab_shared::name_key::without_joiners;
use js_sys::JsString;

use crate::platform::storage::WebStorage;

const PREFIX: &str = "confab.guest-key.";

/// Stores the key of a name.
pub(super) fn store(name: &str, guest_key: &str) {
    let key = name_key(name);
    if WebStorage::Browser.set(&storage_key(&key), guest_key) {
        legacy_storage_keys(&key).iter().for_each(|key| WebStorage::Browser.remove(key));
    }
}

/// The stored key of a name.
pub(crate) fn guest_key(name: &str) -> Option<String> {
    let key = name_key(name);
    let legacy = || legacy_storage_keys(&key).iter().find_map(|key| WebStorage::Browser.get(key));
    WebStorage::Browser.get(&storage_key(&key)).or_else(legacy)
}

/// A hash of the guest key of a name. It tells this browser's user from another user of the same name, for example on a
/// server with a new database; the key cannot be recovered from it.
pub(super) fn guest_key_fingerprint(name: &str) -> String {
    let key = guest_key(name).unwrap_or_default();
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:x}")
}

fn storage_key(name_key: &str) -> String {
    format!("{PREFIX}{name_key}")
}

/// Where earlier versions of the page stored the key: they folded case only.
fn legacy_storage_keys(key: &str) -> Vec<String> {
    let (current, stored) = (storage_key(key), WebStorage::Browser.keys(PREFIX));
    let same = |stored: &String| *stored != current && name_key(&stored[PREFIX.len()..]) == key;
    stored.into_iter().filter(same).collect()
}

/// The same as `confab_shared::name_key`, by the browser's Unicode tables; a browser test compares the two.
fn name_key(name: &str) -> String {
    JsString::from(without_joiners(name.trim())).normalize("NFKC").to_lower_case().normalize("NFKC").into()
}
