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
    session: SessionSignal,
}

impl Profile {
    /// Provides the profile to the views, and keeps it up to date for as long as the reactive owner lives.
    pub(crate) fn provide(chat: Chat) -> Self {
        let profile = Self { me: RwSignal::new(None), session: use_session() };
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

    /// Takes over an answer of the server.
    pub(crate) fn set(self, me: Me) {
        self.me.try_set(Some(me));
    }

    /// Fetches it anew. While the server cannot answer, what is known stays.
    pub(crate) fn refresh(self) {
        let token = self.session.token();
        spawn_local(async move {
            if let Ok(me) = api::get_me(&token).await {
                self.set(me);
            }
        });
    }
}

/// The profile of the views below [`Profile::provide`].
pub(crate) fn use_profile() -> Profile {
    expect_context()
}
