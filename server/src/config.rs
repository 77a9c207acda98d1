//! The configuration: flags, each also an environment variable `CONFAB_...`.

mod accounts;
mod data;
mod migrate;
mod origin;

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{
    Args, CommandFactory, Parser, Subcommand, ValueEnum, builder::BoolishValueParser, error::ErrorKind,
};
use confab_shared::{api::Access, protocol::Limits};
use url::Url;

pub use self::{
    accounts::OperatorCommand,
    data::{BackupCommand, CheckCommand, DataCommand, RestoreCommand},
    migrate::{MigrateCommand, Place},
};
use self::{
    accounts::{InviteCommand, ReindexCommand, UserCommand},
    origin::{parse_origin, parse_public_url},
};
use crate::{
    blobs::BLOBS_FOLDER,
    network::Network,
    service::options::{FILE_LIMITS, MAX_FILE_LIMITS, WELCOME_LIMIT},
    transport::tls::certificate::CertificateFiles,
};

/// A megabyte, in bytes.
const MB: u64 = 1_000_000;

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
#[expect(clippy::large_enum_variant, reason = "a process has one")]
enum Command {
    /// Serves the page and the chat behind it (the default)
    Serve(Config),
    /// Lists, makes and changes accounts, also while the server runs
    User(UserCommand),
    /// Makes an invitation and prints its link, also while the server runs
    Invite(InviteCommand),
    /// Copies everything to a file, also while the server runs, and checks the copy
    Backup(BackupCommand),
    /// Makes an empty data folder what a backup holds
    Restore(RestoreCommand),
    /// Looks for faults in the data, also while the server runs: a line for each, and exit code 1 where there is one
    Check(CheckCommand),
    /// Builds the search index anew, also while the server runs
    Reindex(ReindexCommand),
    /// Moves everything from a data folder to a Postgres database or back, while no server runs
    Migrate(MigrateCommand),
}

/// What the command line asks for.
pub enum Invocation {
    /// To serve.
    Serve(Box<Config>),
    /// To do something about accounts.
    Operate(OperatorCommand),
    /// To copy or check the data.
    Data(DataCommand),
    /// To move everything to another storage.
    Migrate(MigrateCommand),
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

    /// Where the files of messages are: a folder, or a bucket of S3 (`s3://bucket/prefix`, with the usual variables
    /// `AWS_...`) [default: `blobs` in the data folder]
    #[arg(long, env = "CONFAB_BLOBS", value_name = "FOLDER|URL")]
    pub blobs: Option<String>,

    /// The largest file that may be sent, in MB; the owner may set another
    #[arg(long, env = "CONFAB_ATTACHMENT_LIMIT", value_name = "MB", default_value_t = FILE_LIMITS.attachment_bytes / MB, value_parser = clap::value_parser!(u64).range(..=MAX_FILE_LIMITS.attachment_bytes / MB))]
    attachment_limit: u64,

    /// How much all files of one person may have together, in MB; the owner may set another
    #[arg(long, env = "CONFAB_STORAGE_LIMIT", value_name = "MB", default_value_t = FILE_LIMITS.storage_bytes / MB, value_parser = clap::value_parser!(u64).range(..=MAX_FILE_LIMITS.storage_bytes / MB))]
    storage_limit: u64,

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

    /// The NATS server over which several servers of one database reach each other (`nats://host:4222`, `tls://...`). A path
    /// is the prefix of its subjects, where servers of several databases use one NATS server
    #[arg(long, env = "CONFAB_BUS", value_name = "URL", hide_env_values = true, value_parser = parse_bus)]
    pub bus: Option<Url>,

    /// Over how many seconds a server that stops closes its WebSockets, so that not all come to the others at once
    /// [default: 10 with `--bus`, otherwise 0]
    #[arg(long, env = "CONFAB_DRAIN_SECONDS", value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(..=600))]
    drain_seconds: Option<u16>,

    /// Whether what one client may do in a time is limited: `off` is for measuring
    #[arg(
        long,
        env = "CONFAB_LIMITS",
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    limits: Switch,

    /// Whether the server fetches what the web pages say of themselves that messages link to, and shows it with them
    #[arg(
        long,
        env = "CONFAB_LINK_PREVIEWS",
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    link_previews: Switch,

    /// A network that is not of the public internet and whose pages are fetched for previews all the same, as those of an
    /// intranet: an address (`10.0.0.5`) or a network (`10.0.0.0/8`). May be given more than once; in the variable, separated
    /// by commas
    #[arg(long, env = "CONFAB_LINK_PREVIEW_ALLOW", value_name = "NETWORK", value_delimiter = ',')]
    pub link_preview_allow: Vec<Network>,
    /// Whether messages are indexed for search: `off` is for measuring, and for disks that have no room for the index
    #[arg(
        long,
        env = "CONFAB_SEARCH",
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    search: Switch,

    /// The address of the metrics listener. It has no authentication: choose an address that only monitoring reaches
    #[arg(long, env = "CONFAB_METRICS_LISTEN", value_name = "ADDRESS:PORT", value_parser = parse_address)]
    pub metrics_listen: Option<SocketAddr>,

