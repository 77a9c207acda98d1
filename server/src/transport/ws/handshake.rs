//! The upgrade of a connection from HTTP to WebSocket (RFC 6455, 4.2).

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use confab_shared::error::ErrorCode;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::{handle::ConnectionHandle, reader::Reader};
use crate::{
    service::error::Error,
    transport::{connection_id::ConnectionId, listener::metered::MeteredStream},
    websocket::handshake::{VERSION, accept_key, has_token},
};

/// A valid upgrade request that is not answered yet.
pub struct Handshake {
    connection: ConnectionId,
    upgrade: OnUpgrade,
    accept: HeaderValue,
}

impl Handshake {
    /// Checks a request and takes its connection.
    ///
    /// # Errors
    /// `upgrade_required` where the request asks for no WebSocket; `bad_request`, with the reason, where it asks for
    /// one wrongly.
    pub fn new(request: &mut Request) -> Result<Self, Error> {
        let wrong = |what: &str| Error::new(ErrorCode::BadRequest, format!("This is for WebSocket: {what}."));
        let headers = request.headers();
        if !lists(headers, header::CONNECTION, "upgrade") || !lists(headers, header::UPGRADE, "websocket") {
            return Err(ErrorCode::UpgradeRequired.into());
        }
        if request.method() != Method::GET {
            return Err(wrong("the method has to be GET"));
        }
        if headers.contains_key(header::TRANSFER_ENCODING)
            || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
        {
            return Err(wrong("the request has no body"));
        }
        if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != VERSION) {
            return Err(wrong("its version has to be 13"));
        }
        let accept = headers.get(header::SEC_WEBSOCKET_KEY).and_then(|key| accept_key(key.as_bytes()));
        let accept = accept.ok_or_else(|| wrong("Sec-WebSocket-Key has to be 16 bytes in base64"))?;
        let accept = HeaderValue::try_from(accept).map_err(|_| Error::from(ErrorCode::Internal))?;
        let upgrade = request.extensions_mut().remove::<OnUpgrade>();
        let upgrade = upgrade.ok_or_else(|| wrong("this connection cannot become one"))?;
        let connection = request.extensions().get().copied().unwrap_or_else(ConnectionId::next);
        Ok(Self { connection, upgrade, accept })
    }

    /// The response, and a future of the connection that resolves once the response is written.
    pub fn accept(self) -> (Response, impl Future<Output = Option<(ConnectionHandle, Reader)>> + Send) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept.clone());
        let Self { connection, upgrade, .. } = self;
        (response, async move { connected(connection, upgrade).await })
    }
}

/// Unwraps the socket from HTTP's types, whose buffers are freed.
async fn connected(connection: ConnectionId, upgrade: OnUpgrade) -> Option<(ConnectionHandle, Reader)> {
    let upgraded = match upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => {
            tracing::debug!(%error, "failed to upgrade a connection");
            return None;
        }
    };
    let Ok(parts) = upgraded.downcast::<TokioIo<MeteredStream>>() else {
        tracing::error!("failed to upgrade a connection: it is not one of the listener");
        return None;
    };
    let (read, write) = parts.io.into_inner().into_inner().into_split();
    Some((ConnectionHandle::new(connection, write), Reader::new(read, &parts.read_buf)))
}

/// Whether a header that is a list contains a token.
fn lists(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    has_token(headers.get_all(name).iter().filter_map(|line| line.to_str().ok()), token)
}
