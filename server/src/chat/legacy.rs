//! What the demo's dialect needs of chat: names for ids, one frame's way in, and what was missed on the way out.

use std::sync::Arc;

use confab_shared::{
    api::MAX_EVENTS_PER_PAGE,
    ids::{ConversationId, Seq},
    legacy::{LegacyFrame, Target},
    model::{ConversationKind, EventBody, User},
    protocol::ErrorCode,
    text::{MessageText, Title},
};

use super::{Chat, messages::posted};
use crate::{
    clock,
    error::Error,
    store::{Appended, EVERYONE, EventRun, NewEvent, Range, StoredEvent},
};

/// How far somebody of the demo's dialect is behind in one conversation.
#[derive(Clone, Copy, Debug)]
pub struct Behind {
    /// Which.
    pub conversation: ConversationId,
    /// The seq that they have reached.
    pub cursor: Seq,
}

/// A conversation, as the demo's dialect names it.
#[derive(Clone, Debug)]
pub struct Place {
    /// What it is.
    pub kind: ConversationKind,
    /// What it is called.
    pub title: Option<Title>,
    /// Whether it is somebody's own notes: what they send there comes back to them.
    pub notes: bool,
}

impl Chat {
    /// Finds where a frame goes; whoever it is for need not have been here yet.
    ///
    /// # Errors
    /// What the name refuses; `unknown_conversation` for a group that the sender is not in; `bad_frame` without a
    /// target.
    pub async fn legacy_target(
        &self,
        by: &User,
        target: Target,
        to: Option<&str>,
    ) -> Result<ConversationId, Error> {
        let named =
            || to.ok_or_else(|| Error::new(ErrorCode::BadFrame, "userID2 is missing: who is this for?"));
        match target {
            Target::Broadcast => Ok(EVERYONE),
            Target::Private => {
                let peer = self.ensure_user(named()?).await?.user;
                Ok(self.store().direct(by.id, peer.id, clock::now()).await?)
            }
            Target::Group => {
                let title = Title::new(named()?)?;
                self.store().group_by_title(by.id, &title).await?.ok_or_else(|| {
                    Error::new(
                        ErrorCode::UnknownConversation,
                        format!("You are in no group called “{title}”."),
                    )
                })
            }
        }
    }

    /// Posts a frame's text, and keeps the frame itself where writing it anew would give other bytes.
    ///
    /// # Errors
    /// `unknown_conversation`, `store_failed`, `shutting_down`.
    pub async fn legacy_send(
        &self,
        by: User,
        conversation: ConversationId,
        text: MessageText,
        frame: Option<Arc<str>>,
    ) -> Result<(), Error> {
        let body = posted(text, frame);
        let new = NewEvent { conversation, by, client_id: None, at: clock::now(), body };
        match self.store().append(new).await? {
            Appended::Event(_) => Ok(()),
            Appended::NoChange | Appended::NotMember => Err(ErrorCode::UnknownConversation.into()),
        }
    }

    /// Whether a name is a user's own.
    pub fn is_own_name(&self, user: &User, name: &str) -> bool {
        super::accounts::same_name(user.name.as_str(), name)
    }

    /// Where somebody has not reached the end, the longest quiet first.
    ///
    /// # Errors
    /// Only the store's.
    pub async fn behind(&self, user: &User) -> Result<Vec<Behind>, Error> {
        let (mut conversations, _) = self.store().conversations(user.id).await?;
        conversations.retain(|c| c.cursor < c.head);
        conversations.sort_by_key(|c| c.active_at);
        Ok(conversations.into_iter().map(|c| Behind { conversation: c.id, cursor: c.cursor }).collect())
    }

    /// A conversation and somebody's cursor in it; none where they are not in it.
    ///
    /// # Errors
    /// Only the store's.
    pub async fn place(&self, user: &User, id: ConversationId) -> Result<Option<(Place, Seq)>, Error> {
        let found = self.store().conversation(user.id, id).await?;
        Ok(found
            .map(|(c, _)| (Place { kind: c.kind, title: c.title, notes: c.peer == Some(user.id) }, c.cursor)))
    }

    /// The next events after a seq, and who is named in them; none where the user is not in the conversation.
    ///
    /// # Errors
    /// Only the store's.
    pub async fn missed(
        &self,
        user: &User,
        id: ConversationId,
        after: Seq,
    ) -> Result<Option<EventRun>, Error> {
        Ok(self.store().events(user.id, id, Range::After(after), MAX_EVENTS_PER_PAGE).await?)
    }
}

/// The frame that tells a message, where the dialect can: it knows messages, and only those of others.
pub fn frame(stored: &StoredEvent, place: &Place, by: &User, reader: &User) -> Option<String> {
    let EventBody::Posted { text, .. } = &stored.event.body else { return None };
    if by.id == reader.id && !place.notes {
        return None;
    }
    match &stored.legacy {
        Some(frame) => Some(frame.as_ref().to_owned()),
        None => Some(plain_frame(place, by, reader.name.as_str(), text)),
    }
}

/// The frame as the demo's pages write it.
pub fn plain_frame(place: &Place, by: &User, reader: &str, text: &MessageText) -> String {
    let (kind, to) = match place.kind {
        ConversationKind::Direct => (1, Some(reader.to_owned())),
        ConversationKind::Group => (2, place.title.as_ref().map(|title| title.as_str().to_owned())),
        ConversationKind::Broadcast => (3, None),
    };
    let frame = LegacyFrame { kind, from: by.name.as_str().to_owned(), to, data: text.as_str().to_owned() };
    serde_json::to_string(&frame).unwrap_or_default()
}
