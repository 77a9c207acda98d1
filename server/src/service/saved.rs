//! Messages that users keep at hand. One shows only while the user may see it.

use confab_shared::{
    api::{MAX_SAVED_PER_PAGE, Saved, SavedCursor, SavedMessage},
    error::ErrorCode,
    id::{ConversationId, Seq},
    item::Item,
    message::Message,
    user::User,
};

use super::{Service, error::Error};
use crate::{clock, storage::Range};

impl Service {
    /// Saves a message.
    ///
    /// # Errors
    /// `unknown_conversation`; `unknown_message`.
    pub async fn save_message(&self, user: &User, id: ConversationId, seq: Seq) -> Result<(), Error> {
        self.saved_message(user, id, seq).await?.ok_or(ErrorCode::UnknownMessage)?;
        match self.storage().save(user.id, id, seq, clock::now()).await? {
            true => Ok(()),
            false => Err(ErrorCode::UnknownConversation.into()),
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
        let (mut messages, mut users) = (Vec::new(), Vec::<User>::new());
        for SavedCursor { saved_at, conversation, seq } in places {
            let found = match self.saved_message(user, conversation, seq).await {
                // The user has left the conversation this moment.
                Err(error) if error.code == ErrorCode::UnknownConversation => None,
                found => found?,
            };
            if let Some((message, named)) = found {
                users.extend(named);
                messages.push(SavedMessage { conversation, saved_at, message });
            }
        }
        users.sort_unstable_by_key(|user| user.id);
        users.dedup_by_key(|user| user.id);
        Ok(Saved { messages, users, more })
    }

    /// A message that a user may see, with the users whom it names; none where it is none, or deleted.
    async fn saved_message(
        &self,
        user: &User,
        id: ConversationId,
        seq: Seq,
    ) -> Result<Option<(Message, Vec<User>)>, Error> {
        let before = Range::After(Seq(seq.0.saturating_sub(1)));
        let run = self.storage().messages(user.id, id, before, 1).await?;
        let mut run = run.ok_or(ErrorCode::UnknownConversation)?;
        let message = run.items.pop().and_then(|item| match item {
            Item::Message(message) => Some(message),
            Item::Notice(_) => None,
        });
        let message = message.filter(|message| message.seq == seq && message.deleted.is_none());
        Ok(message.map(|message| (message, run.users)))
    }
}
