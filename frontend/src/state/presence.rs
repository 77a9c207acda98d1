//! Who is online, as far as the page can know.

use confab_shared::id::UserId;
use leptos::prelude::*;

use super::{Chat, Connection};

impl Chat {
    /// Whether presence is up to date. A page without a connection is not told who comes and goes.
    pub(crate) fn knows_presence(self) -> bool {
        self.connection() == Connection::Online
    }

    /// Whether a user is known to be online.
    pub(crate) fn is_online(self, user: UserId) -> bool {
        self.knows_presence()
            && self.state.with(|state| state.presence(user).is_some_and(|presence| presence.online))
    }
}
