//! The first answer to a client: all initial state.

use confab_shared::{api::ConversationPage, protocol::Welcome, user::User};

use super::{Service, error::Error};
use crate::{clock, domain::listing::ListRange};

impl Service {
    /// Everything that a client needs to begin, or to begin again. Bounded, however many conversations there are.
    ///
    /// # Errors
    /// Storage's.
    pub async fn welcome(&self, user: &User) -> Result<Welcome, Error> {
        let initial = ListRange::Initial { limit: self.options().welcome_limit.max(1).into() };
        let ConversationPage { conversations, more, users, presence } = self.list(user, initial).await?;
        let group_requests = self.group_requests(user).await?;
        let (threads, unread_threads) = self.first_threads(user).await?;
        let (you, time) = (user.clone(), clock::now());
        Ok(Welcome {
            you,
            conversations,
            more,
            users,
            presence,
            group_requests,
            threads,
            unread_threads,
            time,
            limits: self.file_limits().await?,
        })
    }
}
