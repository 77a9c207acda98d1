//! Threads: their replies, and how far people have read those that they follow.

use confab_shared::{
    api::{MAX_ITEMS_PER_PAGE, MAX_THREADS_PER_PAGE, MessagePage, ThreadCursor, ThreadPage},
    error::ErrorCode,
    id::{ConversationId, Seq},
    protocol::{MAX_WELCOME_THREADS, MAX_WELCOME_UNREAD_THREADS, ServerFrame},
    thread::ThreadState,
    user::User,
};

use super::{Service, error::Error, messages::page, run_to_end::run_to_end};
use crate::{
    domain::audience::Audience,
    realtime::bus::Signal,
    storage::{
        Range,
        threads::{ThreadMove, ThreadQuery},
    },
    websocket::frame::Frame,
};

/// What there is of a thread for a member.
fn existing<T>(found: Option<Option<T>>) -> Result<T, Error> {
    Ok(found.ok_or(ErrorCode::UnknownConversation)?.ok_or(ErrorCode::UnknownMessage)?)
}

impl Service {
    /// A page of a thread's replies, with the root.
    ///
    /// # Errors
    /// `bad_limit`, `unknown_conversation`; `unknown_message` where there is no message that may be a root.
    pub async fn replies(
        &self,
        user: &User,
        conversation: ConversationId,
        root: Seq,
        range: Range,
        limit: usize,
    ) -> Result<MessagePage, Error> {
        if !(1..=MAX_ITEMS_PER_PAGE).contains(&limit) {
            let sentence = format!("Ask for 1 to {MAX_ITEMS_PER_PAGE} items at a time.");
            return Err(Error::new(ErrorCode::BadLimit, sentence));
        }
        let found = self.storage().replies(user.id, conversation, root, range, limit).await?;
        Ok(page(existing(found)?))
    }

    /// How far a user has read a thread.
    ///
    /// # Errors
    /// `unknown_conversation`, `unknown_message`.
    pub async fn thread(
        &self,
        user: &User,
        conversation: ConversationId,
        root: Seq,
    ) -> Result<ThreadState, Error> {
        existing(self.storage().thread(user.id, conversation, root).await?)
    }

    /// Has a user follow a thread, or not any more. Every session of theirs is notified.
    ///
    /// # Errors
    /// `unknown_conversation`; `unknown_message`, also where the root is deleted.
    pub async fn follow_thread(
        &self,
        user: &User,
        conversation: ConversationId,
        root: Seq,
        following: bool,
    ) -> Result<ThreadState, Error> {
        let to = if following { ThreadMove::Follow } else { ThreadMove::Unfollow };
        self.move_thread(user, conversation, root, to).await
    }

    /// Moves a user's position in a thread forward. Every session of theirs is notified.
    ///
    /// # Errors
    /// As [`Self::follow_thread`].
    pub async fn read_thread(
        &self,
        user: &User,
        conversation: ConversationId,
        root: Seq,
        seq: Seq,
    ) -> Result<ThreadState, Error> {
        self.move_thread(user, conversation, root, ThreadMove::Read(seq)).await
    }

    async fn move_thread(
        &self,
        user: &User,
        conversation: ConversationId,
        root: Seq,
        to: ThreadMove,
    ) -> Result<ThreadState, Error> {
        let (service, user) = (self.clone(), user.id);
        run_to_end(async move {
            let state = existing(service.storage().move_thread(user, conversation, root, to).await?)?;
            let frame = Frame::json(&ServerFrame::Thread(state.clone()));
            service.bus().signal(Signal::to(Audience::of([user]), frame)).await;
            Ok(state)
        })
        .await
    }

    /// A part of the list of the threads that a user follows.
    ///
    /// # Errors
    /// `bad_limit`.
    pub async fn threads(
        &self,
        user: &User,
        unread: bool,
        before: Option<ThreadCursor>,
        limit: usize,
    ) -> Result<ThreadPage, Error> {
        if !(1..=MAX_THREADS_PER_PAGE).contains(&limit) {
            let sentence = format!("Ask for 1 to {MAX_THREADS_PER_PAGE} threads at a time.");
            return Err(Error::new(ErrorCode::BadLimit, sentence));
        }
        let run = self.storage().threads(user.id, ThreadQuery { unread, before, limit }).await?;
        let last = run.threads.last().filter(|_| run.more).map(|last| ThreadCursor {
            last_at: last.root.replies.as_ref().map(|replies| replies.last_at).unwrap_or_default(),
            conversation: last.state.conversation,
            root: last.state.root,
        });
        Ok(ThreadPage { threads: run.threads, more: last, users: run.users })
    }

    /// The threads of a welcome, and in how many of all something is unread.
    pub(super) async fn first_threads(&self, user: &User) -> Result<(Vec<ThreadState>, u64), Error> {
        let (limit, unread_limit) = (MAX_WELCOME_THREADS, MAX_WELCOME_UNREAD_THREADS);
        Ok(self.storage().followed_threads(user.id, limit, unread_limit).await?)
    }
}
