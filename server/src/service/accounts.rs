//! Users and sessions: names, guests, signing in and out.

use confab_shared::{
    api::{Access, MAX_USERS_FOUND, Me, PasswordChange, SignIn, SignedIn, Users},
    error::ErrorCode,
    id::UserId,
    name_key::name_key,
    text::UserName,
    user::User,
};

use super::{Service, error::Error, token};
use crate::{
    clock,
    domain::{
        client_address::{ClientAddress, customer_network},
        directory,
        name::{self, NameRefusal},
        refusal::Refusal,
        second_factor::{self, CodeDecision, ShownCode},
        sign_in::{self, Proof, SecretHash, UserKind},
    },
    metrics::METRICS,
    realtime::bus::EndedConnections,
    storage::{Device, KnownUser, NewName, NewSession, SignInOutcome},
};

/// No user has this id.
const NOBODY: UserId = UserId(0);

impl Service {
    /// Signs in under a name: a free one, or one's own with its key.
    ///
    /// # Errors
    /// What [`UserName`] refuses, of a name that no user has; `name_taken` where the name is claimed
    /// with another key, looks like somebody else's, or is that of a user of the demo's dialect;
    /// `password_required` and `wrong_password` where it has a password; `code_required` and `wrong_code` where it has a
    /// second factor; `deactivated`; `rate_limited`; `busy`.
    pub async fn sign_in(
        &self,
        request: SignIn,
        device: Device,
        from: &ClientAddress,
    ) -> Result<SignedIn, Error> {
        let signed_in = self.try_sign_in(request, device, from).await;
        let count = if signed_in.is_ok() { &METRICS.sign_ins_accepted } else { &METRICS.sign_ins_refused };
        count.inc();
        signed_in
    }

    async fn try_sign_in(
        &self,
        request: SignIn,
        device: Device,
        from: &ClientAddress,
    ) -> Result<SignedIn, Error> {
        self.limits().sign_in(from)?;
        let access = self.access();
        let name = UserName::new(&request.name)?;
        let known = self.storage().user(&name_key(name.as_str())).await?;
        // A server for accounts does not tell which names there are.
        if known.is_none() && access == Access::Open {
            check_new(&name)?;
        }
        let by_password = request.password.is_some();
        let id = known.map(|known| known.user.id);
        // For a name that nobody has the same is read, so that the time does not tell.
        let subject = id.unwrap_or(NOBODY);
        if by_password {
            self.limits().password(from, &name, self.is_signed_in_from(subject, from).await?)?;
        }
        let proof = match (request.password, &request.guest_key) {
            (Some(password), _) => self.proof_by_password(subject, password).await?,
            (None, Some(key)) => Proof::Key(token::hash(key)),
            (None, None) => Proof::Nothing,
        };
        let code = match id {
            Some(user) => self.shown_code(user, request.code.as_deref(), from).await?,
            None => ShownCode::Nothing,
        };
        // Being asked for more takes no session: nothing is about to begin.
        self.check_proof(id, &proof, code).await?;
        self.limits().session(from)?;
        if id.is_none() && access == Access::Open {
            self.limits().new_name(from)?;
        }
        let (token, key) = (token::new_secret()?, token::new_secret()?);
        let new = NewSession {
            name: NewName::of(name),
            access,
            proof,
            code,
            device,
            new_key: token::hash(&key),
            token: token::hash(&token),
            at: clock::now(),
        };
        let (user, guest_key) = match self.storage().sign_in(new).await? {
            SignInOutcome::Claimed(user) => (user, Some(key)),
            SignInOutcome::Returned(user) if by_password => (user, None),
            SignInOutcome::Returned(user) => (user, request.guest_key),
            SignInOutcome::Taken => return Err(ErrorCode::NameTaken.into()),
            SignInOutcome::OfDialect => return Err(taken_by_dialect()),
            SignInOutcome::NeedsPassword => return Err(ErrorCode::PasswordRequired.into()),
            SignInOutcome::NeedsCode => return Err(ErrorCode::CodeRequired.into()),
            SignInOutcome::WrongCode => return Err(ErrorCode::WrongCode.into()),
            SignInOutcome::Deactivated => return Err(ErrorCode::Deactivated.into()),
        };
        Ok(SignedIn { token, guest_key, user })
    }

    /// Verifies a password that is shown for a name. Where its user has none, or it is free, it takes the same time.
    async fn proof_by_password(&self, user: UserId, password: String) -> Result<Proof, Error> {
        let hash = self.storage().password(user).await?;
        match (self.0.passwords.verify(password, hash.clone()).await?, hash) {
            (true, Some(hash)) => Ok(Proof::Password(hash)),
            _ => Err(ErrorCode::WrongPassword.into()),
        }
    }

    /// Whether a user has a session that was last used from the network of a client.
    async fn is_signed_in_from(&self, user: UserId, from: &ClientAddress) -> Result<bool, Error> {
        let sessions = self.storage().sessions(user).await?;
        let mut addresses =
            sessions.iter().filter_map(|session| session.device.address.as_ref()?.parse().ok());
        Ok(addresses.any(|address| customer_network(address) == from.network()))
    }

