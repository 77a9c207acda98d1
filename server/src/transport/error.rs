//! Errors over HTTP: the status of each error code, and the same body as `error` frames have.

use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use confab_shared::error::ErrorCode;

use crate::service::error::Error;

/// An error of a use case, as a response.
#[derive(Debug)]
pub struct HttpError(pub Error);

impl<E: Into<Error>> From<E> for HttpError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let retry_after = self.0.retry_after;
        let mut response = (status(self.0.code), Json(self.0.body(None))).into_response();
        if let Some(wait) = retry_after {
            // In whole seconds (RFC 9110, 10.2.3); the body has milliseconds.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadToken => StatusCode::UNAUTHORIZED,
        ErrorCode::AccountsOnly
        | ErrorCode::BadInvitation
        | ErrorCode::CodeRequired
        | ErrorCode::Deactivated
        | ErrorCode::Forbidden
        | ErrorCode::PasswordRequired
        | ErrorCode::SecondFactorRequired
        | ErrorCode::WrongCode
        | ErrorCode::WrongPassword
        | ErrorCode::ForeignOrigin
        | ErrorCode::WrongSender => StatusCode::FORBIDDEN,
        ErrorCode::NotFound
        | ErrorCode::UnknownAttachment
        | ErrorCode::UnknownConversation
        | ErrorCode::UnknownMessage
        | ErrorCode::UnknownUser => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::DraftConflict
        | ErrorCode::IdempotencyConflict
        | ErrorCode::NameTaken
        | ErrorCode::TooManyDrafts
        | ErrorCode::TooManyReactions
        | ErrorCode::TooManySaved
        | ErrorCode::TooManyUploads
        | ErrorCode::WrongKind
        | ErrorCode::WrongOffset => StatusCode::CONFLICT,
        ErrorCode::AttachmentTooLarge | ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::StorageQuotaExceeded => StatusCode::INSUFFICIENT_STORAGE,
        ErrorCode::UnsupportedTusVersion => StatusCode::PRECONDITION_FAILED,
        ErrorCode::UploadLocked => StatusCode::LOCKED,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Busy
        | ErrorCode::ShuttingDown
        | ErrorCode::StoreFailed
        | ErrorCode::TooManyConnections => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::UpgradeRequired => StatusCode::UPGRADE_REQUIRED,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::BadCursor
        | ErrorCode::BadEmoji
        | ErrorCode::BadFrame
        | ErrorCode::BadJson
        | ErrorCode::BadLimit
        | ErrorCode::BadName
        | ErrorCode::BadRequest
        | ErrorCode::BinaryFrame
        | ErrorCode::HelloExpected
        | ErrorCode::Incomplete
        | ErrorCode::QueryTooLong
        | ErrorCode::TextControlCharacter
        | ErrorCode::TextEmpty
        | ErrorCode::TextTooLong
        | ErrorCode::TooManyAttachments
        | ErrorCode::TooManyTerms
        | ErrorCode::UnknownType
        | ErrorCode::WeakPassword
        | ErrorCode::Unknown => StatusCode::BAD_REQUEST,
    }
}

/// Answers a request without a route.
pub async fn not_found() -> HttpError {
    ErrorCode::NotFound.into()
}

/// Answers a method that the route does not have. The router adds `Allow` with the route's methods, also to the answer
/// to `OPTIONS`. CORS is not offered.
pub async fn method_not_allowed(method: Method) -> Response {
    match method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => HttpError::from(ErrorCode::MethodNotAllowed).into_response(),
    }
}
