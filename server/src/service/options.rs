//! What the use cases are configured with.

use std::time::Duration;

use confab_shared::{api::Access, protocol::Limits};

use crate::storage::setup_link::SetupLinkFile;

/// How long a session lives without use, unless configured: 90 days.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How many conversations a welcome has, unless configured.
pub const WELCOME_LIMIT: u16 = 1_000;

/// The limits of files, unless configured: 100 MB for one, and 10 GB for all of one person.
pub const FILE_LIMITS: Limits = Limits { attachment_bytes: 100_000_000, storage_bytes: 10_000_000_000 };

/// The largest limits of files that can be set: a terabyte for one, and a thousand for all of one person.
pub const MAX_FILE_LIMITS: Limits =
    Limits { attachment_bytes: 1_000_000_000_000, storage_bytes: 1_000_000_000_000_000 };

/// The options.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who may sign in.
    pub access: Access,
    /// Whether the server listens to more than this machine.
    pub exposed: bool,
    /// The address that links lead to, without a slash at the end; where the request names another, that one is taken,
    /// unless `has_public_url`.
    pub url: String,
    /// Whether `url` was configured.
    pub has_public_url: bool,
    /// How long a session lives without use.
    pub session_lifetime: Duration,
    /// A welcome has so many of the newest conversations, at least one, and of the older ones as many that have unread
    /// messages.
    pub welcome_limit: u16,
    /// The limits of files, where the owner sets no others.
    pub file_limits: Limits,
    /// Whether previews of links are fetched, unless the owner turns that off.
    pub link_previews: bool,
    /// The file of the set-up link.
    pub setup_link: SetupLinkFile,
}

impl Options {
    /// The options of an open server in a test, which writes no file.
    #[cfg(test)]
    pub fn of_test() -> Self {
        Self {
            access: Access::Open,
            exposed: false,
            url: String::new(),
            has_public_url: false,
            session_lifetime: SESSION_LIFETIME,
            welcome_limit: WELCOME_LIMIT,
            file_limits: FILE_LIMITS,
            link_previews: false,
            setup_link: SetupLinkFile::new(std::path::Path::new("/nowhere")),
        }
    }

    /// The link by which somebody comes in with a secret. The secret is in the fragment, which browsers send to no server.
    ///
    /// `host` is the `Host` header of a request that asks for the link.
    pub fn link(&self, token: &str, host: Option<&str>) -> String {
        let url = match (host, self.url.split_once("://")) {
            (Some(host), Some((scheme, _))) if !self.has_public_url => format!("{scheme}://{host}"),
            _ => self.url.clone(),
        };
        format!("{url}/join#{token}")
    }
}
