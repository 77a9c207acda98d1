//! The answer to a request whose handler panics.

use std::panic::AssertUnwindSafe;

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use confab_shared::error::ErrorCode;
use futures_util::FutureExt;

use crate::transport::error::HttpError;

/// Passes a request on, and answers 500 `internal` where that panics. What the handlers share is behind locks that
/// outlive a panic, or belongs to the request.
pub async fn catch(request: Request, next: Next) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|_| HttpError::from(ErrorCode::Internal).into_response())
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, http::StatusCode, middleware::from_fn, routing::get};
    use confab_shared::error::ErrorBody;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;

    use super::*;

    async fn answer(path: &str) -> (StatusCode, Vec<u8>) {
        let router = Router::new()
            .route("/faulty", get(async || -> StatusCode { panic!("a fault") }))
            .route("/sound", get(async || "ok"))
            .layer(from_fn(catch));
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = TowerToHyperService::new(router).call(request).await.unwrap();
        let (head, body) = answer.into_parts();
        (head.status, axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec())
    }

    #[tokio::test]
    async fn a_panic_is_answered_and_ends_only_its_request() {
        let (status, body) = answer("/faulty").await;
        let body: ErrorBody = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, body.code), (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal));
        assert_eq!(answer("/sound").await, (StatusCode::OK, b"ok".to_vec()));
    }
}
