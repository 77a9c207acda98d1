//! The first answer to a client: all initial state.

use confab_shared::{protocol::Welcome, user::User};

use super::{Service, error::Error};
use crate::clock;

impl Service {
    /// Everything that a client needs to begin, or to begin again.
    ///
    /// # Errors
    /// Storage's.
    pub async fn welcome(&self, user: &User) -> Result<Welcome, Error> {
        let (conversations, users) = self.storage().conversations(user.id).await?;
        let peers = self.storage().direct_peers(user.id).await?;
        let presence = peers.iter().map(|peer| self.presence(peer)).collect();
        Ok(Welcome { you: user.clone(), conversations, users, presence, time: clock::now() })
    }
}
