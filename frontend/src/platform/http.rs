//! HTTP requests with a timeout. Every failure is an [`ErrorBody`], also where the server is out of reach.

use std::pin::Pin;

use confab_shared::{
    decode,
    error::{ErrorBody, ErrorCode},
};
use futures_util::future::{Either, select};
use gloo_net::http::{Method, Request, RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use web_sys::AbortController;

/// The outcome of a request.
pub(crate) type ApiResult<T> = Result<T, ErrorBody>;

/// A response with its text, once it is there; none where it does not come.
type Exchange = Pin<Box<dyn Future<Output = Option<(Response, String)>>>>;

/// How long a request may take until its answer is complete, in milliseconds.
const TIMEOUT_MS: u32 = 20_000;

/// Ends a request whose answer is not needed any more, so that the browser gives its connection back.
pub(super) struct AbortOnDrop(pub(super) Option<AbortController>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(abort) = &self.0 {
            abort.abort();
        }
    }
}

/// Sends a request and answers the text of a successful response. A request whose future is dropped is aborted. Boxed and of one
/// type, so that it is compiled once.
pub(super) fn request(
    method: Method,
    url: &str,
    token: &str,
    body: Option<String>,
) -> Pin<Box<dyn Future<Output = ApiResult<String>>>> {
    let abort = AbortOnDrop(AbortController::new().ok());
    let mut request = RequestBuilder::new(url).method(method);
    request = request.abort_signal(abort.0.as_ref().map(AbortController::signal).as_ref());
    if !token.is_empty() {
        request = request.header("Authorization", &format!("Bearer {token}"));
    }
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body),
        None => request.build(),
    };
    Box::pin(async move {
        match exchange(request, abort, TIMEOUT_MS).await {
            Some((response, text)) if response.ok() => Ok(text),
            // A proxy in between may answer with a page of its own.
            Some((_, text)) => Err(decode::from_str(&text).unwrap_or_else(unreachable_server)),
            None => Err(unreachable_server()),
        }
    })
}

/// Sends a request and answers the response with its text; none where it does not come in time or not at all. It is
/// aborted where it is dropped before its answer.
pub(super) fn exchange(
    request: Result<Request, gloo_net::Error>,
    abort: AbortOnDrop,
    timeout_ms: u32,
) -> Exchange {
    Box::pin(async move {
        let response = Box::pin(async {
            let response = request.ok()?.send().await.ok()?;
            let text = response.text().await.ok()?;
            Some((response, text))
        });
        let response = match select(response, TimeoutFuture::new(timeout_ms)).await {
            Either::Left((response, _)) => response,
            // The browser gives the connection back instead of waiting for a dead network.
            Either::Right(_) => None,
        };
        drop(abort);
        response
    })
}

/// The error for no answer, or one that is not Confab's: `Unknown` without a sentence, for which the page has its own.
pub(super) fn unreachable_server() -> ErrorBody {
    ErrorBody::new(ErrorCode::Unknown, String::new())
}
