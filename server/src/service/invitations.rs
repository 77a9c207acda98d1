//! Invitations: made, listed, looked up and revoked.

use confab_shared::{
    api::{
        CreatedInvitation, InvitationView, Invitations, MAX_INVITATION_GROUPS, MAX_INVITATION_SECONDS,
        MAX_INVITATION_USES, NewInvitation,
    },
    conversation::ConversationKind,
    error::ErrorCode,
    id::{Timestamp, UserId},
    user::{ServerRole, User},
};

use super::{Service, error::Error, token};
use crate::{
    clock,
    domain::{
        client_address::ClientAddress,
        permission::server::{self, ServerAction},
        sign_in::SecretHash,
    },
    storage::invitations::{self, KnownInvitation},
};

/// The shortest life of an invitation, in seconds.
const MIN_SECONDS: u64 = 60;

impl Service {
    /// Makes an invitation. `host` is the `Host` header of the request, for the link.
    ///
    /// # Errors
    /// `forbidden`; `second_factor_required`; `bad_request` for a number outside its limits, or for a group that the user
    /// is not in; `rate_limited`.
    pub async fn invite(
        &self,
        user: &User,
        request: NewInvitation,
        host: Option<&str>,
        from: &ClientAddress,
    ) -> Result<CreatedInvitation, Error> {
        self.check_right(user, ServerAction::Invite { role: request.role }).await?;
        self.limits().invitation(from, user.id)?;
        for group in &request.groups {
            match self.storage().conversation(user.id, *group).await? {
                Some((conversation, _)) if conversation.kind == ConversationKind::Group => {}
                _ => return Err(Error::new(ErrorCode::BadRequest, "Invite to groups that you are in.")),
            }
        }
        self.new_invitation(Some(user.id), request, host).await
    }

    /// Makes an invitation of a user, or of whoever runs the server.
    pub(super) async fn new_invitation(
        &self,
        by: Option<UserId>,
        request: NewInvitation,
        host: Option<&str>,
    ) -> Result<CreatedInvitation, Error> {
        let wrong = |sentence: String| Err(Error::new(ErrorCode::BadRequest, sentence));
        if !(1..=MAX_INVITATION_USES).contains(&request.uses) {
            return wrong(format!("An invitation is for 1 to {MAX_INVITATION_USES} people."));
        }
        if !(MIN_SECONDS..=MAX_INVITATION_SECONDS).contains(&request.expires_in) {
            return wrong("An invitation holds from a minute to 30 days.".to_owned());
        }
        if request.groups.len() > MAX_INVITATION_GROUPS {
            return wrong(format!("An invitation leads to at most {MAX_INVITATION_GROUPS} groups."));
        }
        let token = token::new_secret()?;
        let new = invitations::NewInvitation {
            token: token::hash(&token),
            by,
            role: request.role,
            uses: request.uses,
            expires_at: Timestamp(clock::now().0 + request.expires_in * 1_000),
            groups: request.groups,
        };
        let id = self.storage().invite(new).await?;
        let url = self.options().link(&token, host);
        Ok(CreatedInvitation { id, token, url })
    }

    /// The invitations that can still be used: an owner's all, another's own.
    ///
    /// # Errors
    /// `forbidden`; `second_factor_required`.
    pub async fn invitations(&self, user: &User) -> Result<Invitations, Error> {
        let by = self.inviter(user).await?;
        Ok(Invitations { invitations: self.storage().invitations(by, clock::now()).await? })
    }

    /// Revokes an invitation.
    ///
    /// # Errors
    /// `forbidden`; `second_factor_required`; `not_found`.
    pub async fn revoke_invitation(&self, user: &User, id: u64) -> Result<(), Error> {
        let by = self.inviter(user).await?;
        match self.storage().revoke_invitation(id, by).await? {
            true => Ok(()),
            false => Err(ErrorCode::NotFound.into()),
        }
    }

    /// Whose invitations a user who may invite sees: all, or their own.
    async fn inviter(&self, user: &User) -> Result<Option<UserId>, Error> {
        let role = self.check_right(user, ServerAction::Invite { role: ServerRole::Guest }).await?;
        Ok(if server::may(role, ServerAction::ManageInvitations) { None } else { Some(user.id) })
    }

    /// Whether a secret opens the server, and who invites.
    ///
    /// # Errors
    /// `bad_invitation`; `rate_limited`.
    pub async fn look_up_invitation(
        &self,
        token: &str,
        from: &ClientAddress,
    ) -> Result<InvitationView, Error> {
        self.limits().account(from)?;
        let KnownInvitation { by, role, .. } = self.valid_invitation(token::hash(token)).await?;
        Ok(InvitationView { by, role })
    }

    /// The invitation of a secret that opens the server.
    pub(super) async fn valid_invitation(&self, token: SecretHash) -> Result<KnownInvitation, Error> {
        let known = self.storage().invitation(token).await?.ok_or(ErrorCode::BadInvitation)?;
        match known.door.opens_to(clock::now()) {
            Some(_) => Ok(known),
            None => Err(ErrorCode::BadInvitation.into()),
        }
    }
}
