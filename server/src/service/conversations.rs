//! Creates conversations, and reads them for their members.

use std::collections::HashSet;

use confab_shared::{
    api::{ConversationPage, ConversationView, MAX_CONVERSATIONS_PER_PAGE, NewConversation},
    conversation::ListCursor,
    error::ErrorCode,
    id::ConversationId,
    user::User,
};

use super::{
    Service,
    commands::{names, title as checked_title},
    error::Error,
};
use crate::{
    clock,
    domain::{
        client_address::ClientAddress,
        command::{Command, CreateGroup, OpenDirect},
        listing::{ListPart, ListRange},
    },
};

impl Service {
    /// Finds or makes a conversation.
    ///
    /// # Errors
    /// What the names and the title refuse; `unknown_user`; `bad_request` for too many people at once;
    /// `idempotency_conflict` for an id that belongs to another command; `rate_limited`.
    pub async fn open(
        &self,
        user: &User,
        request: NewConversation,
        from: &ClientAddress,
    ) -> Result<ConversationView, Error> {
        let (client_id, body) = match request {
            NewConversation::Direct { user: name } => {
                let peer = self.user_named(&name).await?;
                (None, OpenDirect::new(user.id, peer.id).into())
            }
            NewConversation::Group { client_id, title, members } => {
                (Some(client_id), CreateGroup::new(checked_title(&title)?, names(&members)?).into())
            }
        };
        let command = Command { actor: user.clone(), client_id, at: clock::now(), body };
        let id = self.execute(command, from).await?.conversation;
        self.conversation(user, id).await
    }

    /// A part of the list of a user's conversations: those before a cursor, or the newest.
    ///
    /// # Errors
    /// `bad_limit`.
    pub async fn conversations(
        &self,
        user: &User,
        before: Option<ListCursor>,
        limit: usize,
    ) -> Result<ConversationPage, Error> {
        if !(1..=MAX_CONVERSATIONS_PER_PAGE).contains(&limit) {
            let sentence = format!("Ask for 1 to {MAX_CONVERSATIONS_PER_PAGE} conversations at a time.");
            return Err(Error::new(ErrorCode::BadLimit, sentence));
        }
        self.list(user, ListRange::Before { cursor: before, limit }).await
    }

    /// A part of the list of a user's conversations, with the presence of those whom it names.
    pub(super) async fn list(&self, user: &User, range: ListRange) -> Result<ConversationPage, Error> {
        let (ListPart { conversations, more }, users) = self.storage().conversations(user.id, range).await?;
        let listed: HashSet<_> = conversations.iter().filter_map(|conversation| conversation.peer).collect();
        let presence = if listed.is_empty() {
            Vec::new()
        } else {
            let peers = self.storage().direct_peers(user.id).await?;
            let online = self.online(listed.iter().copied()).await?;
            let peers = peers.iter().filter(|(peer, _)| listed.contains(&peer.user.id));
            let shown = |(peer, shared): &(_, _)| Self::shown_presence(user, peer, Some(*shared), &online);
            peers.filter_map(shown).collect()
        };
        Ok(ConversationPage { conversations, more, users, presence })
    }

    /// One conversation, as a user sees it.
    ///
    /// # Errors
    /// `unknown_conversation`.
    pub async fn conversation(&self, user: &User, id: ConversationId) -> Result<ConversationView, Error> {
        let found = self.storage().conversation(user.id, id).await?;
        let (conversation, known) = found.ok_or(ErrorCode::UnknownConversation)?;
        let presence = match known.iter().find(|known| conversation.peer == Some(known.user.id)) {
            Some(peer) => {
                let shared = self.storage().direct_between(user.id, peer.user.id).await?;
                let online = self.online([peer.user.id]).await?;
                Self::shown_presence(user, peer, shared, &online).into_iter().collect()
            }
            None => Vec::new(),
        };
        let users = known.into_iter().map(|known| known.user).collect();
        Ok(ConversationView { conversation, users, presence })
    }
}
