//! The page, out of the executable: compressed when it was built. Files that the build named after their bytes are
//! kept for ever, all others are asked for each time.

mod coding;

use std::{
    collections::BTreeMap,
    io::Read,
    ops::RangeInclusive,
    sync::{Mutex, PoisonError},
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use confab_shared::error::ErrorCode;
use headers::{ETag, HeaderMapExt, IfMatch, IfNoneMatch, IfRange};
use http_range_header::parse_range_header;

use self::coding::Coding;
use crate::transport::error::{self, HttpError};

/// A file of the page.
struct Asset {
    /// Its path, without the leading slash.
    path: &'static str,
    content_type: &'static str,
    /// Changes with its bytes.
    digest: &'static str,
    /// Whether its name changes with its bytes.
    immutable: bool,
    content: Content,
}

/// A file's bytes, as the build stored them.
enum Content {
    /// As they are: a picture is compressed already.
    #[allow(dead_code, reason = "a build without the page has no picture")]
    Plain(&'static [u8]),
    /// In brotli, and in gzip: browsers ask for brotli only over TLS or from the same machine.
    Compressed { brotli: &'static [u8], gzip: &'static [u8] },
}

// `static ASSETS: &[Asset]`, sorted by path.
include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Everything that is no other route: a file of the page, or the page itself, which has routes of its own.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let reads = matches!(method, Method::GET | Method::HEAD);
    match (find(path).or_else(|| page_at(path)), find("index.html")) {
        (Some(asset), _) if reads => answer(asset, &method, &headers),
        (Some(_), _) => {
            ([(header::ALLOW, "GET,HEAD")], error::method_not_allowed(method).await).into_response()
        }
        // A file that is not there must not look like the page: a browser would take HTML for its script.
        (None, Some(index)) if reads && !is_file(path) => nowhere(index, &headers),
        _ => HttpError::from(ErrorCode::NotFound).into_response(),
    }
}

fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.binary_search_by_key(&path, |asset| asset.path).ok().map(|found| &ASSETS[found])
}

/// The page, where it has something to show at this path.
fn page_at(path: &str) -> Option<&'static Asset> {
    let known = path.is_empty() || (path.starts_with("c/") && !is_file(path));
    known.then(|| find("index.html")).flatten()
}

fn is_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

/// A file in the representation that the client prefers, or what is left to send of it (RFC 9110, 13 and 14).
fn answer(asset: &'static Asset, method: &Method, headers: &HeaderMap) -> Response {
    let Some(Representation { coding, bytes, etag }) = asset.representation(headers) else {
        return HttpError::from(ErrorCode::Internal).into_response();
    };
    let mut response = Response::default();
    asset.describe(response.headers_mut());
    response.headers_mut().typed_insert(etag.clone());
    if headers.typed_get::<IfMatch>().is_some_and(|wanted| !wanted.precondition_passes(&etag)) {
        *response.status_mut() = StatusCode::PRECONDITION_FAILED;
        return response;
    }
    if headers.typed_get::<IfNoneMatch>().is_some_and(|held| !held.precondition_passes(&etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let length = bytes.len() as u64;
    // A range has a meaning for GET alone.
    let part = if method == Method::GET { part(headers, &etag, length) } else { Ok(None) };
    let (status, range, bytes) = match part {
        Ok(None) => (StatusCode::OK, None, bytes),
        Ok(Some(part)) => {
            let (from, to) = part.into_inner();
            let range = format!("bytes {from}-{to}/{length}");
            // Both are below the length.
            (StatusCode::PARTIAL_CONTENT, Some(range), bytes.slice(from as usize..=to as usize))
        }
        Err(Unsatisfiable) => {
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(format!("bytes */{length}")), Bytes::new())
        }
    };
    *response.status_mut() = status;
    if let Some(range) = range.and_then(|range| HeaderValue::try_from(range).ok()) {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    if status != StatusCode::RANGE_NOT_SATISFIABLE {
        asset.describe_bytes(coding, response.headers_mut());
    }
    *response.body_mut() = Body::from(bytes);
    response
}

/// The page where it has nothing to show: it says so, and the status does.
fn nowhere(index: &'static Asset, headers: &HeaderMap) -> Response {
    let Some(Representation { coding, bytes, .. }) = index.representation(headers) else {
        return HttpError::from(ErrorCode::Internal).into_response();
    };
    let mut response = (StatusCode::NOT_FOUND, Body::from(bytes)).into_response();
    index.describe(response.headers_mut());
    index.describe_bytes(coding, response.headers_mut());
    response
}

/// No byte of what is asked for is there.
struct Unsatisfiable;

/// The part that is asked for; none where everything is to be sent: without `Range`, with one that cannot be read or has
/// several parts, or where `If-Range` names other bytes.
fn part(headers: &HeaderMap, etag: &ETag, length: u64) -> Result<Option<RangeInclusive<u64>>, Unsatisfiable> {
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let Some(parts) = range.and_then(|range| parse_range_header(range).ok()) else { return Ok(None) };
    let held = !headers.contains_key(header::IF_RANGE)
        || headers.typed_get::<IfRange>().is_some_and(|held| !held.is_modified(Some(etag), None));
    if !held || parts.len() != 1 {
        return Ok(None);
    }
    let parts = parts.validate(length).map_err(|_| Unsatisfiable)?;
    Ok(parts.into_iter().next())
}

/// A file as it is sent: its bytes in a coding, and what tells them from all others.
struct Representation {
    coding: Coding,
    bytes: Bytes,
    etag: ETag,
}

impl Asset {
    fn representation(&self, headers: &HeaderMap) -> Option<Representation> {
        let (coding, bytes) = match self.content {
            Content::Plain(plain) => (Coding::Identity, Bytes::from_static(plain)),
            Content::Compressed { brotli, gzip } => match coding::preferred(headers) {
                Coding::Brotli => (Coding::Brotli, Bytes::from_static(brotli)),
                Coding::Gzip => (Coding::Gzip, Bytes::from_static(gzip)),
                // No browser.
                Coding::Identity => (Coding::Identity, decompressed(self.path, brotli)?),
            },
        };
        let etag = match coding.name() {
            Some(name) => format!("\"{}-{name}\"", self.digest),
            None => format!("\"{}\"", self.digest),
        };
        Some(Representation { coding, bytes, etag: etag.parse().ok()? })
    }

    /// What caches have to know of every answer, also of one without a body.
    fn describe(&self, headers: &mut HeaderMap) {
        let cache = if self.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        if let Content::Compressed { .. } = self.content {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
    }

    /// What the bytes of a body are.
    fn describe_bytes(&self, coding: Coding, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(name) = coding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
    }
}

/// A file's bytes as they are. Kept from when they are first asked for, and shared: a copy for each answer would be held
/// for as long as its reader takes.
fn decompressed(path: &'static str, brotli: &[u8]) -> Option<Bytes> {
    static PLAIN: Mutex<BTreeMap<&str, Bytes>> = Mutex::new(BTreeMap::new());
    let mut all = PLAIN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(plain) = all.get(path) {
        return Some(plain.clone());
    }
    let mut plain = Vec::new();
    brotli::Decompressor::new(brotli, 4096).read_to_end(&mut plain).ok()?;
    let plain = Bytes::from(plain);
    all.insert(path, plain.clone());
    Some(plain)
}
