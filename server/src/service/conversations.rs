//! Creates conversations, and reads them for their members.

use confab_shared::{
    api::{ConversationView, Members, NewConversation},
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
    domain::command::{Command, CreateGroup, OpenDirect},
};

impl Service {
    /// Finds or makes a conversation.
    ///
    /// # Errors
    /// What the names and the title refuse; `unknown_user`; `bad_request` for too many people at once;
    /// `idempotency_conflict` for an id that belongs to another command.
    pub async fn open(&self, user: &User, request: NewConversation) -> Result<ConversationView, Error> {
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
        let id = self.execute(command).await?.conversation;
        self.conversation(user, id).await
    }

    /// One conversation, as a user sees it.
    ///
    /// # Errors
    /// `unknown_conversation`.
    pub async fn conversation(&self, user: &User, id: ConversationId) -> Result<ConversationView, Error> {
        let found = self.storage().conversation(user.id, id).await?;
        let (conversation, known) = found.ok_or(ErrorCode::UnknownConversation)?;
        let peers = known.iter().filter(|known| conversation.peer == Some(known.user.id));
        let presence = peers.map(|peer| self.presence(peer)).collect();
        let users = known.into_iter().map(|known| known.user).collect();
        Ok(ConversationView { conversation, users, presence })
    }

    /// The members of a conversation.
    ///
    /// # Errors
    /// `unknown_conversation`.
    pub async fn members(&self, user: &User, id: ConversationId) -> Result<Members, Error> {
        let members = self.storage().members(user.id, id).await?.ok_or(ErrorCode::UnknownConversation)?;
        let presence = members.iter().map(|member| self.presence(member)).collect();
        Ok(Members { users: members.into_iter().map(|member| member.user).collect(), presence })
    }
}
