//! Reads the log of a conversation.

use confab_shared::{
    api::{EventPage, MAX_EVENTS_PER_PAGE},
    error::ErrorCode,
    id::ConversationId,
    user::User,
};

use super::{Service, error::Error};
use crate::storage::{EventRun, Range};

impl Service {
    /// A page of a conversation's log.
    ///
    /// # Errors
    /// `bad_limit`, `unknown_conversation`.
    pub async fn history(
        &self,
        user: &User,
        conversation: ConversationId,
        range: Range,
        limit: usize,
    ) -> Result<EventPage, Error> {
        if !(1..=MAX_EVENTS_PER_PAGE).contains(&limit) {
            let sentence = format!("Ask for 1 to {MAX_EVENTS_PER_PAGE} events at a time.");
            return Err(Error::new(ErrorCode::BadLimit, sentence));
        }
        let run = self.storage().events(user.id, conversation, range, limit).await?;
        let EventRun { events, users, head_seq } = run.ok_or(ErrorCode::UnknownConversation)?;
        Ok(EventPage { events: events.into_iter().map(|stored| stored.event).collect(), users, head_seq })
    }
}
