//! Why a preview could not be fetched.

use std::{io, net::IpAddr};

use hyper::StatusCode;

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The link, or one that it led to, is none that the server follows.
    #[error("refused: {0}")]
    Refused(&'static str),
    /// An address of the host is not one of the public internet.
    #[error("refused: {0} is no public address")]
    NotPublic(IpAddr),
    /// Too many redirects.
    #[error("too many redirects")]
    Redirects,
    /// The answer is too large.
    #[error("the answer is too large")]
    TooLarge,
    /// It took too long.
    #[error("it took too long")]
    TimedOut,
    /// The site answered something else.
    #[error("the site answered {0}")]
    Status(StatusCode),
    /// It is not what was asked for.
    #[error("the answer is of another type")]
    Type,
    /// The page says nothing of itself.
    #[error("the page has no title")]
    Untitled,
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The site does not speak HTTP as it should.
    #[error(transparent)]
    Http(#[from] hyper::Error),
}
