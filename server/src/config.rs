//! The configuration: flags, each also an environment variable `CONFAB_...`.

mod migrate;

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
};

use clap::{
    Args, CommandFactory, Parser, Subcommand, ValueEnum, builder::BoolishValueParser, error::ErrorKind,
};
use confab_shared::{
    api::{Access, AccountChange, NewInvitation},
    user::ServerRole,
};
use url::Url;

pub use self::migrate::{MigrateCommand, Place};
use crate::{
    network::Network,
    service::{operator::OperatorRequest, options::WELCOME_LIMIT},
    transport::tls::certificate::CertificateFiles,
};

/// Self-hosted instant messaging.
#[derive(Debug, Parser)]
#[command(name = "confab", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the page and the chat behind it (the default)
    Serve(Config),
    /// Lists, makes and changes accounts, also while the server runs
    User(UserCommand),
    /// Makes an invitation and prints its link, also while the server runs
    Invite(InviteCommand),
    /// Moves everything from a data folder to a Postgres database or back, while no server runs
    Migrate(MigrateCommand),
}

/// What the command line asks for.
pub enum Invocation {
    /// To serve.
    Serve(Config),
    /// To do something about accounts.
    Operate(OperatorCommand),
    /// To move everything to another storage.
    Migrate(MigrateCommand),
}

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
struct UserCommand {
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
struct InviteCommand {
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

/// The flags of `serve`.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// The address to listen on
    #[arg(long, env = "CONFAB_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8088", value_parser = parse_address)]
    pub listen: SocketAddr,

    /// The folder that keeps everything; made where it is missing
    #[arg(long, env = "CONFAB_DATA", value_name = "FOLDER", default_value = "./confab-data")]
    pub data: PathBuf,

    /// The Postgres database that keeps everything instead (`postgres://user@host/name`); several servers may share one
    #[arg(long, env = "CONFAB_DATABASE", value_name = "ADDRESS", hide_env_values = true)]
    pub database: Option<String>,

    /// Who may come in: anyone as a guest, or only people with an account [default: open on a loopback address,
    /// accounts elsewhere]
    #[arg(long, env = "CONFAB_ACCESS", value_name = "MODE")]
    access: Option<AccessMode>,

    /// After how many days without use a session ends
    #[arg(long, env = "CONFAB_SESSION_DAYS", value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=3650))]
    pub session_days: u64,

    /// A page of another site that may connect, as browsers name it (`https://chat.example`); `null` for pages opened
    /// from disk. May be given more than once; in the variable, separated by commas
    #[arg(long, env = "CONFAB_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', value_parser = parse_origin)]
    pub allow_origin: Vec<String>,

    /// Lets programs and pages of the demo's kind connect with nothing but an ID (`/ws?userID=123`), also where the server
    /// is reached from other machines; on a loopback address, this machine's always may
    #[arg(long, env = "CONFAB_LEGACY_DIALECT", value_parser = BoolishValueParser::new())]
    pub legacy_dialect: bool,
    /// How many of a user's conversations a page gets at once, the newest first, when it connects; of the older ones it
    /// gets as many that have unread messages, and the rest as one scrolls
    #[arg(long, env = "CONFAB_WELCOME_CONVERSATIONS", value_name = "NUMBER", default_value_t = WELCOME_LIMIT, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub welcome_conversations: u16,

    /// The address by which people reach the server, as browsers name it (`https://chat.example`): links begin with it,
    /// and off loopback the server answers to no other name
    // Without a trailing slash.
    #[arg(long, env = "CONFAB_PUBLIC_URL", value_name = "URL", value_parser = parse_public_url)]
    pub public_url: Option<String>,

    /// A reverse proxy whose word about its clients' addresses is believed: an address (`127.0.0.1`) or a network
    /// (`10.0.0.0/8`). May be given more than once; in the variable, separated by commas
    #[arg(long, env = "CONFAB_TRUSTED_PROXY", value_name = "NETWORK", value_delimiter = ',')]
    pub trusted_proxy: Vec<Network>,

