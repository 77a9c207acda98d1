//! Says back what it hears, over the connections that chat uses: what `make conformance` holds against the suite.

use std::convert::Infallible;

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    connection::{self, Dialect, Done, Said},
    handshake::Handshake,
    link::Link,
};
use crate::{
    chat::{Posted, Posting},
    error::Error,
    frame::Frame,
    http::HttpError,
    store::NewEvent,
};

/// A router that says back what it hears, on `/`.
pub fn echo() -> Router {
    Router::new().route("/", get(upgrade))
}

async fn upgrade(mut request: Request) -> Response {
    let (response, connected) = match Handshake::new(&mut request) {
        Ok(handshake) => handshake.accept(),
        Err(error) => return HttpError(error).into_response(),
    };
    tokio::spawn(async move {
        if let Some((link, reader)) = connected.await {
            connection::serve(link.into(), reader, Echo).await;
        }
    });
    response
}

struct Echo;

impl Dialect for Echo {
    type Command = Infallible;

    async fn read(&mut self, text: String) -> Said<Infallible> {
        Said::Answer(Frame::text(&text))
    }

    fn binary(&mut self, bytes: Vec<u8>) -> Frame {
        Frame::binary(&bytes)
    }

    async fn post(&self, messages: Vec<NewEvent>) -> Posting {
        Posting::refused(&messages)
    }

    fn posted(_posted: Posted) -> Option<Frame> {
        None
    }

    async fn carry_out(&mut self, command: Infallible, _link: &Link) -> Done {
        match command {}
    }

    fn error(&self, error: Error) -> Frame {
        Frame::text(&error.message)
    }
}
