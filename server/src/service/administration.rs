//! Administration: the people of the server, what they may do, and their sessions.

use confab_shared::{
    api::{Account, AccountChange, Accounts, MAX_ACCOUNTS_PER_PAGE, Sessions},
    error::ErrorCode,
    id::UserId,
    name_key::name_key,
    user::{ServerRole, User},
};

use super::{Service, error::Error, sessions};
use crate::{
    clock,
    domain::permission::server::{self, ServerAction},
    realtime::bus::EndedConnections,
    storage::accounts::AccountChangeOutcome,
};

impl Service {
    /// Checks that a user may do something on the server, and answers their role.
    ///
    /// # Errors
    /// `forbidden`; `second_factor_required` of an admin who needs one.
    pub(super) async fn check_right(&self, user: &User, action: ServerAction) -> Result<ServerRole, Error> {
        let account = self.storage().account(user.id).await?.ok_or(ErrorCode::BadToken)?;
        server::check(account.role, action)?;
        if account.role == ServerRole::Admin
            && !account.has_second_factor
            && self.storage().settings().await?.admins_need_second_factor == Some(true)
        {
            return Err(ErrorCode::SecondFactorRequired.into());
        }
        Ok(account.role)
    }

    /// People whose name or display name begins with a text, behind a name.
    ///
    /// # Errors
    /// `forbidden`; `second_factor_required`.
    pub async fn accounts(&self, user: &User, query: &str, after: Option<&str>) -> Result<Accounts, Error> {
        self.check_right(user, ServerAction::SeeAccounts).await?;
        self.account_page(query, after).await
    }

    pub(super) async fn account_page(&self, query: &str, after: Option<&str>) -> Result<Accounts, Error> {
        let (prefix, after) = (name_key(query.trim()), after.map(name_key));
        let limit = MAX_ACCOUNTS_PER_PAGE;
        let mut accounts = self.storage().accounts(&prefix, after.as_deref(), limit + 1).await?;
        let more = accounts.len() > limit;
        accounts.truncate(limit);
        Ok(Accounts { accounts, more })
    }

    /// Changes the account of another.
    ///
    /// # Errors
    /// `forbidden`; `second_factor_required`; `not_found`.
    pub async fn change_account(
        &self,
        user: &User,
        target: UserId,
        change: AccountChange,
    ) -> Result<Account, Error> {
        self.check_right(user, ServerAction::SeeAccounts).await?;
        self.apply_account_change(Some(user.id), target, change).await
    }

    /// Changes an account, for a user or for whoever runs the server, and ends what the user may not have any more.
    pub(super) async fn apply_account_change(
        &self,
        actor: Option<UserId>,
        target: UserId,
        change: AccountChange,
    ) -> Result<Account, Error> {
        let reset = change.reset_second_factor;
        let changed = self.storage().change_account(actor, target, change, clock::now()).await?;
        let account = match changed {
            AccountChangeOutcome::Changed(account) => account,
            AccountChangeOutcome::Forbidden => return Err(ErrorCode::Forbidden.into()),
            AccountChangeOutcome::Unknown => return Err(ErrorCode::NotFound.into()),
        };
        if reset || !account.active {
            self.bus().end(target, EndedConnections::All);
        }
        if account.role == ServerRole::Owner {
            self.remove_setup_link().await;
        }
        Ok(account)
    }

    /// The sessions of another.
    ///
    /// # Errors
    /// `forbidden`; `second_factor_required`; `not_found`.
    pub async fn sessions_of(&self, user: &User, target: UserId) -> Result<Sessions, Error> {
        self.check_manages(user, target).await?;
        let stored = self.storage().sessions(target).await?;
        Ok(Sessions { sessions: stored.into_iter().map(|stored| sessions::view(stored, None)).collect() })
    }

    /// Ends every session of another.
    ///
    /// # Errors
    /// `forbidden`; `second_factor_required`; `not_found`.
    pub async fn end_sessions_of(&self, user: &User, target: UserId) -> Result<(), Error> {
        self.check_manages(user, target).await?;
        self.end_sessions(target, None).await
    }

    async fn check_manages(&self, user: &User, target: UserId) -> Result<(), Error> {
        self.check_right(user, ServerAction::SeeAccounts).await?;
        let target = self.storage().account(target).await?.ok_or(ErrorCode::NotFound)?;
        self.check_right(user, ServerAction::ManageAccount { role: target.role }).await?;
        Ok(())
    }
}
