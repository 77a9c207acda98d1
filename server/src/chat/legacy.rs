//! What the demo's dialect needs of chat: names for ids, one frame's way in, and what was missed on the way out.

use confab_shared::{conversation::{Conversation, ConversationKind}, error::ErrorCode, id::{ConversationId, Seq}, text::{Title, UserName}, user::User};

use super::Chat;
use crate::{
    clock,
    error::Error,
    store::{EventRun, Range},
};

/// How many events are read at once of what was missed: each may hold the frame that it came in, and a reader takes its
/// time.
const MISSED: usize = 50;

/// How far somebody has come in one conversation.
#[derive(Clone, Copy, Debug)]
pub struct Reached {
    /// Which.
    pub conversation: ConversationId,
    /// The seq that they have reached.
    pub cursor: Seq,
    /// The seq that there is to reach.
    pub head: Seq,
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
    /// Finds whom a private frame is for; they need not have been here yet. Answers their name, too.
    ///
    /// # Errors
    /// Only the store's.
    pub async fn private_target(&self, by: &User, to: UserName) -> Result<(ConversationId, UserName), Error> {
        let peer = self.ensure_user(to).await?.user;
        Ok((self.store().direct(by.id, peer.id, clock::now()).await?, peer.name))
    }

    /// Finds the group that a frame names.
    ///
    /// # Errors
    /// `unknown_conversation` where the sender is in no such group.
    pub async fn group_target(&self, by: &User, title: &Title) -> Result<ConversationId, Error> {
        self.store().group_by_title(by.id, title).await?.ok_or_else(|| {
            Error::new(ErrorCode::UnknownConversation, format!("You are in no group called “{title}”."))
        })
    }

    /// Whether a name is a user's own.
    pub fn is_own_name(&self, user: &User, name: &str) -> bool {
        super::accounts::same_name(user.name.as_str(), name)
    }

    /// How far somebody has come in each of their conversations, the longest quiet first.
    ///
    /// # Errors
    /// Only the store's.
    pub async fn reached(&self, user: &User) -> Result<Vec<Reached>, Error> {
        let (mut conversations, _) = self.store().conversations(user.id).await?;
        conversations.sort_by_key(|c| c.last_activity_at);
        let reached = |c: &Conversation| Reached { conversation: c.id, cursor: c.read_seq, head: c.head_seq };
        Ok(conversations.iter().map(reached).collect())
    }

    /// A conversation and somebody's cursor in it; none where they are not in it.
    ///
    /// # Errors
    /// Only the store's.
    pub async fn place(&self, user: &User, id: ConversationId) -> Result<Option<(Place, Seq)>, Error> {
        let found = self.store().conversation(user.id, id).await?;
        Ok(found
            .map(|(c, _)| (Place { kind: c.kind, title: c.title, notes: c.peer == Some(user.id) }, c.read_seq)))
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
        Ok(self.store().events(user.id, id, Range::After(after), MISSED).await?)
    }
}
