//! The session of this tab, and what proves a guest name to be one's own: what the browser remembers of both.

use confab_shared::{api::SignedIn, user::User};
use js_sys::JsString;
use serde::Serialize;

use crate::{
    decode::{self, Json, Read, field},
    storage::Keep,
};

const SESSION: &str = "confab.session";
const GUEST_KEY: &str = "confab.guest-key.";

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Session {
    /// The session's secret.
    pub(crate) token: String,
    /// Who signed in.
    pub(crate) user: User,
    /// Whether the browser keeps it when the tab is closed.
    pub(crate) kept: bool,
}

impl Read for Session {
    fn read(value: &Json) -> Option<Self> {
        Some(Self { token: field(value, "token")?, user: field(value, "user")?, kept: field(value, "kept")? })
    }
}

impl Session {
    /// The session to go on with: the tab's own, else the one that the browser keeps.
    pub(crate) fn remembered() -> Option<Self> {
        [Keep::Tab, Keep::Browser]
            .into_iter()
            .find_map(|keep| keep.get(SESSION).and_then(|text| decode::body(&text)))
    }

    /// Begins to go by a session that the server just gave, and remembers the name's key.
    pub(crate) fn begin(signed_in: SignedIn, kept: bool) -> Self {
        let SignedIn { token, guest_key, user } = signed_in;
        let key = name_key(user.name.as_str());
        if Keep::Browser.set(&entry_of(&key), &guest_key) {
            older_entries(&key).iter().for_each(|entry| Keep::Browser.remove(entry));
        }
        let session = Self { token, user, kept };
        if let Ok(text) = serde_json::to_string(&session) {
            let keep = if kept { Keep::Browser } else { Keep::Tab };
            keep.set(SESSION, &text);
        }
        if kept {
            Keep::Tab.remove(SESSION);
        }
        session
    }

    /// Forgets the session; the name's key stays, so that the name can be had again. Another session that the browser
    /// keeps meanwhile is left alone.
    pub(crate) fn forget(&self) {
        for keep in [Keep::Tab, Keep::Browser] {
            let held = keep.get(SESSION).and_then(|text| decode::body::<Self>(&text));
            if held.is_none_or(|held| held.token == self.token) {
                keep.remove(SESSION);
            }
        }
    }
}

/// The key that this browser holds of a guest name.
pub(crate) fn guest_key(name: &str) -> Option<String> {
    let key = name_key(name);
    let older = || older_entries(&key).iter().find_map(|entry| Keep::Browser.get(entry));
    Keep::Browser.get(&entry_of(&key)).or_else(older)
}

/// What tells this browser's person of a name from whoever else had the name before: a server with another store gave
/// another key. The key itself cannot be told from it.
pub(crate) fn mark_of(name: &str) -> String {
    let key = guest_key(name).unwrap_or_default();
    let mark = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{mark:x}")
}

/// Where the guest key of a name is, by the name's key.
fn entry_of(name_key: &str) -> String {
    format!("{GUEST_KEY}{name_key}")
}

/// Where earlier pages kept it: they folded nothing but case.
fn older_entries(key: &str) -> Vec<String> {
    let (newer, entries) = (entry_of(key), Keep::Browser.keys(GUEST_KEY));
    let same = |entry: &String| *entry != newer && name_key(&entry[GUEST_KEY.len()..]) == key;
    entries.into_iter().filter(same).collect()
}

/// The server's key of a name (`confab_shared::name_key`), by the browser's own tables: a test holds the two together.
fn name_key(name: &str) -> String {
    JsString::from(name.trim()).normalize("NFKC").to_lower_case().normalize("NFKC").into()
}
