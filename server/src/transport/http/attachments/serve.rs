//! Sends the bytes of attachments. A browser shows nothing of them that could run, whatever they are: they have the type that
//! the server found, which is not sniffed again; they are in a sandbox without origin; and what is no safe picture, audio or
//! video is saved.

use std::pin::Pin;

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use confab_shared::{attachment::Attachment, error::ErrorCode, id::AttachmentId};
use futures_util::{StreamExt, TryStreamExt};
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    blobs::{BlobError, OpenBlob},
    domain::client_address::ClientAddress,
    service::{LinkSize, OpenFile, Service},
    transport::{
        error::HttpError,
        http::{assets::requested_range, extract::Query},
    },
};

/// What a name has in `filename*` as it is (RFC 8187, 3.2.1).
const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Nothing may run, load or be sent from it.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

/// The query of a link.
#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    sig: String,
    size: Option<String>,
}

/// `GET /api/v1/attachments/{id}/{name}?sig=...[&size=small|large]`
pub async fn serve(
    State(service): State<Service>,
    from: ClientAddress,
    path: Result<Path<(Uuid, String)>, PathRejection>,
    Query(Link { sig, size }): Query<Link>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    // The name is decoration.
    let Path((id, _)) = path.map_err(|_| ErrorCode::NotFound)?;
    let size = match size.as_deref() {
        None => LinkSize::File,
        Some("small") => LinkSize::Small,
        Some("large") => LinkSize::Large,
        Some(_) => return Err(ErrorCode::NotFound.into()),
    };
    let file = service.linked_file(AttachmentId(id), &sig, size, &from).await?;
    answer(&service, &file, &method, &headers).await
}

async fn answer(
    service: &Service,
    file: &OpenFile,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, HttpError> {
    let blob = file.blob.to_string();
    let etag: ETag = format!("\"{}\"", &blob[..32]).parse().map_err(|_| ErrorCode::Internal)?;
    let mut response = Response::default();
    let cached = format!("private, max-age={}", file.expires_in);
    insert(&mut response, header::CACHE_CONTROL, cached)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    response.headers_mut().typed_insert(etag.clone());
    if headers.typed_get::<IfNoneMatch>().is_some_and(|cached| !cached.precondition_passes(&etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // The length is looked up apart only where a range depends on it.
    let range = if method == Method::GET && headers.contains_key(header::RANGE) {
        let length = service.file_length(file).await?;
        let Ok(range) = requested_range(headers, &etag, length) else {
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            insert(&mut response, header::CONTENT_RANGE, format!("bytes */{length}"))?;
            return Ok(response);
        };
        range.map(|range| *range.start()..*range.end() + 1)
    } else {
        None
    };
    let OpenBlob { length, bytes } = service.open_file(file, range.clone()).await?;
    let sent = range.as_ref().map_or(length, |range| range.end - range.start);
    let mut bytes = bytes.peekable();
    let mime = match &file.mime {
        Some(mime) => mime.clone(),
        None if range.as_ref().is_none_or(|range| range.start == 0 && range.end >= 4) => {
            picture_mime(Pin::new(&mut bytes).peek().await).to_owned()
        }
        None => {
            let mut head = service.open_file(file, Some(0..4)).await?.bytes.peekable();
            picture_mime(Pin::new(&mut head).peek().await).to_owned()
        }
    };
    if let Some(range) = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let (first, last) = (range.start, range.end - 1);
        insert(&mut response, header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}"))?;
    }
    let shows = file.shows;
    let mime = if mime.is_empty() { Attachment::UNKNOWN_MIME.to_owned() } else { mime };
    insert(&mut response, header::CONTENT_TYPE, mime)?;
    let name = utf8_percent_encode(&file.name, ATTR_CHAR);
    let disposition = if shows { "inline" } else { "attachment" };
    insert(&mut response, header::CONTENT_DISPOSITION, format!("{disposition}; filename*=UTF-8''{name}"))?;
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(sent));
    *response.body_mut() = Body::from_stream(bytes.inspect_err(|error| {
        tracing::warn!(%error, "failed to read a file that is being sent");
    }));
    Ok(response.into_response())
}

fn insert(response: &mut Response, name: header::HeaderName, value: String) -> Result<(), HttpError> {
    let value = HeaderValue::try_from(value).map_err(|_| ErrorCode::Internal)?;
    response.headers_mut().insert(name, value);
    Ok(())
}

/// The type of a picture that the server made, which begins with these bytes.
fn picture_mime(first: Option<&Result<Bytes, BlobError>>) -> &'static str {
    match first {
        Some(Ok(bytes)) if bytes.starts_with(b"RIFF") => "image/webp",
        _ => "image/jpeg",
    }
}
