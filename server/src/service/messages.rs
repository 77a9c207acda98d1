//! Reads the messages of a conversation as they are now.

use confab_shared::{
    api::{MAX_ITEMS_PER_PAGE, MAX_PINS_LISTED, MessagePage, Pins, Revisions},
    error::ErrorCode,
    id::{ConversationId, Seq},
    user::User,
};

use super::{Service, error::Error};
use crate::storage::{MessageRun, Range};

/// The page of a run.
pub(super) fn page(run: MessageRun) -> MessagePage {
    let MessageRun { items, quoted, root, users, head_seq, first_seq, last_seq } = run;
    MessagePage { items, quoted, root, users, head_seq, first_seq, last_seq }
}

impl Service {
    /// A page of a conversation's messages and notices.
    ///
    /// # Errors
    /// `bad_limit`, `unknown_conversation`.
    pub async fn messages(
        &self,
        user: &User,
        conversation: ConversationId,
        range: Range,
        limit: usize,
    ) -> Result<MessagePage, Error> {
        if !(1..=MAX_ITEMS_PER_PAGE).contains(&limit) {
            let sentence = format!("Ask for 1 to {MAX_ITEMS_PER_PAGE} items at a time.");
            return Err(Error::new(ErrorCode::BadLimit, sentence));
        }
        let run = self.storage().messages(user.id, conversation, range, limit).await?;
        Ok(page(run.ok_or(ErrorCode::UnknownConversation)?))
    }

    /// What a message said before its edits.
    ///
    /// # Errors
    /// `unknown_conversation`, `unknown_message`.
    pub async fn revisions(
        &self,
        user: &User,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Revisions, Error> {
        let found = self.storage().revisions(user.id, conversation, seq).await?;
        let revisions = found.ok_or(ErrorCode::UnknownConversation)?.ok_or(ErrorCode::UnknownMessage)?;
        Ok(Revisions { revisions })
    }

    /// The pinned messages of a conversation.
    ///
    /// # Errors
    /// `unknown_conversation`.
    pub async fn pins(&self, user: &User, conversation: ConversationId) -> Result<Pins, Error> {
        let pins = self.storage().pins(user.id, conversation, MAX_PINS_LISTED).await?;
        pins.ok_or_else(|| ErrorCode::UnknownConversation.into())
    }
}
