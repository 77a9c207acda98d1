//! Errors over HTTP: a status for machines between, and the same body that `error` frames have.

use axum::{
    Json,
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{BytesRejection, FailedToBufferBody, JsonRejection, PathRejection},
    },
    http::{Method, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use confab_shared::error::ErrorCode;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// An error on its way out.
#[derive(Debug)]
pub struct HttpError(pub Error);

impl<E: Into<Error>> From<E> for HttpError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        (status(self.0.code), Json(self.0.body(None))).into_response()
    }
}

fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadToken => StatusCode::UNAUTHORIZED,
        ErrorCode::AccountsOnly | ErrorCode::ForeignOrigin | ErrorCode::WrongSender => StatusCode::FORBIDDEN,
        ErrorCode::NotFound | ErrorCode::UnknownConversation | ErrorCode::UnknownUser => {
            StatusCode::NOT_FOUND
        }
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::NameTaken | ErrorCode::WrongKind => StatusCode::CONFLICT,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::ShuttingDown | ErrorCode::StoreFailed | ErrorCode::TooManyConnections => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorCode::UpgradeRequired => StatusCode::UPGRADE_REQUIRED,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// No such route.
pub(super) async fn not_found() -> HttpError {
    ErrorCode::NotFound.into()
}

/// A method that the route has no handler for. The router adds the route's methods as `Allow`, also to the answer to
/// `OPTIONS`, which is asked for nothing else: CORS is not offered.
pub(super) async fn other_method(method: Method) -> Response {
    match method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => HttpError::from(ErrorCode::MethodNotAllowed).into_response(),
    }
}

/// A JSON body, refused with our error.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::JsonSyntaxError(error)) => {
                Err(HttpError(Error::new(ErrorCode::BadJson, error.body_text())))
            }
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(ErrorCode::TooLarge.into()),
            Err(JsonRejection::BytesRejection(BytesRejection::FailedToBufferBody(
                FailedToBufferBody::UnknownBodyError(_),
            ))) => Err(ErrorCode::Incomplete.into()),
            Err(error) => Err(HttpError(Error::new(ErrorCode::BadRequest, error.body_text()))),
        }
    }
}

/// A query string, refused with our error.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(error) => Err(HttpError(Error::new(ErrorCode::BadRequest, error.body_text()))),
        }
    }
}

/// An id in the path: one that is no number names nothing.
pub(super) struct Id<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let path: Result<_, PathRejection> = axum::extract::Path::from_request_parts(parts, state).await;
        match path {
            Ok(axum::extract::Path(id)) => Ok(Self(id)),
            Err(_) => Err(ErrorCode::UnknownConversation.into()),
        }
    }
}
