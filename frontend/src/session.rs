//! The session of this tab: who is signed in, where the browser stores that, and how it ends.

mod guest_keys;

use confab_shared::{
    api::SignedIn,
    decode::{self, Decode},
    id::UserId,
    user::User,
};
use leptos::{prelude::*, task::spawn_local};
use serde::Serialize;

pub(crate) use self::guest_keys::guest_key;
use self::guest_keys::guest_key_fingerprint;
use crate::{
    platform::{api, storage::WebStorage},
    route::{replace_with_list, strip_query},
};

const STORAGE_KEY: &str = "confab.session";

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Decode)]
pub(crate) struct Session {
    /// The session's secret.
    pub(crate) token: String,
    pub(crate) user: User,
    /// Whether the browser keeps the session when the tab is closed.
    #[serde(rename = "kept")]
    pub(crate) persistent: bool,
}

impl Session {
    /// The stored session: the tab's own, else the browser's.
    pub(crate) fn load() -> Option<Self> {
        [WebStorage::Tab, WebStorage::Browser]
            .into_iter()
            .find_map(|storage| storage.get(STORAGE_KEY).and_then(|text| decode::from_str(&text)))
    }

    /// Stores a session that the server just gave, in place of the tab's own, which ends.
    pub(crate) async fn replace(signed_in: SignedIn, persistent: bool) -> Self {
        let before = Self::load();
        let session = Self::store(signed_in, persistent);
        if let Some(before) = before.filter(|before| !before.persistent) {
            let _ = api::delete_session(&before.token).await;
        }
        session
    }

    /// Stores a session, with the name's guest key.
    fn store(signed_in: SignedIn, persistent: bool) -> Self {
        let SignedIn { token, guest_key, user } = signed_in;
        // A name that a password opens has none. What is stored stays: the outbox is named after it.
        if let Some(guest_key) = guest_key {
            guest_keys::store(user.name.as_str(), &guest_key);
        }
        let session = Self { token, user, persistent };
        if let Ok(text) = serde_json::to_string(&session) {
            let storage = if persistent { WebStorage::Browser } else { WebStorage::Tab };
            storage.set(STORAGE_KEY, &text);
        }
        if persistent {
            WebStorage::Tab.remove(STORAGE_KEY);
        }
        session
    }

    /// Removes the stored session. The guest key stays, so that the name can be used again; so does another session that
    /// the browser stored meanwhile.
    fn remove_stored(&self) {
        for storage in [WebStorage::Tab, WebStorage::Browser] {
            let stored = storage.get(STORAGE_KEY).and_then(|text| decode::from_str::<Self>(&text));
            if stored.is_none_or(|stored| stored.token == self.token) {
                storage.remove(STORAGE_KEY);
            }
        }
    }
}

/// The current session as a signal. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct SessionSignal {
    current: RwSignal<Option<Session>>,
    /// Whether the server ended the last session.
    pub(crate) expired: RwSignal<bool>,
    /// The user of a session that the server ended, whose address the page still shows.
    expired_user: StoredValue<Option<UserId>>,
    /// The name that the address asks to sign in as; none after signing out.
    requested_name: StoredValue<Option<String>>,
}

impl SessionSignal {
    /// Provides the stored session to the views, unless the address asks for another user.
    pub(crate) fn provide(requested_name: Option<String>) -> Self {
        let stored = Session::load()
            .filter(|session| requested_name.as_ref().is_none_or(|name| name == session.user.name.as_str()));
        if stored.is_some() && requested_name.is_some() {
            // A reload then keeps the session, also when another user is signed in by that time.
            strip_query();
        }
        let session = Self {
            current: RwSignal::new(stored),
            expired: RwSignal::new(false),
            expired_user: StoredValue::new(None),
            requested_name: StoredValue::new(requested_name),
        };
        provide_context(session);
        session
    }

    pub(crate) fn get(self) -> Option<Session> {
        self.current.get()
    }

    pub(crate) fn get_untracked(self) -> Option<Session> {
        self.current.get_untracked()
    }

    /// The name that the address asks to sign in as.
    pub(crate) fn requested_name(self) -> Option<String> {
        self.requested_name.get_value()
    }

    /// The token for requests; empty where nobody is signed in.
    pub(crate) fn token(self) -> String {
        self.current.with_untracked(|session| session.as_ref().map(|s| s.token.clone()).unwrap_or_default())
    }

    /// Begins a session at the current address, or at the list where another user was at that address.
    pub(crate) fn begin(self, session: Session) {
        self.expired.set(false);
        match self.expired_user.get_value() {
            Some(user) if user != session.user.id => replace_with_list(),
            _ => strip_query(),
        }
        self.expired_user.set_value(None);
        self.current.set(Some(session));
    }

    /// Ends the session here, and on the server where that can be reached. What the user searched for is forgotten.
    pub(crate) fn sign_out(self) {
        let token = self.token();
        if let Some(session) = self.current.get_untracked() {
            WebStorage::Browser.remove(&searches_key(&session.user));
        }
        spawn_local(async move {
            let _ = api::delete_session(&token).await;
        });
        self.requested_name.set_value(None);
        replace_with_list();
        self.clear();
    }

    /// Ends a session that the server does not know any more. The address stays, for the same user to return to.
    pub(crate) fn expire(self) {
        self.expired.set(true);
        self.expired_user.set_value(self.current.get_untracked().map(|session| session.user.id));
        self.clear();
    }

    fn clear(self) {
        if let Some(session) = self.current.get_untracked() {
            session.remove_stored();
        }
        self.current.set(None);
    }
}

/// Names a user among all that this browser has had, also those of another database, in keys of its storage.
pub(crate) fn storage_scope(user: &User) -> String {
    format!("{}.{}", user.id, guest_key_fingerprint(user.name.as_str()))
}

/// The key of what a user searched for, in the browser's storage.
pub(crate) fn searches_key(user: &User) -> String {
    format!("confab.searches.{}", storage_scope(user))
}

/// The session of the views below [`SessionSignal::provide`].
pub(crate) fn use_session() -> SessionSignal {
    expect_context()
}
