//! The configuration: flags, each also an environment variable `CONFAB_...`.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::BoolishValueParser};
use confab_shared::api::Access;
use url::Url;

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
    /// Makes accounts and sets passwords, while the server does not run
    User(UserCommand),
}

/// What the command line asks for.
pub enum Invocation {
    /// To serve.
    Serve(Config),
    /// To change a user.
    User(UserCommand),
}

/// The flags of `user`.
#[derive(Clone, Debug, Args)]
pub struct UserCommand {
    /// The folder that keeps everything
    #[arg(long, env = "CONFAB_DATA", value_name = "FOLDER", default_value = "./confab-data", global = true)]
    pub data: PathBuf,

    /// Reads the password from the first line of the input, instead of making one up
    #[arg(long, global = true)]
    pub password_stdin: bool,

    /// What to do.
    #[command(subcommand)]
    pub action: UserAction,
}

/// What `user` does.
#[derive(Clone, Debug, Subcommand)]
pub enum UserAction {
    /// Makes an account; a guest who has the name keeps it as theirs
    Add {
        /// The name
        name: String,
    },
    /// Gives a user another password, and ends all their sessions
    SetPassword {
        /// The name
        name: String,
    },
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

    /// Who may come in: anyone as a guest, or only people with an account [default: open on a loopback address,
    /// accounts elsewhere]
    #[arg(long, env = "CONFAB_ACCESS", value_name = "MODE")]
    access: Option<AccessMode>,

    /// A page of another site that may connect, as browsers name it (`https://chat.example`); `null` for pages opened
    /// from disk. May be given more than once; in the variable, separated by commas
    #[arg(long, env = "CONFAB_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', value_parser = parse_origin)]
    pub allow_origin: Vec<String>,

    /// Lets programs and pages of the demo's kind connect with nothing but an ID (`/ws?userID=123`), also where the server
    /// is reached from other machines; on a loopback address, this machine's always may
    #[arg(long, env = "CONFAB_LEGACY_DIALECT", value_parser = BoolishValueParser::new())]
    pub legacy_dialect: bool,
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
        match Cli::try_parse() {
            Ok(Cli { command: Some(Command::Serve(config)), .. } | Cli { command: None, serve: config }) => {
                Self::Serve(config)
            }
            Ok(Cli { command: Some(Command::User(command)), .. }) => Self::User(command),
            Err(error) if !error.use_stderr() => error.exit(),
            Err(error) => {
                let text = error.to_string();
                eprintln!("{}", text.lines().next().unwrap_or("error: the command line is wrong"));
                std::process::exit(2);
            }
        }
    }
}

impl Config {
    /// The access mode: the flag's, or the default of the listen address.
    pub fn access(&self) -> Access {
        match self.access {
            Some(AccessMode::Open) => Access::Open,
            Some(AccessMode::Accounts) => Access::Accounts,
            None if self.listen.ip().is_loopback() => Access::Open,
            None => Access::Accounts,
        }
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
    use super::parse_origin;

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
}