    /// Checks that a sign-in shows as much as its name needs, as storage will decide once more.
    ///
    /// # Errors
    /// `password_required`; `code_required`.
    async fn check_proof(&self, user: Option<UserId>, proof: &Proof, code: ShownCode) -> Result<(), Error> {
        if !matches!(proof, Proof::Password(_)) {
            let required = match user {
                // Whether or not anybody has the name, and after the same time.
                _ if self.access() == Access::Accounts => true,
                Some(user) => self.storage().password(user).await?.is_some(),
                None => false,
            };
            return if required { Err(ErrorCode::PasswordRequired.into()) } else { Ok(()) };
        }
        let Some(user) = user else { return Ok(()) };
        let stored = self.storage().second_factor(user).await?;
        let required = second_factor::decide(stored.as_ref(), code) == CodeDecision::Needed;
        if required && self.storage().account(user).await?.is_some_and(|account| account.active) {
            return Err(ErrorCode::CodeRequired.into());
        }
        Ok(())
    }

    /// A user's own account.
    ///
    /// # Errors
    /// Storage's.
    pub async fn me(&self, user: User) -> Result<Me, Error> {
        let account = self.storage().account(user.id).await?.ok_or(ErrorCode::BadToken)?;
        let factor = self.storage().second_factor(user.id).await?.filter(|factor| factor.confirmed);
        let recovery_codes = factor.map_or(0, |factor| factor.recovery_codes.len());
        let asks_before_groups = self.asks_before_groups(&user, account.role).await?;
        let shares_read_positions = self.storage().shares_read_positions(user.id).await?;
        Ok(Me {
            user,
            role: account.role,
            has_password: account.has_password,
            has_second_factor: account.has_second_factor,
            recovery_codes: u32::try_from(recovery_codes).unwrap_or(u32::MAX),
            asks_before_groups,
            shares_read_positions,
        })
    }

    /// Gives a user a password. Every other session of the user ends, and its connections with it. On a server for accounts,
    /// a guest of an open one does not get an account by it.
    ///
    /// # Errors
    /// `accounts_only`; `wrong_password` where there is one that was not given; `weak_password`; `rate_limited`; `busy`.
    pub async fn set_password(
        &self,
        user: &User,
        session: SecretHash,
        change: PasswordChange,
        from: &ClientAddress,
    ) -> Result<(), Error> {
        let before = self.storage().password(user.id).await?;
        if before.is_some() {
            self.check_password(user, change.current.unwrap_or_default(), from).await?;
        } else if self.access() == Access::Accounts {
            return Err(ErrorCode::AccountsOnly.into());
        }
        let hash = self.0.passwords.hash(change.new, user.name.as_str()).await?;
        // Another request may have changed it meanwhile, and have ended this session.
        if !self.storage().change_password(user.id, before, hash, Some(session)).await? {
            return Err(ErrorCode::WrongPassword.into());
        }
        self.bus().end(user.id, EndedConnections::OtherThan(session));
        Ok(())
    }

    /// Checks the password of a signed-in user.
    ///
    /// # Errors
    /// `password_required` where there is none; `wrong_password`; `rate_limited`; `busy`.
    pub(super) async fn check_password(
        &self,
        user: &User,
        password: String,
        from: &ClientAddress,
    ) -> Result<(), Error> {
        self.limits().own_password(from, user.id)?;
        let hash = self.storage().password(user.id).await?.ok_or(ErrorCode::PasswordRequired)?;
        match self.0.passwords.verify(password, Some(hash)).await? {
            true => Ok(()),
            false => Err(ErrorCode::WrongPassword.into()),
        }
    }

    /// Makes an account: a user with a password. A guest who has the name keeps it with the password.
    ///
    /// # Errors
    /// What the name refuses; `name_taken` where the name has a password, is that of a user of the demo's dialect, or
    /// looks like somebody else's; `weak_password`.
    pub async fn add_account(&self, name: &str, password: String) -> Result<User, Error> {
        let name = UserName::new(name)?;
        // A password that is refused makes nobody.
        let password = self.0.passwords.hash(password, name.as_str()).await?;
        let known = self.ensure_user(name, UserKind::Page, None).await?;
        if known.kind != UserKind::Page {
            return Err(taken_by_dialect());
        }
        if !self.storage().change_password(known.user.id, None, password, None).await? {
            return Err(ErrorCode::NameTaken.into());
        }
        self.bus().end(known.user.id, EndedConnections::All);
        Ok(known.user)
    }

    /// Gives a user a password without asking for the one before.
    ///
    /// # Errors
    /// `unknown_user`; `name_taken` for a user of the demo's dialect; `weak_password`.
    pub async fn reset_password(&self, name: &str, password: String) -> Result<User, Error> {
        let user = self.user_named(name).await?;
        let before = self.storage().password(user.id).await?;
        self.replace_password(&user, before, password).await?;
        self.bus().end(user.id, EndedConnections::All);
        Ok(user)
    }