    /// Whether what one client may do in a time is limited: `off` is for measuring
    #[arg(
        long,
        env = "CONFAB_LIMITS",
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    limits: Switch,

    /// The certificate for HTTPS, a PEM file with its chain, as certbot's `fullchain.pem`; without it, a reverse proxy
    /// has to terminate TLS. Read again when it changes
    #[arg(long, env = "CONFAB_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,

    /// The certificate's private key, a PEM file
    #[arg(long, env = "CONFAB_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AccessMode {
    /// Anyone may come in under a free name
    Open,
    /// Only people with an account or an invitation
    Accounts,
}

impl Invocation {
    /// Parses the command line and the environment. Ends the process with 0 for `--help` and `--version`, and with 2
    /// and one line on stderr for an invalid value.
    pub fn from_command_line() -> Self {
        match Cli::try_parse().and_then(Cli::checked) {
            Ok(Cli { command: Some(Command::Serve(config)), .. } | Cli { command: None, serve: config }) => {
                Self::Serve(config)
            }
            Ok(Cli { command: Some(Command::User(command)), .. }) => Self::Operate(command.into()),
            Ok(Cli { command: Some(Command::Invite(command)), .. }) => Self::Operate(command.into()),
            Ok(Cli { command: Some(Command::Migrate(command)), .. }) => Self::Migrate(command),
            Err(error) if !error.use_stderr() => error.exit(),
            Err(error) => {
                let text = error.to_string();
                eprintln!("{}", text.lines().next().unwrap_or("error: the command line is wrong"));
                std::process::exit(2);
            }
        }
    }
}

impl Cli {
    /// Checks what concerns several flags. By hand, since clap names missing flags below the first line of its error.
    fn checked(self) -> Result<Self, clap::Error> {
        let config = match &self.command {
            Some(Command::Serve(config)) => config,
            Some(Command::User(_) | Command::Invite(_) | Command::Migrate(_)) => return Ok(self),
            None => &self.serve,
        };
        if config.tls_cert.is_some() != config.tls_key.is_some() {
            let sentence = "`--tls-cert` and `--tls-key` need each other: the certificate and its key";
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, sentence));
        }
        Ok(self)
    }
}

impl Config {
    /// The certificate for HTTPS; none where the server speaks plain HTTP.
    pub fn certificate(&self) -> Option<CertificateFiles> {
        let (certificate, key) = (self.tls_cert.clone()?, self.tls_key.clone()?);
        Some(CertificateFiles { certificate, key })
    }

    /// The access mode: the flag's, or the default of the listen address.
    pub fn access(&self) -> Access {
        match self.access {
            Some(AccessMode::Open) => Access::Open,
            Some(AccessMode::Accounts) => Access::Accounts,
            None if self.listen.ip().is_loopback() => Access::Open,
            None => Access::Accounts,
        }
    }

    /// Whether what one client may do in a time is limited.
    pub fn limits(&self) -> bool {
        self.limits == Switch::On
    }
}

/// Parses the address by which people reach the server, into the form of an origin. A slash at its end is accepted: that
/// is how an address bar writes it.
fn parse_public_url(text: &str) -> Result<String, String> {
    let text = text.trim();
    match parse_origin(text.strip_suffix('/').unwrap_or(text))? {
        origin if origin == "null" => Err("expected an address, such as https://chat.example".to_owned()),
        origin => Ok(origin),
    }
}

/// Parses an address with a port; a host name is resolved.
fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let wrong = || "expected an address and a port, such as 127.0.0.1:8088".to_owned();
    text.to_socket_addrs().map_err(|_| wrong())?.next().ok_or_else(wrong)
}

