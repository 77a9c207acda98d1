//! What web pages say of themselves, for previews of links. The addresses come from strangers, so this is an attack surface
//! twice: on what the server can reach (server-side request forgery), and by what is answered.
//!
//! - Only `http` and `https`, only the ports 80 and 443, no user names. The host's forms (decimal, octal, hexadecimal, mapped)
//!   are normalised by `url`, as browsers do.
//! - A host is resolved once, and the connection goes to an address that was checked ([`address::is_public`]): there is no
//!   second look-up that could give another answer. A host with any address that is not public is refused as a whole. The same
//!   holds for every redirect and for the picture. No connection is used twice, and no proxy.
//! - The owner can allow networks of the intranet (`--link-preview-allow`), on any port.
//! - Bytes, time, redirects and what a compressed answer may become are bounded; cookies are neither sent nor kept.
//! - HTML is read by a tokenizer, up to `<body>`; nothing is run.

pub mod address;
mod cache;
mod charset;
mod connection;
mod error;
mod fetcher;
mod page;
pub mod resolver;

pub use self::{cache::Cache, error::FetchError, fetcher::Fetcher, page::Page};