    async fn replace_password(&self, user: &User, from: Option<String>, to: String) -> Result<(), Error> {
        let to = self.0.passwords.hash(to, user.name.as_str()).await?;
        match self.storage().change_password(user.id, from, to, None).await? {
            true => Ok(()),
            false => Err(ErrorCode::NameTaken.into()),
        }
    }

    /// Users whose name or display name begins with a text, or whose name is it, as [`directory::finds_by_prefix`] lets the user who asks find them.
    /// Nobody's name begins with nothing.
    ///
    /// # Errors
    /// Storage's.
    pub async fn find_users(&self, user: &User, query: &str) -> Result<Users, Error> {
        let prefix = name_key(query.trim());
        if prefix.is_empty() {
            return Ok(Users { users: Vec::new() });
        }
        if !directory::finds_by_prefix(self.server_role(user).await?, self.access()) {
            let found = self.storage().user(&prefix).await?.filter(|known| known.kind != UserKind::Awaited);
            return Ok(Users { users: found.into_iter().map(|known| known.user).collect() });
        }
        Ok(Users { users: self.storage().users_by_prefix(&prefix, MAX_USERS_FOUND).await? })
    }

    /// Signs in a user of the demo's dialect: any name will do that is not one of the page's.
    ///
    /// # Errors
    /// As [`Service::sign_in`]; `accounts_only`.
    pub async fn sign_in_without_key(&self, name: &str, from: &ClientAddress) -> Result<User, Error> {
        self.limits().sign_in(from)?;
        sign_in::guest_may_sign_in(self.access())?;
        let known = self.ensure_user(UserName::new(name)?, UserKind::Dialect, Some(from)).await?;
        self.check_active(known.user.id).await?;
        if known.kind != UserKind::Dialect {
            return Err(Error::new(
                ErrorCode::NameTaken,
                "This ID belongs to somebody who came in through the page. Please use another.",
            ));
        }
        Ok(known.user)
    }

    /// Checks that a user was not deactivated.
    ///
    /// # Errors
    /// `deactivated`.
    pub async fn check_active(&self, user: UserId) -> Result<(), Error> {
        match self.storage().account(user).await? {
            Some(account) if !account.active => Err(ErrorCode::Deactivated.into()),
            _ => Ok(()),
        }
    }

    /// The user of a name, made where there is none. The kind is the one asked for where nobody has come under the name;
    /// any other stays as it is. How many a client may make is limited.
    pub(super) async fn ensure_user(
        &self,
        name: UserName,
        kind: UserKind,
        from: Option<&ClientAddress>,
    ) -> Result<KnownUser, Error> {
        match self.storage().user(&name_key(name.as_str())).await? {
            Some(known) if known.kind.after(kind) == known.kind => return Ok(known),
            Some(_) => {}
            None => {
                check_new(&name)?;
                from.map_or(Ok(()), |from| self.limits().new_name(from))?;
            }
        }
        let ensured = self.storage().ensure_user(NewName::of(name), kind, clock::now()).await?;
        ensured.ok_or_else(|| ErrorCode::NameTaken.into())
    }

    /// The user of a name; none under which nobody has come.
    pub(super) async fn user_named(&self, name: &str) -> Result<User, Error> {
        let name = UserName::new(name)?;
        let known = self.storage().user(&name_key(name.as_str())).await?;
        let known = known.filter(|known| known.kind != UserKind::Awaited);
        known.map(|known| known.user).ok_or_else(|| Refusal::UnknownUser(name).into())
    }
}

/// Checks the name of a new user.
///
/// # Errors
/// `bad_name` for a name that nobody may have; `name_taken` for one that has another meaning here.
pub(super) fn check_new(name: &UserName) -> Result<(), Error> {
    name.may_be_taken()?;
    name::check_new(name).map_err(|refusal| match refusal {
        NameRefusal::NoWord => {
            Error::new(ErrorCode::BadName, "A name begins and ends with a letter or a digit.")
        }
        NameRefusal::StrayMark => stray_mark(),
        NameRefusal::StrayJoiner => Error::new(
            ErrorCode::BadName,
            "A name has an invisible joiner only where it changes how the letters beside it are written.",
        ),
        NameRefusal::MixedScripts => Error::new(
            ErrorCode::BadName,
            "A name has letters of one alphabet, so that nobody looks like somebody else.",
        ),
        NameRefusal::Reserved => ErrorCode::NameTaken.into(),
    })
}

pub(super) fn stray_mark() -> Error {
    Error::new(ErrorCode::BadName, "An accent follows its letter, and a letter has at most three.")
}

pub(super) fn taken_by_dialect() -> Error {
    Error::new(
        ErrorCode::NameTaken,
        "A program that connects without signing in (/ws?userID=) uses this name. Please choose another.",
    )
}

/// Whether two names are the same.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one == other || name_key(one) == name_key(other)
}
