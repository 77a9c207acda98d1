//! One request over a connection of its own, to an address that was checked.

use std::{
    io::{self, Read},
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, Empty};
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::http1,
    header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONNECTION, CONTENT_ENCODING, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::error::FetchError;

/// The time for a connection to one address.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The most addresses that are tried.
const MAX_ADDRESSES: usize = 4;

/// The most bytes and fields of an answer's head.
const MAX_HEAD_BYTES: usize = 64 << 10;
const MAX_FIELDS: usize = 128;

/// How the server names itself to the sites that it asks.
const AGENT: &str = concat!("Mozilla/5.0 (compatible; Confab/", env!("CARGO_PKG_VERSION"), "; link preview)");

/// What is done with an answer that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overlong {
    /// Its beginning is enough.
    Cut,
    /// It is worth nothing.
    Refuse,
}

/// An answer whose body is not read yet.
pub(super) struct Answer {
    pub(super) response: Response<Incoming>,
    /// The connection lives as long as the answer.
    _connection: AbortOnDropHandle<()>,
}

/// Asks for a URL at one of these addresses, and nowhere else.
pub(super) async fn get(url: &Url, addresses: &[SocketAddr], accept: &str) -> Result<Answer, FetchError> {
    let stream = connect(addresses).await?;
    if url.scheme() == "https" {
        let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name).map_err(|_| FetchError::Refused("the host is no name"))?;
        let stream = TlsConnector::from(tls()?).connect(name, stream).await?;
        request(url, stream, accept).await
    } else {
        request(url, stream, accept).await
    }
}

async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, FetchError> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses.iter().take(MAX_ADDRESSES) {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last.into())
}

/// TLS with the certificates that the system trusts.
fn tls() -> Result<Arc<ClientConfig>, FetchError> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::warn!("the system has no root certificates: links to https:// get no previews");
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let config = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
    Ok(Arc::clone(CONFIG.get_or_init(|| config)))
}

async fn request<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    url: &Url,
    stream: S,
    accept: &str,
) -> Result<Answer, FetchError> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_FIELDS)
        .handshake(TokioIo::new(stream))
        .await?;
    let connection = AbortOnDropHandle::new(tokio::spawn(async move {
        // The answer says what was wrong.
        let _ = connection.await;
    }));
    let host = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let request = Request::get(path)
        .header(HOST, host)
        .header(USER_AGENT, AGENT)
        .header(ACCEPT, accept)
        .header(ACCEPT_ENCODING, "gzip")
        .header(ACCEPT_LANGUAGE, "en, *;q=0.5")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|_| FetchError::Refused("the address cannot be asked for"))?;
    Ok(Answer { response: sender.send_request(request).await?, _connection: connection })
}

impl Answer {
    /// The value of a field of the head.
    pub(super) fn header(&self, name: hyper::header::HeaderName) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// Reads the body, of which at most so many bytes arrive and are unpacked.
    pub(super) async fn body(mut self, max_bytes: usize, overlong: Overlong) -> Result<Vec<u8>, FetchError> {
        let coding = self.header(CONTENT_ENCODING).unwrap_or("identity").trim().to_ascii_lowercase();
        let mut bytes = Vec::new();
        while let Some(frame) = self.response.body_mut().frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            let room = max_bytes - bytes.len();
            bytes.extend_from_slice(&data[..data.len().min(room)]);
            if data.len() > room {
                if overlong == Overlong::Refuse {
                    return Err(FetchError::TooLarge);
                }
                break;
            }
        }
        match coding.as_str() {
            "" | "identity" => Ok(bytes),
            "gzip" | "x-gzip" => unpacked(&bytes, max_bytes, overlong),
            _ => Err(FetchError::Refused("the answer is compressed in a way that was not asked for")),
        }
    }
}

/// What gzip packed, up to a length.
fn unpacked(packed: &[u8], max_bytes: usize, overlong: Overlong) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let read = MultiGzDecoder::new(packed).take(limit).read_to_end(&mut bytes);
    match overlong {
        // What was cut off ends with an error; all before it is there.
        Overlong::Cut => bytes.truncate(max_bytes),
        Overlong::Refuse if bytes.len() > max_bytes => return Err(FetchError::TooLarge),
        Overlong::Refuse => {
            read?;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[test]
    fn a_bomb_is_unpacked_up_to_the_limit() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&vec![b'a'; 8 << 20]).unwrap();
        let packed = packed.finish().unwrap();
        assert!(packed.len() < 100_000);
        assert_eq!(unpacked(&packed, 1_000, Overlong::Cut).unwrap(), vec![b'a'; 1_000]);
        assert!(matches!(unpacked(&packed, 1_000, Overlong::Refuse), Err(FetchError::TooLarge)));
        let cut = &packed[..packed.len() / 2];
        assert!(!unpacked(cut, 1_000, Overlong::Cut).unwrap().is_empty());
        assert!(unpacked(b"no gzip", 1_000, Overlong::Refuse).is_err());
    }
}
