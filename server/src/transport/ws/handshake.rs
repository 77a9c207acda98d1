//! From HTTP to WebSocket (RFC 6455, 4.2).

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use confab_shared::error::ErrorCode;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use sha1::{Digest, Sha1};

use super::{handle::ConnectionHandle, reader::Reader};
use crate::{service::error::Error, transport::listener::metered::MeteredStream};

/// What a key is hashed with (RFC 6455, 1.3).
const SALT: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A request that asks for WebSocket, and is right in every way that this protocol knows of.
pub struct Handshake {
    upgrade: OnUpgrade,
    accept: HeaderValue,
}

impl Handshake {
    /// Checks a request.
    ///
    /// # Errors
    /// `upgrade_required` where it does not ask for WebSocket at all; `bad_request`, with what is wrong.
    pub fn new(request: &mut Request) -> Result<Self, Error> {
        let wrong = |what: &str| Error::new(ErrorCode::BadRequest, format!("This is for WebSocket: {what}."));
        let headers = request.headers();
        if !has(headers, header::CONNECTION, "upgrade") || !has(headers, header::UPGRADE, "websocket") {
            return Err(ErrorCode::UpgradeRequired.into());
        }
        if request.method() != Method::GET {
            return Err(wrong("the method has to be GET"));
        }
        if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            return Err(wrong("its version has to be 13"));
        }
        let key = headers
            .get(header::SEC_WEBSOCKET_KEY)
            .filter(|key| BASE64_STANDARD.decode(key.as_bytes()).is_ok_and(|nonce| nonce.len() == 16));
        let key = key.ok_or_else(|| wrong("Sec-WebSocket-Key has to be 16 bytes in base64"))?;
        let hash = Sha1::new().chain_update(key.as_bytes()).chain_update(SALT).finalize();
        let accept = HeaderValue::try_from(BASE64_STANDARD.encode(hash))
            .map_err(|_| Error::from(ErrorCode::Internal))?;
        let upgrade = request.extensions_mut().remove::<OnUpgrade>();
        let upgrade = upgrade.ok_or_else(|| wrong("this connection cannot become one"))?;
        Ok(Self { upgrade, accept })
    }

    /// The answer, and the connection that it becomes once the answer is written.
    pub fn accept(self) -> (Response, impl Future<Output = Option<(ConnectionHandle, Reader)>> + Send) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept);
        let upgrade = self.upgrade;
        (response, async move { connected(upgrade).await })
    }
}

/// The socket itself, out of all that HTTP had wrapped around it: its buffers are given back here.
async fn connected(upgrade: OnUpgrade) -> Option<(ConnectionHandle, Reader)> {
    let upgraded = match upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => {
            tracing::debug!(%error, "failed to upgrade a connection");
            return None;
        }
    };
    let Ok(parts) = upgraded.downcast::<TokioIo<MeteredStream>>() else {
        tracing::error!("failed to upgrade a connection: it is no TCP socket");
        return None;
    };
    let (read, write) = parts.io.into_inner().into_inner().into_split();
    Some((ConnectionHandle::new(write), Reader::new(read, &parts.read_buf)))
}

/// Whether a header's list has a word.
fn has(headers: &HeaderMap, name: header::HeaderName, word: &str) -> bool {
    let values = headers.get_all(name);
    values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().eq_ignore_ascii_case(word))
}
