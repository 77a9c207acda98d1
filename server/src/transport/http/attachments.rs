//! Attachments: uploads by tus 1.0.0 (<https://tus.io/protocols/resumable-upload>, with its extensions creation and
//! termination), links, and the bytes behind them.

mod serve;
mod tus;

use axum::{
    Json,
    body::Body as RequestBody,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use confab_shared::{
    api::{AttachmentLinks, LinksWanted},
    attachment::Attachment,
    error::ErrorCode,
    id::AttachmentId,
};
use futures_util::TryStreamExt;
use serde_json::json;
use uuid::Uuid;

use self::tus::{OFFSET, check_version, metadata, number, offset_headers};
pub use self::{serve::serve, tus::resumable};
use super::{bearer::SignedInUser, extract::Body};
use crate::{
    service::{Service, UploadState, error::Error},
    transport::error::HttpError,
};

/// An id in the path. One that is none is answered like an unknown one.
fn known(path: Result<Path<Uuid>, impl Sized>) -> Result<AttachmentId, HttpError> {
    path.map(|Path(id)| AttachmentId(id)).map_err(|_| ErrorCode::UnknownAttachment.into())
}

type IdPath = Result<Path<Uuid>, axum::extract::rejection::PathRejection>;

/// `OPTIONS /api/v1/attachments` and of an upload: what this server can.
pub async fn options(State(service): State<Service>) -> Result<Response, HttpError> {
    Ok((StatusCode::NO_CONTENT, tus::abilities(service.max_attachment_bytes().await?)).into_response())
}

/// `POST /api/v1/attachments`
pub async fn create(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    check_version(&headers)?;
    let length = number(&headers, tus::LENGTH)?;
    let id = service.start_upload(&user, length, metadata(&headers)?).await?;
    let location =
        HeaderValue::try_from(format!("/api/v1/attachments/{id}")).map_err(|_| ErrorCode::Internal)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)]).into_response())
}

/// `HEAD /api/v1/attachments/{id}`
pub async fn status(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    path: IdPath,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    check_version(&headers)?;
    let status = service.upload_status(&user, known(path)?).await?;
    Ok((StatusCode::OK, offset_headers(status.offset, Some(status.length))).into_response())
}

/// `PATCH /api/v1/attachments/{id}`
pub async fn add_bytes(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    path: IdPath,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, HttpError> {
    check_version(&headers)?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if content_type.is_none_or(|value| value.trim() != tus::CONTENT_TYPE) {
        let sentence = format!("The bytes of an upload have the type {}.", tus::CONTENT_TYPE);
        return Err(HttpError(Error::new(ErrorCode::BadRequest, sentence)));
    }
    let (id, offset) = (known(path)?, number(&headers, OFFSET)?);
    let bytes = body.into_data_stream().map_err(|_| ErrorCode::Incomplete.into());
    let offset = service.add_bytes(&user, id, offset, bytes).await?;
    Ok((StatusCode::NO_CONTENT, offset_headers(offset, None)).into_response())
}

/// `DELETE /api/v1/attachments/{id}`
pub async fn discard(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    path: IdPath,
) -> Result<StatusCode, HttpError> {
    service.discard_upload(&user, known(path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/attachments/{id}`
pub async fn get(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    path: IdPath,
) -> Result<Response, HttpError> {
    Ok(match service.upload_state(&user, known(path)?).await? {
        UploadState::Ready(attachment) => Json(attachment).into_response(),
        UploadState::Processing(_) | UploadState::Incomplete(_) => {
            (StatusCode::ACCEPTED, Json(json!({}))).into_response()
        }
    })
}

/// `POST /api/v1/attachments/{id}/copies`
pub async fn copy(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    path: IdPath,
) -> Result<(StatusCode, Json<Attachment>), HttpError> {
    Ok((StatusCode::CREATED, Json(service.copy_attachment(&user, known(path)?).await?)))
}

/// `POST /api/v1/attachments/links`
pub async fn links(
    State(service): State<Service>,
    SignedInUser { user, session, .. }: SignedInUser,
    Body(wanted): Body<LinksWanted>,
) -> Result<Json<AttachmentLinks>, HttpError> {
    Ok(Json(AttachmentLinks { links: service.attachment_links(&user, session, wanted.ids).await? }))
}
