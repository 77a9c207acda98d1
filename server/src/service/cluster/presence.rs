//! Presence over all nodes: storage follows this node's count of each user's connections.

use std::collections::HashSet;

use confab_shared::id::{Timestamp, UserId};

use super::Service;
use crate::{
    clock,
    realtime::bus::nats::Attachment,
    service::{
        error::Error,
        node::{Cluster, ClusterGuard},
    },
};

/// How many users are written in one query.
const USERS_AT_ONCE: usize = 1_000;

impl Service {
    /// Writes that a user is connected, and has this node receive what is for them. Answers whether they were connected to no
    /// node.
    ///
    /// # Errors
    /// Storage's.
    pub(in crate::service) async fn join_user(
        &self,
        user: UserId,
        is_first: bool,
    ) -> Result<(ClusterGuard, bool), Error> {
        let Some(cluster) = self.cluster() else { return Ok((ClusterGuard::default(), is_first)) };
        let came_online = is_first && self.write_presence(cluster, user).await? == Some(Change::Online);
        let attached = cluster.attachments.of(user);
        attached.get_or_try_init(|| self.attach(cluster, user)).await?;
        Ok((ClusterGuard::of(attached), came_online))
    }

    async fn attach(&self, cluster: &Cluster, user: UserId) -> Result<Attachment, Error> {
        let attachment = cluster.bus.attach(user).await;
        // Read after the user is attached: no group that they come into meanwhile is missed.
        let groups = self.shared()?.groups(user).await?;
        cluster.bus.follow(&attachment, groups).await;
        Ok(attachment)
    }

    /// Writes that a user has no connection to this node any more. Answers whether they have none to any.
    ///
    /// # Errors
    /// Storage's.
    pub(in crate::service) async fn part_user(&self, user: UserId, at: Timestamp) -> Result<bool, Error> {
        let Some(cluster) = self.cluster() else {
            self.storage().set_last_seen(user, at).await?;
            return Ok(true);
        };
        cluster.attachments.forget(user);
        Ok(self.write_presence(cluster, user).await? == Some(Change::Offline))
    }

    async fn write_presence(&self, cluster: &Cluster, user: UserId) -> Result<Option<Change>, Error> {
        let shared = self.shared()?;
        let _order = cluster.attachments.in_order(user).await;
        Ok(match self.0.connections.contains(user) {
            true => shared.connect(cluster.node(), &[user]).await?.contains(&user).then_some(Change::Online),
            false => shared.disconnect(cluster.node(), user, clock::now()).await?.then_some(Change::Offline),
        })
    }

    /// Writes the connected users again: other nodes had considered this one dead.
    pub(super) async fn reconnect_all(&self, cluster: &Cluster) {
        let Ok(shared) = self.shared() else { return };
        for users in self.0.connections.users().chunks(USERS_AT_ONCE) {
            match shared.connect(cluster.node(), users).await {
                Ok(online) => {
                    for user in online {
                        self.signal_online(user).await;
                    }
                    // Those who left meanwhile were not written then.
                    for user in users.iter().filter(|user| !self.0.connections.contains(**user)) {
                        let _ = self.write_presence(cluster, *user).await;
                    }
                }
                Err(error) => tracing::warn!(%error, "failed to write who is connected"),
            }
        }
    }

    /// Those of some users who have a connection to any node.
    ///
    /// # Errors
    /// Storage's.
    pub(in crate::service) async fn online(
        &self,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<HashSet<UserId>, Error> {
        let (mut online, elsewhere): (HashSet<_>, Vec<_>) = {
            let (here, rest): (Vec<_>, Vec<_>) =
                users.into_iter().partition(|user| self.0.connections.contains(*user));
            (here.into_iter().collect(), rest)
        };
        if self.cluster().is_some() && !elsewhere.is_empty() {
            online.extend(self.shared()?.connected(&elsewhere).await?);
        }
        Ok(online)
    }
}

/// What a write changed for other users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Online,
    Offline,
}
