//! Echoes messages over the same connections as chat. `make conformance` runs the WebSocket suite against it.

use std::convert::Infallible;

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    connection,
    dialect::{Dialect, Inbound, RequestOutcome},
    handle::ConnectionHandle,
    handshake::Handshake,
};
use crate::{
    domain::command::Command,
    service::{CommandAnswer, PendingCommands, error::Error},
    transport::{connection_id::ConnectionId, error::HttpError},
    websocket::frame::Frame,
};

/// A router that echoes on `/`.
pub fn echo() -> Router {
    Router::new().route("/", get(upgrade))
}

async fn upgrade(mut request: Request) -> Response {
    let (response, connected) = match Handshake::new(&mut request) {
        Ok(handshake) => handshake.accept(),
        Err(error) => return HttpError(error).into_response(),
    };
    tokio::spawn(async move {
        if let Some((handle, reader)) = connected.await {
            connection::serve(handle.into(), reader, Echo).await;
        }
    });
    response
}

struct Echo;

impl Dialect for Echo {
    type Request = Infallible;

    async fn read(&mut self, text: String) -> Inbound<Infallible> {
        Inbound::Answer(Frame::text(&text))
    }

    fn binary(&mut self, bytes: Vec<u8>) -> Frame {
        Frame::binary(&bytes)
    }

    async fn submit(&self, commands: Vec<Command>) -> PendingCommands {
        PendingCommands::refused(&commands)
    }

    fn answer(&mut self, _answer: CommandAnswer, _connection: ConnectionId) -> Option<Frame> {
        None
    }

    async fn handle(&mut self, request: Infallible, _handle: &ConnectionHandle) -> RequestOutcome {
        match request {}
    }

    fn error(&self, error: Error) -> Frame {
        Frame::text(&error.message)
    }
}