    /// The form of the log: text for people, or a line of JSON for each event
    #[arg(
        long,
        env = "CONFAB_LOG_FORMAT",
        value_name = "text|json",
        default_value = "text",
        hide_possible_values = true
    )]
    pub log_format: LogFormat,

    /// How much room the data folder's disk is to have, in MiB: with less, `/readyz` says that the server is not ready
    #[arg(long, env = "CONFAB_MIN_FREE_DISK", value_name = "MIB", default_value_t = 64)]
    min_free_disk: u64,

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

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A line of JSON for each event.
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AccessMode {
    /// Anyone may come in under a free name
    Open,
    /// Only people with an account or an invitation
    Accounts,
}

impl Invocation {
    /// The form of the log: that of commands is for people.
    pub fn log_format(&self) -> LogFormat {
        match self {
            Self::Serve(config) => config.log_format,
            Self::Operate(_) | Self::Data(_) | Self::Migrate(_) => LogFormat::Text,
        }
    }

    /// Parses the command line and the environment. Ends the process with 0 for `--help` and `--version`, and with 2
    /// and one line on stderr for an invalid value.
    pub fn from_command_line() -> Self {
        match Cli::try_parse().and_then(Cli::checked) {
            Ok(Cli { command: Some(Command::Serve(config)), .. } | Cli { command: None, serve: config }) => {
                Self::Serve(Box::new(config))
            }
            Ok(Cli { command: Some(Command::User(command)), .. }) => Self::Operate(command.into()),
            Ok(Cli { command: Some(Command::Invite(command)), .. }) => Self::Operate(command.into()),
            Ok(Cli { command: Some(Command::Reindex(command)), .. }) => Self::Operate(command.into()),
            Ok(Cli { command: Some(Command::Backup(command)), .. }) => {
                Self::Data(DataCommand::Backup(command))
            }
            Ok(Cli { command: Some(Command::Restore(command)), .. }) => {
                Self::Data(DataCommand::Restore(command))
            }
            Ok(Cli { command: Some(Command::Check(command)), .. }) => Self::Data(DataCommand::Check(command)),
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
            Some(_) => return Ok(self),
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

    /// Where the files of messages are.
    pub fn blobs(&self) -> String {
        blobs_of(self.blobs.as_deref(), &self.data)
    }

    /// The limits of files, where the owner sets no others.
    pub fn file_limits(&self) -> Limits {
        let bytes = |megabytes: u64| megabytes.saturating_mul(MB);
        Limits { attachment_bytes: bytes(self.attachment_limit), storage_bytes: bytes(self.storage_limit) }
    }

    /// How much room the data folder's disk is to have, in bytes.
    pub fn min_free_bytes(&self) -> u64 {
        self.min_free_disk.saturating_mul(1024 * 1024)
    }

    /// Over how long a server that stops closes its WebSockets.
    pub fn drain(&self) -> Duration {
        let default = if self.bus.is_some() { 10 } else { 0 };
        Duration::from_secs(self.drain_seconds.unwrap_or(default).into())
    }

    /// Whether previews of links are fetched.
    pub fn link_previews(&self) -> bool {
        self.link_previews == Switch::On
    }

    /// Whether what one client may do in a time is limited.
    pub fn limits(&self) -> bool {
        self.limits == Switch::On
    }

    /// Whether messages are indexed for search.
    pub fn search(&self) -> bool {
        self.search == Switch::On
    }
}

/// Where the files of messages are: as a flag says, or else in the data folder.
pub fn blobs_of(flag: Option<&str>, data: &Path) -> String {
    flag.map_or_else(|| data.join(BLOBS_FOLDER).display().to_string(), str::to_owned)
}

/// Parses the URL of a NATS server.
fn parse_bus(text: &str) -> Result<Url, String> {
    let wrong = || "expected the URL of a NATS server, such as nats://10.0.0.5:4222".to_owned();
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let is_token = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if !matches!(url.scheme(), "nats" | "tls") || url.host_str().unwrap_or_default().is_empty() {
        return Err(wrong());
    }
    match is_token(url.path().trim_matches('/')) {
        true => Ok(url),
        false => Err("the prefix of the subjects has letters, digits, `-` and `_` alone".to_owned()),
    }
}

/// Parses an address with a port; a host name is resolved.
fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let wrong = || "expected an address and a port, such as 127.0.0.1:8088".to_owned();
    text.to_socket_addrs().map_err(|_| wrong())?.next().ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Cli;

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
    fn bus_is_the_url_of_a_nats_server() {
        for right in ["nats://127.0.0.1:4222", "tls://bus.example", "nats://me:secret@bus.example/team-1"] {
            assert!(super::parse_bus(right).is_ok(), "{right}");
        }
        for wrong in [
            "127.0.0.1:4222",
            "http://bus.example",
            "nats://",
            "nats://bus.example/a.b",
            "nats://bus.example/a/b",
        ] {
            assert!(super::parse_bus(wrong).is_err(), "{wrong}");
        }
    }
}
