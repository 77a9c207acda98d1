//! The requests about attachments: uploads by tus 1.0, links and copies.

use confab_shared::{
    api::{AttachmentLinks, LinksWanted},
    attachment::Attachment,
    decode,
    error::{ErrorBody, ErrorCode},
    id::AttachmentId,
};
use gloo_net::http::{Method, RequestBuilder, Response};
use uuid::Uuid;
use wasm_bindgen::JsValue;
use web_sys::{AbortController, Blob};

use super::{ApiResult, decoded, encoded, request};
use crate::platform::{
    files::base64,
    http::{AbortOnDrop, exchange, unreachable_server},
};

/// How long one request of an upload may take, in milliseconds. Its piece is small enough for a slow network.
const TIMEOUT_MS: u32 = 60_000;

/// `POST /attachments`: begins an upload.
pub(crate) async fn create_upload(
    token: &str,
    bytes: u64,
    metadata: &[(&str, String)],
) -> ApiResult<AttachmentId> {
    let pairs: Vec<_> =
        metadata.iter().map(|(name, value)| format!("{name} {}", base64(value.as_bytes()))).collect();
    let request = tus(Method::POST, "/api/v1/attachments", token)
        .header("Upload-Length", &bytes.to_string())
        .header("Upload-Metadata", &pairs.join(","));
    let answer = send(request, None, None).await?;
    let location = answer.headers().get("Location").unwrap_or_default();
    let id = location.rsplit('/').next().and_then(|id| Uuid::try_parse(id).ok());
    id.map(AttachmentId).ok_or_else(unreachable_server)
}

/// `HEAD /attachments/{id}`: how many bytes have arrived.
pub(crate) async fn get_offset(token: &str, id: AttachmentId) -> ApiResult<u64> {
    let answer = send(tus(Method::HEAD, &path(id), token), None, None).await?;
    offset_of(&answer)
}

/// `PATCH /attachments/{id}`: sends the bytes from an offset on, and answers how many have arrived.
pub(crate) async fn append(
    token: &str,
    id: AttachmentId,
    offset: u64,
    piece: &Blob,
    abort: AbortController,
) -> ApiResult<u64> {
    let request = tus(Method::PATCH, &path(id), token)
        .header("Upload-Offset", &offset.to_string())
        .header("Content-Type", "application/offset+octet-stream");
    let answer = send(request, Some(piece.into()), Some(abort)).await?;
    offset_of(&answer)
}

/// `DELETE /attachments/{id}`: gives up an upload.
pub(crate) async fn remove_upload(token: &str, id: AttachmentId) -> ApiResult<()> {
    send(tus(Method::DELETE, &path(id), token), None, None).await.map(drop)
}

/// `GET /attachments/{id}`: what an upload of the user's own became; none while the server looks at it.
pub(crate) async fn get_upload(token: &str, id: AttachmentId) -> ApiResult<Option<Attachment>> {
    let text = request(Method::GET, &format!("/attachments/{id}"), token, None).await?;
    Ok(decode::from_str(&text))
}

/// `POST /attachments/{id}/copies`: an attachment of the user's own with the same bytes.
pub(crate) async fn copy(token: &str, id: AttachmentId) -> ApiResult<Attachment> {
    decoded(request(Method::POST, &format!("/attachments/{id}/copies"), token, None).await)
}

/// `POST /attachments/links`: where the bytes of attachments are.
pub(crate) async fn get_links(token: &str, ids: Vec<AttachmentId>) -> ApiResult<AttachmentLinks> {
    decoded(request(Method::POST, "/attachments/links", token, encoded(&LinksWanted { ids })).await)
}

fn path(id: AttachmentId) -> String {
    format!("/api/v1/attachments/{id}")
}

fn tus(method: Method, path: &str, token: &str) -> RequestBuilder {
    RequestBuilder::new(path)
        .method(method)
        .header("Tus-Resumable", "1.0.0")
        .header("Authorization", &format!("Bearer {token}"))
}

async fn send(
    request: RequestBuilder,
    body: Option<JsValue>,
    abort: Option<AbortController>,
) -> ApiResult<Response> {
    let abort = AbortOnDrop(abort.or_else(|| AbortController::new().ok()));
    let request = request.abort_signal(abort.0.as_ref().map(AbortController::signal).as_ref());
    let request = match body {
        Some(body) => request.body(body),
        None => request.build(),
    };
    match exchange(request, abort, TIMEOUT_MS).await {
        Some((response, _)) if response.ok() => Ok(response),
        Some((response, text)) => {
            // The answer to HEAD has no body.
            Err(decode::from_str(&text).unwrap_or_else(|| of_status(response.status())))
        }
        None => Err(unreachable_server()),
    }
}

fn of_status(status: u16) -> ErrorBody {
    let code = match status {
        404 | 410 => ErrorCode::UnknownAttachment,
        409 => ErrorCode::WrongOffset,
        413 => ErrorCode::AttachmentTooLarge,
        423 => ErrorCode::UploadLocked,
        _ => return unreachable_server(),
    };
    ErrorBody::new(code, String::new())
}

fn offset_of(answer: &Response) -> ApiResult<u64> {
    let offset = answer.headers().get("Upload-Offset").and_then(|offset| offset.parse().ok());
    offset.ok_or_else(unreachable_server)
}
