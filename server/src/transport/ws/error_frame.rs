//! The `error` frame of both dialects.

use confab_shared::{error::ErrorBody, id::ClientId};
use serde::Serialize;

use crate::{service::error::Error, transport::connection_id::ConnectionId, websocket::frame::Frame};

/// [`ServerFrame::Error`](confab_shared::protocol::ServerFrame::Error), with the id that the connection has in the log.
/// Clients ignore it: a person who reports a fault can name it.
#[derive(Serialize)]
#[serde(tag = "type", rename = "error")]
struct ErrorFrame {
    #[serde(flatten)]
    body: ErrorBody,
    connection: ConnectionId,
}

/// The frame of an error, with the id of the command that it answers.
pub(super) fn error_frame(error: Error, client_id: Option<ClientId>, connection: ConnectionId) -> Frame {
    let _span = connection.span().entered();
    tracing::debug!(code = ?error.code, "answered with an error: {}", error.message);
    Frame::json(&ErrorFrame { body: error.body(client_id), connection })
}

#[cfg(test)]
mod tests {
    use confab_shared::{error::ErrorCode, protocol::ServerFrame};

    use super::*;

    #[test]
    fn the_frame_is_the_protocols_with_the_connection() {
        let (error, connection) = (Error::from(ErrorCode::Forbidden), ConnectionId::next());
        let frame = error_frame(error.clone(), None, connection);
        let text = String::from_utf8_lossy(frame.bytes()).into_owned();
        let (_, json) = text.split_at(text.find('{').unwrap());
        assert_eq!(serde_json::from_str::<ServerFrame>(json).unwrap(), ServerFrame::Error(error.body(None)));
        assert!(json.contains(&format!(r#""connection":"{connection}""#)), "{json}");
    }
}
