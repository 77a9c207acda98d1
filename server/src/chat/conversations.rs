//! Beginning conversations, and changing who is in them.

use confab_shared::{api::{AddMembers, ConversationView, MAX_MEMBERS_ADDED, Members, NewConversation, Rename}, conversation::ConversationKind, error::ErrorCode, id::{ClientId, ConversationId}, name_key::name_key, text::{Title, UserName}, user::User};

use super::{Chat, accounts::unknown};
use crate::{
    clock,
    error::Error,
    policy::{self, Action},
    store::{Appended, KnownUser, NewBody, NewEvent, StoreError},
};

impl Chat {
    /// Finds or makes a conversation.
    ///
    /// # Errors
    /// What the names and the title refuse; `unknown_user`; `bad_request` for too many people at once.
    pub async fn begin(&self, user: &User, request: NewConversation) -> Result<ConversationView, Error> {
        let id = match request {
            NewConversation::Direct { user: name } => {
                let peer = self.user_named(&name).await?;
                self.store().direct(user.id, peer.id, clock::now()).await?
            }
            NewConversation::Group { client_id, title, members } => {
                let title = Title::new(&title)?;
                let members = self.users_named(&members).await?;
                let made = self.store().create_group(user.clone(), client_id, title, members, clock::now());
                made.await?.ok_or_else(Error::used_client_id)?
            }
        };
        self.conversation(user, id).await
    }

    /// One conversation, as somebody sees it.
    ///
    /// # Errors
    /// `unknown_conversation`.
    pub async fn conversation(&self, user: &User, id: ConversationId) -> Result<ConversationView, Error> {
        let found = self.store().conversation(user.id, id).await?;
        let (conversation, known) = found.ok_or(ErrorCode::UnknownConversation)?;
        let presence =
            known.iter().filter(|k| conversation.peer == Some(k.user.id)).map(|k| self.presence(k)).collect();
        let users = known.into_iter().map(|k| k.user).collect();
        Ok(ConversationView { conversation, users, presence })
    }

    /// Renames a group.
    ///
    /// # Errors
    /// What the title refuses; `unknown_conversation`, `wrong_kind`.
    pub async fn rename(
        &self,
        user: &User,
        id: ConversationId,
        request: Rename,
    ) -> Result<ConversationView, Error> {
        let body = NewBody::Renamed(Title::new(&request.title)?);
        self.change(user, id, request.client_id, Action::Rename, body).await?;
        self.conversation(user, id).await
    }

    /// Adds people to a group.
    ///
    /// # Errors
    /// What the names refuse; `unknown_user`, `unknown_conversation`, `wrong_kind`.
    pub async fn add_members(
        &self,
        user: &User,
        id: ConversationId,
        request: AddMembers,
    ) -> Result<ConversationView, Error> {
        let body = NewBody::Joined(self.users_named(&request.users).await?);
        self.change(user, id, request.client_id, Action::AddMembers, body).await?;
        self.conversation(user, id).await
    }

    /// Leaves a group. Once more with the same command is fine.
    ///
    /// # Errors
    /// `unknown_conversation`, `wrong_kind`.
    pub async fn leave(&self, user: &User, id: ConversationId, client_id: ClientId) -> Result<(), Error> {
        // Who has left sees the conversation no more: then only the command's own event can answer.
        if let Some((conversation, _)) = self.store().conversation(user.id, id).await? {
            policy::may(conversation.kind, Action::Leave)?;
        }
        self.append(user, id, client_id, NewBody::Left).await
    }

    /// Who is in a conversation.
    ///
    /// # Errors
    /// `unknown_conversation`.
    pub async fn members(&self, user: &User, id: ConversationId) -> Result<Members, Error> {
        let members: Vec<KnownUser> =
            self.store().members(user.id, id).await?.ok_or(ErrorCode::UnknownConversation)?;
        let presence = members.iter().map(|member| self.presence(member)).collect();
        Ok(Members { users: members.into_iter().map(|member| member.user).collect(), presence })
    }

    async fn change(
        &self,
        user: &User,
        id: ConversationId,
        client_id: ClientId,
        action: Action,
        body: NewBody,
    ) -> Result<(), Error> {
        let found = self.store().conversation(user.id, id).await?;
        let kind: ConversationKind = found.ok_or(ErrorCode::UnknownConversation)?.0.kind;
        policy::may(kind, action)?;
        self.append(user, id, client_id, body).await
    }

    async fn append(
        &self,
        user: &User,
        conversation: ConversationId,
        client_id: ClientId,
        body: NewBody,
    ) -> Result<(), Error> {
        let new =
            NewEvent { conversation, by: user.clone(), client_id: Some(client_id), at: clock::now(), body };
        let appended = self.store().append(vec![new]).await.await.pop();
        match appended.unwrap_or(Err(StoreError::Closed))? {
            Appended::Event(_) | Appended::NoChange => Ok(()),
            Appended::OtherCommand => Err(Error::used_client_id()),
            Appended::NotMember => Err(ErrorCode::UnknownConversation.into()),
        }
    }

    async fn users_named(&self, names: &[String]) -> Result<Vec<User>, Error> {
        if names.len() > MAX_MEMBERS_ADDED {
            let sentence = format!("Add at most {MAX_MEMBERS_ADDED} people at a time.");
            return Err(Error::new(ErrorCode::BadRequest, sentence));
        }
        let names = names.iter().map(|name| UserName::new(name)).collect::<Result<Vec<_>, _>>()?;
        let found = self.store().users(names.iter().map(|name| name_key(name.as_str())).collect()).await?;
        let users = found.into_iter().zip(&names);
        users.map(|(known, name)| known.map(|known| known.user).ok_or_else(|| unknown(name))).collect()
    }
}
