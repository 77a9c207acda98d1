//! Fetches pages and their pictures.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use hyper::{
    StatusCode,
    header::{CONTENT_TYPE, LOCATION},
};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};
use url::{Host, Url};

use super::{
    address::is_public,
    charset,
    connection::{self, Answer, Overlong},
    error::FetchError,
    page::{self, Page},
    resolver::Resolve,
};
use crate::network::Network;

/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// The time for a page or a picture, with all redirects.
const MAX_TIME: Duration = Duration::from_secs(10);

/// How much of a page is read, in bytes: what it says of itself stands at its beginning.
const MAX_PAGE_BYTES: usize = 1 << 20;

/// The largest picture, in bytes.
const MAX_PICTURE_BYTES: usize = 5 << 20;

/// The most pages and pictures that are fetched at a time.
const MAX_FETCHES: usize = 8;

/// Fetches pages and their pictures.
pub struct Fetcher {
    resolver: Box<dyn Resolve>,
    /// Networks that may be asked although they are not public, on any port.
    allowed: Vec<Network>,
    permits: Semaphore,
    max_time: Duration,
}

impl Fetcher {
    /// Fetches from the public internet and from some networks beside.
    pub fn new(resolver: Box<dyn Resolve>, allowed: Vec<Network>) -> Self {
        Self { resolver, allowed, permits: Semaphore::new(MAX_FETCHES), max_time: MAX_TIME }
    }

    /// What a page says of itself.
    ///
    /// # Errors
    /// Why there is no preview.
    pub async fn page(&self, url: &str) -> Result<Page, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Refused("it is no address"))?;
        self.in_time(async {
            let (url, answer) = self.get(url, "text/html, application/xhtml+xml;q=0.9").await?;
            let mime = answer.header(CONTENT_TYPE).unwrap_or_default().to_owned();
            if !is_type(&mime, &["text/html", "application/xhtml+xml"]) {
                return Err(FetchError::Type);
            }
            let bytes = answer.body(MAX_PAGE_BYTES, Overlong::Cut).await?;
            // A large page takes some tens of milliseconds.
            let parsed = spawn_blocking(move || page::parse(&charset::decode(&bytes, &mime), &url));
            parsed.await.map_err(io::Error::other)?.ok_or(FetchError::Untitled)
        })
        .await
    }

    /// The bytes of a picture, whatever they are.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn picture(&self, url: &Url) -> Result<Bytes, FetchError> {
        self.in_time(async {
            let (_, answer) = self.get(url.clone(), "image/webp, image/png, image/jpeg, image/gif").await?;
            if !is_type(answer.header(CONTENT_TYPE).unwrap_or_default(), &["image/"]) {
                return Err(FetchError::Type);
            }
            Ok(answer.body(MAX_PICTURE_BYTES, Overlong::Refuse).await?.into())
        })
        .await
    }

    async fn in_time<T>(&self, fetch: impl Future<Output = Result<T, FetchError>>) -> Result<T, FetchError> {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await.map_err(|_| FetchError::TimedOut)?;
        timeout(self.max_time, fetch).await.map_err(|_| FetchError::TimedOut)?
    }

    /// Asks for a URL and for those that it redirects to, each checked like the first. Answers the last of them.
    async fn get(&self, mut url: Url, accept: &str) -> Result<(Url, Answer), FetchError> {
        for _ in 0..=MAX_REDIRECTS {
            let addresses = self.check(&url).await?;
            let answer = connection::get(&url, &addresses, accept).await?;
            match answer.response.status() {
                StatusCode::OK => return Ok((url, answer)),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let next = answer.header(LOCATION).and_then(|next| url.join(next).ok());
                    url = next.ok_or(FetchError::Refused("it redirects nowhere"))?;
                }
                other => return Err(FetchError::Status(other)),
            }
        }
        Err(FetchError::Redirects)
    }

    /// The addresses that a URL may be asked for at.
    async fn check(&self, url: &Url) -> Result<Vec<SocketAddr>, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Refused("only http and https are asked"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Refused("it has a user name"));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let addresses = match url.host() {
            Some(Host::Ipv4(address)) => vec![IpAddr::V4(address)],
            Some(Host::Ipv6(address)) => vec![IpAddr::V6(address)],
            Some(Host::Domain(name)) => self.resolver.resolve(name.to_owned()).await?,
            None => return Err(FetchError::Refused("it has no host")),
        };
        if addresses.is_empty() {
            return Err(FetchError::Refused("the host has no address"));
        }
        for address in &addresses {
            if self.allowed.iter().any(|network| network.contains(*address)) {
                continue;
            }
            if !is_public(*address) {
                return Err(FetchError::NotPublic(*address));
            }
            if !matches!(port, 80 | 443) {
                return Err(FetchError::Refused("only the ports 80 and 443 are asked"));
            }
        }
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }
}

/// Whether a type begins with one of some.
fn is_type(mime: &str, types: &[&str]) -> bool {
    let mime = mime.trim().to_ascii_lowercase();
    types.iter().any(|of| mime.starts_with(of))
}

#[cfg(test)]
mod tests;
