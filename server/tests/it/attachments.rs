//! Files: uploaded, sent, served and gone again.

mod data;
mod messages;
mod nodes;
mod orphans;
mod s3;
mod serving;
mod uploads;

use base64::{Engine, prelude::BASE64_STANDARD};
use confab_shared::{
    api::{AttachmentLink, AttachmentLinks, LinksWanted},
    attachment::Attachment,
    command::Send,
    error::ErrorCode,
    id::{AttachmentId, ConversationId},
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};

use crate::support::{
    Person, client_id, in_time,
    person::{Refused, answer},
};

/// The smallest PNG: one pixel.
pub const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// A request of tus.
fn tus(person: &Person, method: Method, path: &str) -> RequestBuilder {
    person.request(method, path).header("Tus-Resumable", "1.0.0")
}

/// The path of an upload.
fn path(id: AttachmentId) -> String {
    format!("/attachments/{id}")
}

async fn sent(request: RequestBuilder) -> Response {
    in_time("an answer", request.send()).await.unwrap()
}

fn header(response: &Response, name: &str) -> String {
    let value = response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    value.unwrap_or_default()
}

/// What an upload says of its file.
fn metadata(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().map(|(key, value)| format!("{key} {}", BASE64_STANDARD.encode(value)));
    pairs.collect::<Vec<_>>().join(",")
}

/// Begins an upload.
pub async fn create(person: &Person, length: usize, pairs: &[(&str, &str)]) -> Result<AttachmentId, Refused> {
    let request = tus(person, Method::POST, "/attachments")
        .header("Upload-Length", length.to_string())
        .header("Upload-Metadata", metadata(pairs));
    let response = sent(request).await;
    let status = response.status();
    if status != StatusCode::CREATED {
        return Err(Refused { status, body: response.json().await.unwrap() });
    }
    assert_eq!(header(&response, "tus-resumable"), "1.0.0");
    let location = header(&response, "location");
    let id = location.strip_prefix("/api/v1/attachments/").expect("the id is at its end");
    Ok(AttachmentId(id.parse().unwrap()))
}

/// Adds bytes to an upload.
pub async fn patch(person: &Person, id: AttachmentId, offset: usize, bytes: &[u8]) -> Response {
    let request = tus(person, Method::PATCH, &path(id))
        .header("Upload-Offset", offset.to_string())
        .header("Content-Type", "application/offset+octet-stream")
        .body(bytes.to_vec());
    sent(request).await
}

/// How far an upload has come.
pub async fn offset(person: &Person, id: AttachmentId) -> usize {
    let response = sent(tus(person, Method::HEAD, &path(id))).await;
    assert_eq!(response.status(), StatusCode::OK);
    header(&response, "upload-offset").parse().unwrap()
}

/// Waits until an upload is an attachment.
pub async fn ready(person: &Person, id: AttachmentId) -> Attachment {
    let looked_at = async {
        loop {
            let response = person.request(Method::GET, &path(id)).send().await.unwrap();
            match response.status() {
                StatusCode::OK => return response.json().await.unwrap(),
                StatusCode::ACCEPTED => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
                status => panic!("{status}: {:?}", response.text().await),
            }
        }
    };
    in_time("an attachment", looked_at).await
}

/// Uploads a file.
pub async fn upload(person: &Person, name: &str, mime: &str, bytes: &[u8]) -> Attachment {
    let id = create(person, bytes.len(), &[("filename", name), ("filetype", mime)]).await;
    let id = id.unwrap_or_else(|refused| panic!("{refused:?}"));
    if !bytes.is_empty() {
        let response = patch(person, id, 0, bytes).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT, "{:?}", response.text().await);
    }
    ready(person, id).await
}

/// A message with attachments.
pub fn with(to: ConversationId, text: &str, attachments: &[&Attachment]) -> Send {
    let attachments = attachments.iter().map(|attachment| attachment.id).collect();
    Send { attachments, ..Send::new(client_id(), to, text.to_owned()) }
}

/// The links to those attachments that a person sees.
pub async fn links(person: &Person, ids: &[AttachmentId]) -> Vec<AttachmentLink> {
    let wanted = LinksWanted { ids: ids.to_vec() };
    let answer: Result<AttachmentLinks, Refused> =
        answer(person.request(Method::POST, "/attachments/links").json(&wanted)).await;
    answer.unwrap_or_else(|refused| panic!("{refused:?}")).links
}

/// The link to an attachment.
pub async fn link(person: &Person, id: AttachmentId) -> AttachmentLink {
    links(person, &[id]).await.pop().expect("they see it")
}

/// Follows a link, as an `<img>` does: without a token.
pub async fn follow(server: &crate::support::Server, url: &str) -> Response {
    sent(crate::support::http().get(server.url(url))).await
}

/// Checks that a link leads nowhere, and says nothing of why.
pub async fn leads_nowhere(server: &crate::support::Server, url: &str) {
    let response = follow(server, url).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND, "{url}");
    let body: confab_shared::error::ErrorBody = response.json().await.unwrap();
    assert_eq!(body.code, ErrorCode::NotFound);
}

/// The pixel.
pub fn png() -> Vec<u8> {
    BASE64_STANDARD.decode(PNG).unwrap()
}

/// The blobs in the folder of a server, by their names.
pub fn blobs(server: &crate::support::Server) -> Vec<String> {
    let folder = server.data().join("blobs/sha256");
    let mut names = Vec::new();
    for prefix in std::fs::read_dir(folder).unwrap() {
        for blob in std::fs::read_dir(prefix.unwrap().path()).unwrap() {
            names.push(blob.unwrap().file_name().into_string().unwrap());
        }
    }
    names.sort_unstable();
    names
}

/// Waits until there are so many blobs.
pub async fn blobs_become(server: &crate::support::Server, count: usize) {
    let counted = async {
        while blobs(server).len() != count {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    in_time("removed blobs", counted).await;
}
