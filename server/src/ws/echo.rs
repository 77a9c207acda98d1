//! Says back what it hears, over the connections that chat uses: what `make conformance` holds against the suite.

use std::future::Ready;

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    connection::{self, Dialect, Step},
    handshake::Handshake,
    link::Link,
};
use crate::{error::Error, frame::Frame, http::HttpError};

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
    type Answer = Ready<Option<Frame>>;

    async fn text(&mut self, text: String, _link: &Link) -> Step<Self::Answer> {
        Step::Now(Some(Frame::text(&text)))
    }

    fn binary(&mut self, bytes: Vec<u8>) -> Step<Self::Answer> {
        Step::Now(Some(Frame::binary(&bytes)))
    }

    fn error(&self, error: Error) -> Frame {
        Frame::text(&error.message)
    }
}
