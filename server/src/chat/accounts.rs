//! Who is who: names, guests, sessions.

use confab_shared::{api::{MAX_USERS_FOUND, SignIn, SignedIn, Users}, error::ErrorCode, name_key::name_key, text::UserName, user::User};

use super::Chat;
use crate::{
    auth,
    bus::Ended,
    clock,
    error::Error,
    policy,
    store::{KnownUser, NewSession, SecretHash, SignInOutcome},
};

impl Chat {
    /// Comes in under a name: a free one, or one's own with the key to it.
    ///
    /// # Errors
    /// `accounts_only`; what [`UserName`] refuses, of a name that nobody has; `name_taken` where somebody else holds the name, or is here under
    /// it without holding it (somebody of the demo's dialect).
    pub async fn sign_in(&self, request: SignIn) -> Result<SignedIn, Error> {
        policy::may_come_as_guest(self.access())?;
        let name = UserName::new(&request.name)?;
        let name_key = name_key(name.as_str());
        let known = self.store().user(&name_key).await?;
        if known.is_none() {
            name.may_be_taken()?;
        }
        if known.is_some_and(|known| !known.held && self.is_here(known.user.id)) {
            return Err(ErrorCode::NameTaken.into());
        }
        let (token, key) = (auth::new_secret()?, auth::new_secret()?);
        let new = NewSession {
            name,
            name_key,
            shown_key: request.guest_key.as_deref().map(auth::hash),
            new_key: auth::hash(&key),
            token: auth::hash(&token),
            at: clock::now(),
        };
        match (self.store().sign_in(new).await?, request.guest_key) {
            (SignInOutcome::Claimed(user), _) => {
                // Whoever came with the demo's dialect meanwhile is somebody else now.
                self.bus().end(user.id, Ended::WithoutSession);
                Ok(SignedIn { token, guest_key: key, user })
            }
            (SignInOutcome::Returned(user), Some(guest_key)) => Ok(SignedIn { token, guest_key, user }),
            (SignInOutcome::Taken | SignInOutcome::Returned(_), _) => Err(ErrorCode::NameTaken.into()),
        }
    }

    /// Whose session a token is.
    ///
    /// # Errors
    /// `bad_token`.
    pub async fn session(&self, token: &str) -> Result<(User, SecretHash), Error> {
        let hash = auth::hash(token);
        let user = self.store().session(hash).await?.ok_or(ErrorCode::BadToken)?;
        Ok((user, hash))
    }

    /// Ends a session, and its connections with it.
    ///
    /// # Errors
    /// Only the store's.
    pub async fn sign_out(&self, user: &User, session: SecretHash) -> Result<(), Error> {
        self.store().end_session(session).await?;
        self.bus().end(user.id, Ended::Session(session));
        Ok(())
    }

    /// Users whose name begins so.
    ///
    /// # Errors
    /// Only the store's.
    pub async fn find_users(&self, query: &str) -> Result<Users, Error> {
        let prefix = name_key(query.trim());
        Ok(Users { users: self.store().users_by_prefix(&prefix, MAX_USERS_FOUND).await? })
    }

    /// Somebody of the demo's dialect: anyone may be anyone whom nobody holds.
    ///
    /// # Errors
    /// As [`Chat::sign_in`].
    pub async fn come_without_key(&self, name: &str) -> Result<User, Error> {
        policy::may_come_as_guest(self.access())?;
        let known = self.ensure_user(UserName::new(name)?).await?;
        if known.held {
            return Err(Error::new(
                ErrorCode::NameTaken,
                "This ID belongs to somebody who came in through the page. Please use another.",
            ));
        }
        Ok(known.user)
    }

    /// The user of a name, made where there is none: whoever is written to exists.
    pub(super) async fn ensure_user(&self, name: UserName) -> Result<KnownUser, Error> {
        let name_key = name_key(name.as_str());
        if let Some(known) = self.store().user(&name_key).await? {
            return Ok(known);
        }
        name.may_be_taken()?;
        Ok(self.store().ensure_user(name, name_key, clock::now()).await?)
    }

    /// The user of a name.
    pub(super) async fn user_named(&self, name: &str) -> Result<User, Error> {
        let name = UserName::new(name)?;
        let known = self.store().user(&name_key(name.as_str())).await?;
        known.map(|known| known.user).ok_or_else(|| unknown(&name))
    }
}

/// The error for a name that nobody has.
pub(super) fn unknown(name: &UserName) -> Error {
    Error::new(ErrorCode::UnknownUser, format!("Nobody here is called “{name}”."))
}

/// Whether two names are the same.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one == other || name_key(one) == name_key(other)
}
