//! Presence: counted per user over all their connections, signalled to those who have a direct conversation with them by
//! choice. Whom else it is shown to is decided by `domain::presence`, too.

use std::{collections::HashSet, time::Duration};

use confab_shared::{
    error::ErrorCode,
    id::{Timestamp, UserId},
    protocol::ServerFrame,
    user::{Presence, User},
};

use super::{Service, error::Error, node::ClusterGuard};
use crate::{
    clock,
    domain::{
        audience::Audience,
        presence::{self, SharedConversation},
    },
    realtime::{bus::Signal, presence::Counted},
    storage::KnownUser,
    websocket::frame::Frame,
};

/// How long a user may be disconnected before it is signalled: a page that reloads is not a person who leaves.
const GRACE: Duration = Duration::from_secs(2);

/// Counts a connection of a user until it is dropped, in any way that a connection ends.
pub struct PresenceGuard {
    service: Service,
    user: UserId,
    /// Its share in what other nodes send; none where there are none, or it is not joined yet.
    cluster: Option<ClusterGuard>,
}

impl Drop for PresenceGuard {
    fn drop(&mut self) {
        // Before the count: what is written then forgets the share.
        self.cluster = None;
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
        let mut guard = PresenceGuard { service: self.clone(), user, cluster: None };
        let (joined, came_online) = self.join_user(user, counted == Counted::First).await?;
        guard.cluster = Some(joined);
        if came_online {
            self.signal_online(user).await;
        }
        Ok(guard)
    }

    async fn on_last_disconnect(&self, user: UserId) {
        let at = clock::now();
        let gone = self.part_user(user, at).await.unwrap_or_else(|error| {
            tracing::debug!(?error, "failed to store when a user was last seen");
            true
        });
        if gone {
            self.clone().signal_gone(user, at).await;
        }
    }

    /// Signals that a user has come.
    pub(super) async fn signal_online(&self, user: UserId) {
        self.signal_presence(Presence { user, online: true, last_seen: None }).await;
    }

    /// Signals that a user has gone, unless they come back meanwhile.
    pub(super) async fn signal_gone(self, user: UserId, at: Timestamp) {
        tokio::time::sleep(GRACE).await;
        self.signal_presence(Presence { user, online: false, last_seen: Some(at) }).await;
    }

    /// Whether a user has a connection to any node.
    async fn is_online(&self, user: UserId) -> Result<bool, Error> {
        Ok(self.online([user]).await?.contains(&user))
    }

    /// The presence of somebody, where a user with whom they share these conversations may see it. `online` are those of whom
    /// it is asked who are.
    pub(super) fn shown_presence(
        user: &User,
        other: &KnownUser,
        shared: impl IntoIterator<Item = SharedConversation>,
        online: &HashSet<UserId>,
    ) -> Option<Presence> {
        let id = other.user.id;
        presence::is_shown(user.id, id, shared).then(|| Presence {
            user: id,
            online: online.contains(&id),
            last_seen: other.last_seen,
        })
    }

    async fn signal_presence(&self, presence: Presence) {
        let user = presence.user;
        let peers = self.storage().direct_peers(user).await;
        // A user who connected or disconnected again meanwhile is signalled by that.
        if self.is_online(user).await.is_ok_and(|online| online != presence.online) {
            return;
        }
        match peers {
            Ok(peers) => {
                let shown = peers
                    .iter()
                    .filter(|(peer, shared)| presence::is_shown(peer.user.id, user, Some(*shared)));
                let audience = Audience::of(shown.map(|(peer, _)| peer.user.id));
                let frame = Frame::json(&ServerFrame::Presence(presence));
                self.bus().signal(Signal::to(audience, frame)).await;
            }
            // A signal may be lost: the next welcome has it.
            Err(error) => tracing::debug!(%error, "failed to signal presence"),
        }
    }
}
