//! Making accounts: by the set-up link, by an invitation, or by open registration.

use confab_shared::{
    api::{Access, NewAccount, SignedIn},
    error::ErrorCode,
    id::{ClientId, ConversationId},
    name_key::name_key,
    text::UserName,
    user::{ServerRole, User},
};

use super::{
    Service,
    accounts::{check_new, taken_by_dialect},
    display_name::{checked_display_name, looks_like_another},
    error::Error,
    token,
};
use crate::{
    clock,
    domain::{
        client_address::ClientAddress,
        command::{AddMembers, Command},
        sign_in::UserKind,
    },
    storage::{
        Device, NewName,
        accounts::{self, NewAccountOutcome},
        invitations::NewInvitation,
    },
};

/// How long a set-up link holds, in milliseconds: each start makes a new one.
const SETUP_MILLIS: u64 = 30 * 24 * 60 * 60 * 1_000;

impl Service {
    /// Whether anybody may make an account without an invitation.
    pub(super) async fn registration_is_open(&self) -> Result<bool, Error> {
        Ok(self.access() == Access::Open || self.storage().settings().await?.registration == Some(true))
    }

    /// Makes an account, and signs in.
    ///
    /// # Errors
    /// `bad_invitation` for a secret that opens nothing; `accounts_only` where one is needed; what the names refuse;
    /// `name_taken`; `weak_password`; `rate_limited`; `busy`.
    pub async fn create_account(
        &self,
        request: NewAccount,
        device: Device,
        from: &ClientAddress,
    ) -> Result<SignedIn, Error> {
        self.limits().account(from)?;
        let invitation = request.token.as_deref().map(token::hash);
        let registration = self.registration_is_open().await?;
        // Hashing is dear: only for who may come in.
        match invitation {
            Some(token) => drop(self.valid_invitation(token).await?),
            None if registration => {}
            None => return Err(ErrorCode::AccountsOnly.into()),
        }
        let name = UserName::new(&request.name)?;
        match self.storage().user(&name_key(name.as_str())).await? {
            None => check_new(&name)?,
            Some(known) => match known.kind {
                UserKind::Awaited => {}
                UserKind::Page => return Err(ErrorCode::NameTaken.into()),
                UserKind::Dialect => return Err(taken_by_dialect()),
            },
        }
        let display_name = checked_display_name(request.display_name.as_deref().unwrap_or_default(), &name)?;
        if invitation.is_none() {
            self.limits().new_name(from)?;
        }
        let password = self.0.passwords.hash(request.password, name.as_str()).await?;
        let token = token::new_secret()?;
        let new = accounts::NewAccount {
            name: NewName::of(name),
            display_name,
            password,
            invitation,
            registration,
            token: token::hash(&token),
            device,
            at: clock::now(),
        };
        let (user, role, invited) = match self.storage().create_account(new).await? {
            NewAccountOutcome::Made { user, role, invited } => (user, role, invited),
            NewAccountOutcome::NameTaken => return Err(ErrorCode::NameTaken.into()),
            NewAccountOutcome::DisplayNameTaken => return Err(looks_like_another()),
            NewAccountOutcome::BadInvitation => return Err(ErrorCode::BadInvitation.into()),
            NewAccountOutcome::Closed => return Err(ErrorCode::AccountsOnly.into()),
        };
        if role == ServerRole::Owner {
            self.remove_setup_link().await;
        }
        if let Some((by, groups)) = invited {
            self.join(&by, &user, groups).await;
        }
        Ok(SignedIn { token, guest_key: None, user })
    }

    /// Has the one who invited somebody add them to groups, to which they consented by following the link. Where the
    /// inviter may not add people any more, the user is not added.
    async fn join(&self, by: &User, user: &User, groups: Vec<ConversationId>) {
        for conversation in groups {
            let command = Command {
                actor: by.clone(),
                client_id: None::<ClientId>,
                at: clock::now(),
                body: AddMembers::new(conversation, vec![user.name.clone()]).into(),
            };
            if let Err(error) = self.carry_out(command).await {
                tracing::info!(%conversation, %error, "somebody who was invited to a group did not join it");
            }
        }
    }

    /// Makes a set-up link where there is no owner yet and accounts are needed, and answers it. One that was made before
    /// opens nothing any more. Of nodes that share a storage, each has one of its own, and all are good until there is an
    /// owner.
    ///
    /// # Errors
    /// Storage's, and the system's.
    pub async fn new_setup_link(&self) -> Result<Option<String>, Error> {
        if self.access() == Access::Open || self.storage().has_owner().await? {
            self.remove_setup_link().await;
            return Ok(None);
        }
        if self.storage().shared().is_none() {
            self.storage().revoke_setup_links().await?;
        }
        let token = token::new_secret()?;
        let new = NewInvitation {
            token: token::hash(&token),
            by: None,
            role: ServerRole::Owner,
            uses: 1,
            expires_at: confab_shared::id::Timestamp(clock::now().0 + SETUP_MILLIS),
            groups: Vec::new(),
        };
        self.storage().invite(new).await?;
        let link = self.options().link(&token, None);
        self.options().setup_link.write(&link).map_err(|error| {
            tracing::error!(%error, file = %self.options().setup_link.path().display(), "failed to write the set-up link");
            Error::from(ErrorCode::Internal)
        })?;
        Ok(Some(link))
    }

    /// Revokes the set-up link, and removes its file.
    pub(super) async fn remove_setup_link(&self) {
        if let Err(error) = self.storage().revoke_setup_links().await {
            tracing::warn!(%error, "failed to revoke the set-up link");
        }
        let file = &self.options().setup_link;
        if let Err(error) = file.remove() {
            tracing::warn!(%error, file = %file.path().display(), "failed to remove the set-up link");
        }
    }
}
