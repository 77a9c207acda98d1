//! What the server says about the signed-in user: the role, and what opens the name. It is fetched after every connect, and
//! when the menu of settings opens.

use confab_shared::{api::Me, user::ServerRole};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    platform::api,
    session::{SessionSignal, use_session},
    state::{Chat, Connection},
    ui::reactive::{effect, memo},
};

/// The user as the server knows them; none until it has answered. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Profile {
    me: RwSignal<Option<Me>>,
    /// How many changes were made.
    changes: StoredValue<u64>,
    session: SessionSignal,
}

impl Profile {
    /// Provides the profile to the views, and keeps it up to date for as long as the reactive owner lives.
    pub(crate) fn provide(chat: Chat) -> Self {
        let (me, changes) = (RwSignal::new(None), StoredValue::new(0));
        let profile = Self { me, changes, session: use_session() };
        provide_context(profile);
        let online = memo(move || chat.connection() == Connection::Online);
        effect(move || {
            if online.get() {
                profile.refresh();
            }
        });
        profile
    }

    pub(crate) fn get(self) -> Option<Me> {
        self.me.get()
    }

    pub(crate) fn role(self) -> Option<ServerRole> {
        self.me.with(|me| me.as_ref().map(|me| me.role))
    }

    /// Takes over the server's answer to a change.
    pub(crate) fn set(self, me: Me) {
        self.changes.try_update_value(|changes| *changes += 1);
        self.me.try_set(Some(me));
    }

    /// Fetches it anew. While the server cannot answer, what is known stays; so does the answer to a change that was made
    /// meanwhile, which is newer.
    pub(crate) fn refresh(self) {
        let (token, before) = (self.session.token(), self.changes.try_get_value());
        spawn_local(async move {
            if let (Ok(me), true) = (api::get_me(&token).await, self.changes.try_get_value() == before) {
                self.me.try_set(Some(me));
            }
        });
    }
}

/// The profile of the views below [`Profile::provide`].
pub(crate) fn use_profile() -> Profile {
    expect_context()
}
