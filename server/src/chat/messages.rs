//! Talking, reading, and the signs of both.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use confab_shared::{api::{EventPage, MAX_EVENTS_PER_PAGE}, error::ErrorCode, id::{ClientId, ConversationId, Seq}, mentions::{Mention, mentions}, name_key::name_key, protocol::ServerFrame, text::MessageText, user::User};

use super::Chat;
use crate::{
    clock,
    error::Error,
    frame::Frame,
    store::{Appended, Appending, EventRun, NewBody, NewEvent, Placed, Range, StoreError},
};

/// Messages that are queued. Resolves, once they are on disk, to what came of each, and need not be polled for that.
pub struct Posting {
    appending: Appending,
    client_ids: Vec<Option<ClientId>>,
}

/// What came of a message.
pub struct Posted {
    /// The command's id.
    pub client_id: Option<ClientId>,
    /// Its place; or `unknown_conversation`, `store_failed`, `shutting_down`, `bad_request` for an id that was used
    /// otherwise.
    pub outcome: Result<Placed, Error>,
}

impl Posting {
    /// Messages that nobody takes: each is answered with `shutting_down`.
    pub fn refused(messages: &[NewEvent]) -> Self {
        let (_, appending) = Appending::new(messages.len());
        Self { appending, client_ids: messages.iter().map(|message| message.client_id).collect() }
    }

    /// How many messages there are.
    pub fn messages(&self) -> usize {
        self.client_ids.len()
    }
}

impl Future for Posting {
    type Output = Vec<Posted>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.appending).poll(cx).map(|appended| {
            let each = appended.into_iter().zip(std::mem::take(&mut self.client_ids));
            each.map(|(appended, client_id)| Posted { client_id, outcome: placed(appended) }).collect()
        })
    }
}

fn placed(appended: Result<Appended, StoreError>) -> Result<Placed, Error> {
    match appended? {
        Appended::Event(placed) => Ok(placed),
        Appended::OtherCommand => Err(Error::used_client_id()),
        Appended::NoChange | Appended::NotMember => Err(ErrorCode::UnknownConversation.into()),
    }
}

/// A message on its way, with the names that it may call, and the bytes of the demo's frame that it came in where they
/// matter.
pub fn message(
    by: User,
    client_id: Option<ClientId>,
    conversation: ConversationId,
    text: MessageText,
    legacy: Option<Arc<str>>,
) -> NewEvent {
    let keys = |mention: Mention<'_>| mention.names.into_iter().map(name_key).collect();
    let calls = mentions(text.as_str()).map(keys).collect();
    let body = NewBody::Posted { text, calls, legacy };
    NewEvent { conversation, by, client_id, at: clock::now(), body }
}

impl Chat {
    /// Queues messages. They take their places in the order in which this answered.
    pub async fn post(&self, messages: Vec<NewEvent>) -> Posting {
        let client_ids = messages.iter().map(|message| message.client_id).collect();
        Posting { appending: self.store().append(messages).await, client_ids }
    }

    /// Moves somebody's cursor. Their sessions and those who wait to be read are told.
    ///
    /// # Errors
    /// `unknown_conversation`.
    pub async fn read(&self, user: &User, conversation: ConversationId, seq: Seq) -> Result<(), Error> {
        let is_member = self.store().move_cursor(user.id, conversation, seq).await?;
        if is_member { Ok(()) } else { Err(ErrorCode::UnknownConversation.into()) }
    }

    /// Tells the members of a conversation that somebody is writing.
    ///
    /// # Errors
    /// `unknown_conversation`.
    pub async fn typing(&self, user: User, conversation: ConversationId) -> Result<(), Error> {
        let audience = self.store().audience(user.id, conversation).await?;
        let audience = audience.ok_or(ErrorCode::UnknownConversation)?;
        self.bus().signal(audience, Frame::native(&ServerFrame::Typing { conversation, user }));
        Ok(())
    }

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
        let run = self.store().events(user.id, conversation, range, limit).await?;
        let EventRun { events, users, head } = run.ok_or(ErrorCode::UnknownConversation)?;
        Ok(EventPage { events: events.into_iter().map(|stored| stored.event).collect(), users, head })
    }
}
