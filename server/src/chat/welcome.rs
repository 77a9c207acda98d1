//! The first answer to a client: all initial state.

use confab_shared::{protocol::Welcome, user::User};

use super::Chat;
use crate::{clock, error::Error};

impl Chat {
    /// Everything that a client needs to begin, or to begin again.
    ///
    /// # Errors
    /// Only the store's.
    pub async fn welcome(&self, user: &User) -> Result<Welcome, Error> {
        let (conversations, users) = self.store().conversations(user.id).await?;
        let peers = self.store().direct_peers(user.id).await?;
        let presence = peers.iter().map(|peer| self.presence(peer)).collect();
        Ok(Welcome { you: user.clone(), conversations, users, presence, time: clock::now() })
    }
}
