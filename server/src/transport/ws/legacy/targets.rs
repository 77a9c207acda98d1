//! The conversations that a connection's private frames go to.

use std::collections::HashMap;

use confab_shared::{id::ConversationId, text::UserName, user::User};

use crate::service::{Service, error::Error};

/// How many conversations a connection caches.
const MAX_CACHED: usize = 1_024;

/// The conversation and the peer's name, by the name in `userID2`. A full cache is cleared.
#[derive(Default)]
pub(super) struct Targets(HashMap<Box<str>, (ConversationId, UserName)>);

impl Targets {
    /// The conversation of private frames to a name, and the name of its peer.
    pub(super) async fn find(
        &mut self,
        service: &Service,
        user: &User,
        to: &str,
    ) -> Result<&(ConversationId, UserName), Error> {
        // Trimmed as names are: untrimmed, one name could be cached under many keys, each as long as a frame.
        let to = to.trim();
        if !self.0.contains_key(to) {
            let found = service.private_target(user, UserName::new(to)?).await?;
            if self.0.len() >= MAX_CACHED {
                self.0.clear();
            }
            self.0.insert(to.into(), found);
        }
        Ok(&self.0[to])
    }
}
