//! What whoever runs the server may ask for by the command line, past every permission: for who has lost the page.

use confab_shared::{
    api::{Account, AccountChange, NewInvitation},
    user::{ServerRole, User},
};
use serde::{Deserialize, Serialize};

use super::{Service, error::Error, token};

/// How many characters of a generated password there are: 96 random bits.
const GENERATED_CHARS: usize = 16;

/// A request of the operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum OperatorRequest {
    /// Every account.
    List,
    /// Makes an account; a guest who has the name keeps it as theirs.
    Add {
        /// The name.
        name: String,
        /// What they may do.
        role: ServerRole,
        /// The password; one is made up where there is none.
        password: Option<String>,
    },
    /// Gives a user another password, and ends all their sessions.
    SetPassword {
        /// The name.
        name: String,
        /// The password; one is made up where there is none.
        password: Option<String>,
    },
    /// Changes the account of a user.
    Change {
        /// The name.
        name: String,
        /// The change.
        change: AccountChange,
    },
    /// Makes an invitation.
    Invite(NewInvitation),
    /// Has the search index built anew.
    Reindex,
}

/// What it is answered with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum OperatorAnswer {
    /// The accounts.
    Accounts(Vec<Account>),
    /// The account as it is now, and a password that was made up for it.
    Account(Account, Option<String>),
    /// The invitation's link.
    Link(String),
    /// The index is empty, and is filled by a server that runs.
    Reindexing,
}

impl Service {
    /// Does what the operator asks for.
    ///
    /// # Errors
    /// What the name or the password refuses; `name_taken`; `unknown_user`; `bad_request`.
    pub async fn operate(&self, request: OperatorRequest) -> Result<OperatorAnswer, Error> {
        match request {
            OperatorRequest::List => self.all_accounts().await.map(OperatorAnswer::Accounts),
            OperatorRequest::Add { name, role, password } => {
                let (password, generated) = password_or_new(password)?;
                let user = self.add_account(&name, password).await?;
                self.changed(&user, AccountChange { role: Some(role), ..Default::default() }, generated).await
            }
            OperatorRequest::SetPassword { name, password } => {
                let (password, generated) = password_or_new(password)?;
                let user = self.reset_password(&name, password).await?;
                self.changed(&user, AccountChange::default(), generated).await
            }
            OperatorRequest::Change { name, change } => {
                let user = self.user_named(&name).await?;
                self.changed(&user, change, None).await
            }
            OperatorRequest::Invite(new) => {
                let created = self.new_invitation(None, new, None).await?;
                Ok(OperatorAnswer::Link(created.url))
            }
            OperatorRequest::Reindex => {
                self.reindex().await?;
                Ok(OperatorAnswer::Reindexing)
            }
        }
    }

    async fn changed(
        &self,
        user: &User,
        change: AccountChange,
        password: Option<String>,
    ) -> Result<OperatorAnswer, Error> {
        let account = self.apply_account_change(None, user.id, change).await?;
        Ok(OperatorAnswer::Account(account, password))
    }

    async fn all_accounts(&self) -> Result<Vec<Account>, Error> {
        let mut all: Vec<Account> = Vec::new();
        loop {
            let after = all.last().map(|account| account.user.name.to_string());
            let page = self.account_page("", after.as_deref()).await?;
            all.extend(page.accounts);
            if !page.more {
                return Ok(all);
            }
        }
    }
}

/// A password, and the same where it was made up.
fn password_or_new(password: Option<String>) -> Result<(String, Option<String>), Error> {
    match password {
        Some(password) => Ok((password, None)),
        None => {
            let new: String = token::new_secret()?.chars().take(GENERATED_CHARS).collect();
            Ok((new.clone(), Some(new)))
        }
    }
}
