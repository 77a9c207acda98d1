//! The conversations that a connection's private frames go to.

use std::collections::HashMap;

use confab_shared::{id::ConversationId, text::UserName, user::User};

use crate::{
    domain::client_address::ClientAddress,
    service::{Service, error::Error, legacy::NewNames},
};

/// How many conversations a connection caches.
const MAX_CACHED: usize = 1_024;

/// The conversations that a connection's private frames go to.
#[derive(Default)]
pub(super) struct Targets {
    /// The conversation and the peer's name, by the name in `userID2`. A full cache is cleared.
    cached: HashMap<Box<str>, (ConversationId, UserName)>,
    new_names: NewNames,
}

impl Targets {
    /// The conversation of private frames to a name, and the name of its peer.
    ///
    /// # Errors
    /// What the name refuses, and what [`Service::private_target`] does.
    pub(super) async fn find(
        &mut self,
        service: &Service,
        user: &User,
        to: &str,
        from: &ClientAddress,
    ) -> Result<&(ConversationId, UserName), Error> {
        // Trimmed as names are: untrimmed, one name could be cached under many keys, each as long as a frame.
        let to = to.trim();
        if !self.cached.contains_key(to) {
            let name = UserName::new(to)?;
            let found = service.private_target(user, name, from, &mut self.new_names).await?;
            if self.cached.len() >= MAX_CACHED {
                self.cached.clear();
            }
            self.cached.insert(to.into(), found);
        }
        Ok(&self.cached[to])
    }
}
