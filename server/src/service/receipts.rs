//! Read receipts: who has read a message, and who shares that.

use confab_shared::{
    api::{MAX_READERS_PER_PAGE, MAX_SHOWN_READERS, ReadPositions, Readers},
    error::ErrorCode,
    id::{ConversationId, Seq, UserId},
    user::User,
};

use super::{Service, error::Error};
use crate::domain::read_position::shows_every_reader;

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
        self.check_shares(user).await?;
        Ok(Readers { users: run.readers.into_iter().map(|reader| reader.user).collect(), more: run.more })
    }

    /// How far the members of a small group have read. Only those see that who share theirs.
    ///
    /// # Errors
    /// `unknown_conversation`; `forbidden`.
    pub async fn read_positions(
        &self,
        user: &User,
        conversation: ConversationId,
    ) -> Result<ReadPositions, Error> {
        let unknown = || Error::from(ErrorCode::UnknownConversation);
        let members = self.storage().audience(user.id, conversation).await?.ok_or_else(unknown)?;
        self.check_shares(user).await?;
        if !shows_every_reader(&members) {
            return Ok(ReadPositions { readers: Vec::new() });
        }
        let run = self.storage().readers(user.id, conversation, Seq(0), UserId(0), MAX_SHOWN_READERS).await?;
        Ok(ReadPositions { readers: run.ok_or_else(unknown)?.readers })
    }

    async fn check_shares(&self, user: &User) -> Result<(), Error> {
        if self.storage().shares_read_positions(user.id).await? {
            return Ok(());
        }
        let sentence = "Who does not share how far they have read does not see it of others.";
        Err(Error::new(ErrorCode::Forbidden, sentence))
    }
}
