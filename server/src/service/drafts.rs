//! Drafts: what users have begun to write and not sent. Every session of a user learns of each change.

use confab_shared::{
    api::{DraftChange, Drafts},
    draft::{Draft, DraftKey},
    error::ErrorCode,
    id::{ConversationId, UserId},
    protocol::ServerFrame,
    text::{MessageText, TextError},
    user::User,
};

use super::{Service, error::Error, run_to_end::run_to_end};
use crate::{
    clock,
    domain::{audience::Audience, draft::DraftEdit},
    realtime::bus::Signal,
    storage::drafts::DraftOutcome,
    websocket::frame::Frame,
};

impl Service {
    /// The drafts of a user.
    ///
    /// # Errors
    /// Storage's.
    pub async fn drafts(&self, user: &User) -> Result<Drafts, Error> {
        Ok(Drafts { drafts: self.storage().drafts(user.id).await? })
    }

    /// A user's draft in a conversation or a thread.
    ///
    /// # Errors
    /// `unknown_conversation`.
    pub async fn draft(&self, user: &User, of: DraftKey) -> Result<Draft, Error> {
        let draft = self.storage().draft(user.id, of).await?;
        draft.ok_or_else(|| ErrorCode::UnknownConversation.into())
    }

    /// Changes a user's draft in a conversation or a thread.
    ///
    /// # Errors
    /// `text_too_long`, `text_control_character`; `unknown_conversation`; `draft_conflict`; `too_many_drafts`.
    pub async fn save_draft(
        &self,
        user: &User,
        conversation: ConversationId,
        change: DraftChange,
    ) -> Result<Draft, Error> {
        let text = match MessageText::new(&change.text) {
            Ok(text) => Some(text),
            Err(TextError::Empty) => None,
            Err(error) => return Err(error.into()),
        };
        let of = DraftKey { conversation, thread: change.thread };
        self.change_draft(user.id, of, DraftEdit::Save { text, version: change.version }).await
    }

    /// Removes the text of a draft that was sent.
    ///
    /// # Errors
    /// `unknown_conversation`.
    pub async fn draft_sent(&self, user: &User, of: DraftKey, version: u64) -> Result<(), Error> {
        self.change_draft(user.id, of, DraftEdit::Sent { version }).await.map(drop)
    }

    async fn change_draft(&self, user: UserId, of: DraftKey, edit: DraftEdit) -> Result<Draft, Error> {
        let service = self.clone();
        run_to_end(async move {
            let changed = service.storage().change_draft(user, of, edit, clock::now()).await?;
            match changed {
                DraftOutcome::Changed(draft) => {
                    // Signals may overtake each other: the versions say which is the last.
                    let frame = Frame::json(&ServerFrame::Draft(draft.clone()));
                    service.bus().signal(Signal::to(Audience::of([user]), frame)).await;
                    Ok(draft)
                }
                DraftOutcome::Kept(draft) => Ok(draft),
                DraftOutcome::Conflict => Err(ErrorCode::DraftConflict.into()),
                DraftOutcome::TooMany => Err(ErrorCode::TooManyDrafts.into()),
                DraftOutcome::NoMember => Err(ErrorCode::UnknownConversation.into()),
            }
        })
        .await
    }
}
