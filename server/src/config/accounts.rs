//! The flags of `user`, `invite` and `reindex`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use confab_shared::{
    api::{AccountChange, NewInvitation},
    user::ServerRole,
};

use super::origin::parse_public_url;
use crate::service::operator::OperatorRequest;

/// What is to be done about accounts, and where.
#[derive(Debug)]
pub struct OperatorCommand {
    /// The data folder.
    pub data: PathBuf,
    /// The address of the Postgres database; none where the data folder has the database.
    pub database: Option<String>,
    /// The address that links lead to where no server runs, without a slash at the end.
    pub url: String,
    /// Whether the password is read from the input.
    pub password_stdin: bool,
    /// What to do; its password is still missing.
    pub request: OperatorRequest,
}

/// The flags of `user`.
#[derive(Clone, Debug, Args)]
pub(super) struct UserCommand {
    /// The folder that keeps everything
    #[arg(long, env = "CONFAB_DATA", value_name = "FOLDER", default_value = "./confab-data", global = true)]
    data: PathBuf,

    /// The Postgres database that keeps everything instead (`postgres://user@host/name`); several servers may share one
    #[arg(long, env = "CONFAB_DATABASE", value_name = "ADDRESS", hide_env_values = true, global = true)]
    database: Option<String>,

    /// Reads the password from the first line of the input, instead of making one up
    #[arg(long, global = true)]
    password_stdin: bool,

    #[command(subcommand)]
    action: UserAction,
}

/// What `user` does.
#[derive(Clone, Debug, Subcommand)]
enum UserAction {
    /// Lists everybody: name, role, and what else there is to know
    List,
    /// Makes an account; a guest who has the name keeps it as theirs
    Add {
        /// The name
        name: String,
        /// What they may do on the server
        #[arg(long, default_value = "member")]
        role: Role,
    },
    /// Gives a user another password, and ends all their sessions
    SetPassword {
        /// The name
        name: String,
    },
    /// Changes what a user may do on the server
    SetRole {
        /// The name
        name: String,
        /// What they may do
        role: Role,
    },
    /// Lets a user sign in no more, and ends all their sessions; what they wrote stays
    Deactivate {
        /// The name
        name: String,
    },
    /// Lets a deactivated user sign in again
    Reactivate {
        /// The name
        name: String,
    },
    /// Removes the second factor of a user, and ends all their sessions
    ResetSecondFactor {
        /// The name
        name: String,
    },
}

/// The flags of `invite`.
#[derive(Clone, Debug, Args)]
pub(super) struct InviteCommand {
    /// The folder that keeps everything
    #[arg(long, env = "CONFAB_DATA", value_name = "FOLDER", default_value = "./confab-data")]
    data: PathBuf,

    /// The Postgres database that keeps everything instead (`postgres://user@host/name`); several servers may share one
    #[arg(long, env = "CONFAB_DATABASE", value_name = "ADDRESS", hide_env_values = true)]
    database: Option<String>,

    /// The address that the link leads to, where no server runs
    #[arg(long, env = "CONFAB_PUBLIC_URL", value_name = "URL", default_value = "http://localhost:8088", value_parser = parse_public_url)]
    public_url: String,

    /// What those who come by it may do
    #[arg(long, default_value = "member")]
    role: Role,

    /// How many may come by it
    #[arg(long, default_value_t = 1)]
    uses: u32,

    /// For how many days it holds, from 1 to 30
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=30))]
    days: u64,
}

/// The flags of `reindex`.
#[derive(Clone, Debug, Args)]
pub(super) struct ReindexCommand {
    /// The folder that keeps everything
    #[arg(long, env = "CONFAB_DATA", value_name = "FOLDER", default_value = "./confab-data")]
    data: PathBuf,

    /// The Postgres database that keeps everything instead (`postgres://user@host/name`); several servers may share one
    #[arg(long, env = "CONFAB_DATABASE", value_name = "ADDRESS", hide_env_values = true)]
    database: Option<String>,
}

impl From<ReindexCommand> for OperatorCommand {
    fn from(ReindexCommand { data, database }: ReindexCommand) -> Self {
        let (url, password_stdin, request) = (String::new(), false, OperatorRequest::Reindex);
        Self { data, database, url, password_stdin, request }
    }
}

/// A server role, as a flag.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Role {
    Owner,
    Admin,
    Member,
    Guest,
}

impl From<Role> for ServerRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Admin => Self::Admin,
            Role::Member => Self::Member,
            Role::Guest => Self::Guest,
        }
    }
}

impl From<UserCommand> for OperatorCommand {
    fn from(UserCommand { data, database, password_stdin, action }: UserCommand) -> Self {
        let change = |name, change| OperatorRequest::Change { name, change };
        let active = |active| AccountChange { active: Some(active), ..AccountChange::default() };
        let request = match action {
            UserAction::List => OperatorRequest::List,
            UserAction::Add { name, role } => {
                OperatorRequest::Add { name, role: role.into(), password: None }
            }
            UserAction::SetPassword { name } => OperatorRequest::SetPassword { name, password: None },
            UserAction::SetRole { name, role } => {
                change(name, AccountChange { role: Some(role.into()), ..AccountChange::default() })
            }
            UserAction::Deactivate { name } => change(name, active(false)),
            UserAction::Reactivate { name } => change(name, active(true)),
            UserAction::ResetSecondFactor { name } => {
                change(name, AccountChange { reset_second_factor: true, ..AccountChange::default() })
            }
        };
        Self { data, database, url: String::new(), password_stdin, request }
    }
}

impl From<InviteCommand> for OperatorCommand {
    fn from(InviteCommand { data, database, public_url, role, uses, days }: InviteCommand) -> Self {
        let expires_in = days * 24 * 60 * 60;
        let new = NewInvitation { role: role.into(), uses, expires_in, groups: Vec::new() };
        Self { data, database, url: public_url, password_stdin: false, request: OperatorRequest::Invite(new) }
    }
}
