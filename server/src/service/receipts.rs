//! Read receipts: who has read a message, and who shares that.

use confab_shared::{
    api::{MAX_READERS_PER_PAGE, Readers},
    error::ErrorCode,
    id::{ConversationId, Seq, UserId},
    user::User,
};

use super::{Service, error::Error};

impl Service {
    /// Sets whether others see how far a user has read.
    ///
    /// # Errors
    /// Storage's.
    pub async fn set_shares_read_positions(&self, user: &User, shares: bool) -> Result<(), Error> {
        Ok(self.storage().set_shares_read_positions(user.id, shares).await?)
    }

    /// The members who have read up to a message. Only those see that who share theirs.
    ///
    /// # Errors
    /// `bad_limit`; `unknown_conversation`; `forbidden`.
    pub async fn readers(
        &self,
        user: &User,
        conversation: ConversationId,
        seq: Seq,
        after: UserId,
        limit: usize,
    ) -> Result<Readers, Error> {
        if !(1..=MAX_READERS_PER_PAGE).contains(&limit) {
            let sentence = format!("Ask for 1 to {MAX_READERS_PER_PAGE} readers at a time.");
            return Err(Error::new(ErrorCode::BadLimit, sentence));
        }
        let run = self.storage().readers(user.id, conversation, seq, after, limit).await?;
        let run = run.ok_or(ErrorCode::UnknownConversation)?;
        if !self.storage().shares_read_positions(user.id).await? {
            let sentence = "Who does not share how far they have read does not see it of others.";
            return Err(Error::new(ErrorCode::Forbidden, sentence));
        }
        Ok(Readers { users: run.users, more: run.more })
    }
}