/// Parses an origin into the form that browsers send: case, Unicode names, the scheme's default port and a trailing dot
/// are normalised. Anything that no browser sends is an error, since it would silently match nothing.
fn parse_origin(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("null") {
        return Ok("null".to_owned());
    }
    if text.contains('*') {
        return Err("a wildcard matches nothing: name each site, such as https://chat.example".to_owned());
    }
    let wrong = || "expected an origin, such as https://chat.example, or null".to_owned();
    let mut url = Url::parse(text).map_err(|_| wrong())?;
    let name = url.host_str().unwrap_or_default();
    let name = name.strip_suffix('.').unwrap_or(name).to_owned();
    if !matches!(url.scheme(), "http" | "https") || !text.contains("://") || name.is_empty() {
        return Err(wrong());
    }
    url.set_host(Some(&name)).map_err(|_| wrong())?;
    let origin = url.origin().ascii_serialization();
    let has_no_path = url.path() == "/" && !text.ends_with(['/', '\\']);
    let ends_at_port = has_no_path && url.query().is_none() && url.fragment().is_none();
    if ends_at_port && url.username().is_empty() && url.password().is_none() {
        Ok(origin)
    } else {
        Err(format!("an origin has nothing behind the name and the port: write {origin}"))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Cli, parse_origin, parse_public_url};

    #[test]
    fn certificate_and_key_need_each_other() {
        let parse = |flags: &[&str]| {
            let cli = Cli::try_parse_from([&["confab"], flags].concat())?;
            cli.checked().map(|cli| cli.serve.certificate().is_some())
        };
        assert!(!parse(&[]).unwrap());
        assert!(parse(&["--tls-cert", "chain.pem", "--tls-key", "key.pem"]).unwrap());
        for alone in [["--tls-cert", "chain.pem"], ["--tls-key", "key.pem"]] {
            let error = parse(&alone).unwrap_err().to_string();
            let first = error.lines().next().unwrap();
            assert!(first.starts_with("error: ") && first.contains("need each other"), "{first}");
        }
    }

    #[test]
    fn origin_is_normalised_to_the_form_that_browsers_send() {
        for (given, normalised) in [
            ("https://chat.example", "https://chat.example"),
            ("HTTPS://Chat.Example", "https://chat.example"),
            ("https://chat.example:443", "https://chat.example"),
            ("http://chat.example:80", "http://chat.example"),
            ("http://chat.example:8443", "http://chat.example:8443"),
            ("https://chat.example.", "https://chat.example"),
            ("https://chat.example.:8443", "https://chat.example:8443"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://[::0001]:9000", "http://[::1]:9000"),
            (" http://192.0.2.1 ", "http://192.0.2.1"),
            ("null", "null"),
            ("NULL", "null"),
        ] {
            assert_eq!(parse_origin(given).as_deref(), Ok(normalised), "{given}");
        }
    }

    #[test]
    fn origin_that_no_browser_sends_is_refused_with_a_hint() {
        for (given, hint) in [
            ("https://*.example", "wildcard"),
            ("*", "wildcard"),
            ("https://chat.example/", "write https://chat.example"),
            ("https://chat.example/chat", "write https://chat.example"),
            ("https://chat.example?x", "write https://chat.example"),
            ("https://me@chat.example", "write https://chat.example"),
            ("chat.example", "such as https://chat.example"),
            ("chat.example:443", "such as https://chat.example"),
            ("https:chat.example", "such as https://chat.example"),
            ("ws://chat.example", "such as https://chat.example"),
            ("https://", "such as https://chat.example"),
            ("https://.", "such as https://chat.example"),
            ("https://chat example", "such as https://chat.example"),
            ("", "such as https://chat.example"),
        ] {
            let refused = parse_origin(given).expect_err(given);
            assert!(refused.contains(hint), "{given}: {refused}");
        }
    }

    #[test]
    fn public_url_is_an_origin_with_or_without_a_slash() {
        assert_eq!(parse_public_url("HTTPS://Chat.Example:443/").as_deref(), Ok("https://chat.example"));
        assert_eq!(parse_public_url("http://192.0.2.1:8088").as_deref(), Ok("http://192.0.2.1:8088"));
        for wrong in [
            "null",
            "",
            "chat.example",
            "https://chat.example/chat",
            "https://chat.example//",
            "https://*.example",
        ] {
            assert!(parse_public_url(wrong).is_err(), "{wrong}");
        }
    }
}
