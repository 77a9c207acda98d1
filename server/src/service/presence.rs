//! Presence: counted per user over all their connections, signalled to those who have a direct conversation with them by
//! choice. Whom else it is shown to is decided by `domain::presence`, too.

use std::time::Duration;

use confab_shared::{
    error::ErrorCode,
    id::UserId,
    protocol::ServerFrame,
    user::{Presence, User},
};

use super::{Service, error::Error};
use crate::{
    clock,
    domain::{
        audience::Audience,
        presence::{self, SharedConversation},
    },
    realtime::presence::Counted,
    storage::KnownUser,
    websocket::frame::Frame,
};

/// How long a user may be disconnected before it is signalled: a page that reloads is not a person who leaves.
const GRACE: Duration = Duration::from_secs(2);

/// Counts a connection of a user until it is dropped, in any way that a connection ends.
pub struct PresenceGuard {
    service: Service,
    user: UserId,
}

impl Drop for PresenceGuard {
    fn drop(&mut self) {
        if self.service.0.connections.remove(self.user) {
            let (service, user) = (self.service.clone(), self.user);
            tokio::spawn(async move { service.on_last_disconnect(user).await });
        }
    }
}

impl Service {
    /// Counts a connection of a user.
    ///
    /// # Errors
    /// `too_many_connections` where the user has as many as one may have.
    pub async fn on_connect(&self, user: UserId) -> Result<PresenceGuard, Error> {
        let counted = self.0.connections.add(user);
        if counted == Counted::Full {
            return Err(Error::new(
                ErrorCode::TooManyConnections,
                "You have as many connections as one may have. Close some tabs, and try again.",
            ));
        }
        let guard = PresenceGuard { service: self.clone(), user };
        if counted == Counted::First {
            self.signal_presence(Presence { user, online: true, last_seen: None }).await;
        }
        Ok(guard)
    }

    async fn on_last_disconnect(&self, user: UserId) {
        let at = clock::now();
        if let Err(error) = self.storage().set_last_seen(user, at).await {
            tracing::debug!(%error, "failed to store when a user was last seen");
        }
        tokio::time::sleep(GRACE).await;
        if !self.is_online(user) {
            self.signal_presence(Presence { user, online: false, last_seen: Some(at) }).await;
        }
    }

    /// Whether a user has a connection.
    pub(super) fn is_online(&self, user: UserId) -> bool {
        self.0.connections.contains(user)
    }

    /// The presence of somebody, where a user with whom they share these conversations may see it.
    pub(super) fn shown_presence(
        &self,
        user: &User,
        other: &KnownUser,
        shared: impl IntoIterator<Item = SharedConversation>,
    ) -> Option<Presence> {
        let id = other.user.id;
        presence::is_shown(user.id, id, shared).then(|| Presence {
            user: id,
            online: self.is_online(id),
            last_seen: other.last_seen,
        })
    }

    async fn signal_presence(&self, presence: Presence) {
        let user = presence.user;
        match self.storage().direct_peers(user).await {
            // A user who connected or disconnected again meanwhile is signalled by that.
            Ok(_) if presence.online != self.is_online(user) => {}
            Ok(peers) => {
                let shown = peers
                    .iter()
                    .filter(|(peer, shared)| presence::is_shown(peer.user.id, user, Some(*shared)));
                let audience = Audience::of(shown.map(|(peer, _)| peer.user.id));
                self.bus().signal(audience, Frame::json(&ServerFrame::Presence(presence)));
            }
            // A signal may be lost: the next welcome has it.
            Err(error) => tracing::debug!(%error, "failed to signal presence"),
        }
    }
}
