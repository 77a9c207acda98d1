//! HTTP requests with a timeout. Every failure is an [`ErrorBody`], also where the server is out of reach.

use std::pin::Pin;

use confab_shared::{
    decode,
    error::{ErrorBody, ErrorCode},
};
use futures_util::future::{Either, select};
use gloo_net::http::{Method, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use web_sys::AbortController;

/// The outcome of a request.
pub(crate) type ApiResult<T> = Result<T, ErrorBody>;

/// How long a request may take until its answer is complete, in milliseconds.
const TIMEOUT_MS: u32 = 20_000;

/// Sends a request and answers the text of a successful response. Boxed and of one type, so that it is compiled once.
pub(super) fn request(
    method: Method,
    url: &str,
    token: &str,
    body: Option<String>,
) -> Pin<Box<dyn Future<Output = ApiResult<String>>>> {
    let abort = AbortController::new().ok();
    let mut request = RequestBuilder::new(url).method(method);
    request = request.abort_signal(abort.as_ref().map(AbortController::signal).as_ref());
    if !token.is_empty() {
        request = request.header("Authorization", &format!("Bearer {token}"));
    }
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body),
        None => request.build(),
    };
    Box::pin(async move {
        let response = Box::pin(async {
            let response = request.ok()?.send().await.ok()?;
            Some((response.ok(), response.text().await.ok()?))
        });
        let response = match select(response, TimeoutFuture::new(TIMEOUT_MS)).await {
            Either::Left((response, _)) => response,
            Either::Right(_) => {
                // The browser gives the connection back instead of waiting for a dead network.
                if let Some(abort) = abort {
                    abort.abort();
                }
                None
            }
        };
        match response {
            Some((true, text)) => Ok(text),
            // A proxy in between may answer with a page of its own.
            Some((false, text)) => Err(decode::from_str(&text).unwrap_or_else(unreachable_server)),
            None => Err(unreachable_server()),
        }
    })
}

/// The error for no answer, or one that is not Confab's: `Unknown` without a sentence, for which the page has its own.
pub(super) fn unreachable_server() -> ErrorBody {
    ErrorBody::new(ErrorCode::Unknown, String::new())
}
