//! The `error` frame.

use confab_shared::{id::ClientId, protocol::ServerFrame};

use crate::{service::error::Error, websocket::frame::Frame};

/// The frame of an error, with the id of the command that it answers.
pub(super) fn error_frame(error: Error, client_id: Option<ClientId>) -> Frame {
    Frame::json(&ServerFrame::Error(error.body(client_id)))
}
