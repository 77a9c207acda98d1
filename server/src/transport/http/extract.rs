//! Extractors whose rejections are API errors.

use axum::{
    Json,
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{BytesRejection, FailedToBufferBody, JsonRejection, PathRejection},
    },
    http::{StatusCode, request::Parts},
};
use confab_shared::error::ErrorCode;
use serde::de::DeserializeOwned;

use crate::{service::error::Error, transport::error::HttpError};

/// A JSON body, refused with an API error.
pub struct Body<T>(pub T);

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

/// A query string, refused with an API error.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(error) => Err(HttpError(Error::new(ErrorCode::BadRequest, error.body_text()))),
        }
    }
}

/// An id in the path. One that is not a number is answered like an unknown one.
pub struct Id<T>(pub T);

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

/// A number in the path of something that is no conversation. One that is not a number is answered like an unknown one.
pub struct Number<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Number<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let path: Result<_, PathRejection> = axum::extract::Path::from_request_parts(parts, state).await;
        match path {
            Ok(axum::extract::Path(number)) => Ok(Self(number)),
            Err(_) => Err(ErrorCode::NotFound.into()),
        }
    }
}
