//! Who is here: counted per user over all their connections, told to those who have a direct conversation with them.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use confab_shared::{id::UserId, protocol::ServerFrame, user::Presence};

use super::Chat;
use crate::{
    clock,
    frame::Frame,
    store::{Audience, KnownUser},
};

/// How long somebody may be away before it is told: a page that reloads is not a person who leaves.
const GRACE: Duration = Duration::from_secs(2);

/// How many connections each user has, of those who have any.
#[derive(Default)]
pub(super) struct Presences(Mutex<HashMap<UserId, usize>>);

impl Presences {
    /// Counts a connection: whether it is the first.
    fn came(&self, user: UserId) -> bool {
        let mut here = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = here.entry(user).or_default();
        *count += 1;
        *count == 1
    }

    /// Discounts a connection: whether it was the last.
    fn went(&self, user: UserId) -> bool {
        let mut here = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(count) = here.get_mut(&user) else { return false };
        *count -= 1;
        let last = *count == 0;
        if last {
            here.remove(&user);
        }
        last
    }

    fn is_here(&self, user: UserId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&user)
    }
}

/// Somebody is here for as long as this lives; however a connection ends, it is discounted.
pub struct Here {
    chat: Chat,
    user: UserId,
}

impl Drop for Here {
    fn drop(&mut self) {
        if self.chat.0.presence.went(self.user) {
            let (chat, user) = (self.chat.clone(), self.user);
            tokio::spawn(async move { chat.went(user).await });
        }
    }
}

impl Chat {
    /// Counts a connection of somebody.
    pub async fn came(&self, user: UserId) -> Here {
        let here = Here { chat: self.clone(), user };
        if self.0.presence.came(user) {
            self.tell_presence(Presence { user, online: true, last_seen: None }).await;
        }
        here
    }

    async fn went(&self, user: UserId) {
        let at = clock::now();
        if let Err(error) = self.store().went(user, at).await {
            tracing::debug!(%error, "when somebody was last seen is not remembered");
        }
        tokio::time::sleep(GRACE).await;
        if !self.is_here(user) {
            self.tell_presence(Presence { user, online: false, last_seen: Some(at) }).await;
        }
    }

    /// Whether somebody has a connection.
    pub(super) fn is_here(&self, user: UserId) -> bool {
        self.0.presence.is_here(user)
    }

    /// What is known of somebody's presence.
    pub(super) fn presence(&self, known: &KnownUser) -> Presence {
        let user = known.user.id;
        Presence { user, online: self.is_here(user), last_seen: known.last_seen }
    }

    async fn tell_presence(&self, presence: Presence) {
        match self.store().direct_peers(presence.user).await {
            // Whoever came or went again meanwhile is told of by that.
            Ok(_) if presence.online != self.is_here(presence.user) => {}
            Ok(peers) => {
                let mut ids: Vec<_> = peers.iter().map(|peer| peer.user.id).collect();
                ids.sort_unstable();
                self.bus()
                    .signal(Audience::Users(ids.into()), Frame::native(&ServerFrame::Presence(presence)));
            }
            // A signal may be lost: the next welcome has it.
            Err(error) => tracing::debug!(%error, "presence is not told"),
        }
    }
}
