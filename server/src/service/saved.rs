//! Messages that users keep at hand. One shows only while the user may see it.

use confab_shared::{
    api::{MAX_SAVED_PER_PAGE, Saved, SavedCursor, SavedMessage},
    error::ErrorCode,
    id::{ConversationId, Seq},
    user::User,
};

use super::{Service, error::Error};
use crate::{clock, storage::saved::SaveOutcome};

impl Service {
    /// Saves a message, also one that shows only in its thread.
    ///
    /// # Errors
    /// `unknown_conversation`; `unknown_message`; `too_many_saved`.
    pub async fn save_message(&self, user: &User, id: ConversationId, seq: Seq) -> Result<(), Error> {
        let found = self.storage().messages_by_key(user.id, vec![(id, seq)]).await?.messages.pop().flatten();
        found.ok_or(ErrorCode::UnknownConversation)?.ok_or(ErrorCode::UnknownMessage)?;
        match self.storage().save(user.id, id, seq, clock::now()).await? {
            SaveOutcome::Saved => Ok(()),
            SaveOutcome::TooMany => Err(ErrorCode::TooManySaved.into()),
            SaveOutcome::NoMember => Err(ErrorCode::UnknownConversation.into()),
        }
    }

    /// Saves a message no more. One that is not saved is fine, also where there is none.
    ///
    /// # Errors
    /// Storage's.
    pub async fn unsave_message(&self, user: &User, id: ConversationId, seq: Seq) -> Result<(), Error> {
        Ok(self.storage().unsave(user.id, id, seq).await?)
    }

    /// The saved messages of a user before a place, the last saved first.
    ///
    /// # Errors
    /// `bad_limit`.
    pub async fn saved(
        &self,
        user: &User,
        before: Option<SavedCursor>,
        limit: usize,
    ) -> Result<Saved, Error> {
        if !(1..=MAX_SAVED_PER_PAGE).contains(&limit) {
            let sentence = format!("Ask for 1 to {MAX_SAVED_PER_PAGE} saved messages at a time.");
            return Err(Error::new(ErrorCode::BadLimit, sentence));
        }
        let places = self.storage().saved(user.id, before, limit).await?;
        let more = places.last().copied().filter(|_| places.len() == limit);
        let keys = places.iter().map(|place| (place.conversation, place.seq)).collect();
        // Those are left out that were deleted, and those of a conversation that the user has left this moment.
        let found = self.storage().messages_by_key(user.id, keys).await?;
        let messages = places.into_iter().zip(found.messages).filter_map(|(place, message)| {
            let SavedCursor { saved_at, conversation, .. } = place;
            Some(SavedMessage { conversation, saved_at, message: message.flatten()? })
        });
        Ok(Saved { messages: messages.collect(), users: found.users, more })
    }
}
