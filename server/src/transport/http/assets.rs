//! Serves the page's files, which are compressed and embedded in the executable at build time. Files that are named
//! after their content are immutable for caches; all others are revalidated each time.

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
    /// The path, without the leading slash.
    path: &'static str,
    content_type: &'static str,
    /// The digest of the content, for its ETag.
    digest: &'static str,
    /// Whether the name changes with the content.
    immutable: bool,
    content: Content,
}

/// A file's content, as the build stored it.
enum Content {
    /// Uncompressed: the file's format is compressed already.
    #[allow(dead_code, reason = "a build without the page has no picture")]
    Plain(&'static [u8]),
    /// In brotli and in gzip: browsers accept brotli only over TLS or from loopback.
    Compressed { brotli: &'static [u8], gzip: &'static [u8] },
}

// `static ASSETS: &[Asset]`, sorted by path.
include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Answers requests without another route: a file, or the page itself for the paths of its own routes.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let reads = matches!(method, Method::GET | Method::HEAD);
    match (find(path).or_else(|| page_at(path)), find("index.html")) {
        (Some(asset), _) if reads => answer(asset, &method, &headers),
        (Some(_), _) => {
            ([(header::ALLOW, "GET,HEAD")], error::method_not_allowed(method).await).into_response()
        }
        // A missing file must not be answered with the page: a browser would load HTML as a script.
        (None, Some(index)) if reads && !is_file(path) => page_not_found(index, &headers),
        _ => HttpError::from(ErrorCode::NotFound).into_response(),
    }
}

fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.binary_search_by_key(&path, |asset| asset.path).ok().map(|found| &ASSETS[found])
}

/// The page, where the path is one of its routes.
fn page_at(path: &str) -> Option<&'static Asset> {
    let is_route = matches!(path, "" | "admin" | "join" | "saved" | "threads")
        || (path.starts_with("c/") && !is_file(path));
    is_route.then(|| find("index.html")).flatten()
}

fn is_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

/// A file in the representation that the client prefers, with preconditions and ranges (RFC 9110, 13 and 14).
fn answer(asset: &'static Asset, method: &Method, headers: &HeaderMap) -> Response {
    let Some(Representation { coding, bytes, etag }) = asset.representation(headers) else {
        return HttpError::from(ErrorCode::Internal).into_response();
    };
    let mut response = Response::default();
    asset.set_cache_headers(response.headers_mut());
    response.headers_mut().typed_insert(etag.clone());
    if headers.typed_get::<IfMatch>().is_some_and(|wanted| !wanted.precondition_passes(&etag)) {
        *response.status_mut() = StatusCode::PRECONDITION_FAILED;
        return response;
    }
    if headers.typed_get::<IfNoneMatch>().is_some_and(|cached| !cached.precondition_passes(&etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let length = bytes.len() as u64;
    // Ranges are defined for GET only.
    let requested = if method == Method::GET { requested_range(headers, &etag, length) } else { Ok(None) };
    let (status, range, bytes) = match requested {
        Ok(None) => (StatusCode::OK, None, bytes),
        Ok(Some(range)) => {
            let (from, to) = range.into_inner();
            let range = format!("bytes {from}-{to}/{length}");
            // Both are below the length, which is a `usize`.
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
        asset.set_content_headers(coding, response.headers_mut());
    }
    *response.body_mut() = Body::from(bytes);
    response
}

/// The page with status 404, for a path that is none of its routes: the page shows that, too.
fn page_not_found(index: &'static Asset, headers: &HeaderMap) -> Response {
    let Some(Representation { coding, bytes, .. }) = index.representation(headers) else {
        return HttpError::from(ErrorCode::Internal).into_response();
    };
    let mut response = (StatusCode::NOT_FOUND, Body::from(bytes)).into_response();
    index.set_cache_headers(response.headers_mut());
    index.set_content_headers(coding, response.headers_mut());
    response
}

/// The requested range has no byte of the content.
pub(super) struct Unsatisfiable;

/// The requested range; none where the whole content is sent: without `Range`, with an invalid one or one of several
/// parts, and where `If-Range` does not match.
pub(super) fn requested_range(
    headers: &HeaderMap,
    etag: &ETag,
    length: u64,
) -> Result<Option<RangeInclusive<u64>>, Unsatisfiable> {
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let Some(parts) = range.and_then(|range| parse_range_header(range).ok()) else { return Ok(None) };
    let matches = !headers.contains_key(header::IF_RANGE)
        || headers.typed_get::<IfRange>().is_some_and(|cached| !cached.is_modified(Some(etag), None));
    if !matches || parts.len() != 1 {
        return Ok(None);
    }
    let parts = parts.validate(length).map_err(|_| Unsatisfiable)?;
    Ok(parts.into_iter().next())
}

/// A file as it is sent: its bytes in one coding, with an ETag of their own.
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
                // Not a browser.
                Coding::Identity => (Coding::Identity, decompressed(self.path, brotli)?),
            },
        };
        let etag = match coding.name() {
            Some(name) => format!("\"{}-{name}\"", self.digest),
            None => format!("\"{}\"", self.digest),
        };
        Some(Representation { coding, bytes, etag: etag.parse().ok()? })
    }

    /// Sets the headers for caches, which every response has, also one without a body.
    fn set_cache_headers(&self, headers: &mut HeaderMap) {
        let cache = if self.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        if let Content::Compressed { .. } = self.content {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
    }

    /// Sets the headers of a response with a body.
    fn set_content_headers(&self, coding: Coding, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(name) = coding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
    }
}

/// A file's uncompressed bytes, cached at the first request and shared: a copy for each response would stay in memory
/// until its client has read it.
fn decompressed(path: &'static str, brotli: &[u8]) -> Option<Bytes> {
    static PLAIN: Mutex<BTreeMap<&str, Bytes>> = Mutex::new(BTreeMap::new());
    let mut cache = PLAIN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(plain) = cache.get(path) {
        return Some(plain.clone());
    }
    let mut plain = Vec::new();
    brotli::Decompressor::new(brotli, 4096).read_to_end(&mut plain).ok()?;
    let plain = Bytes::from(plain);
    cache.insert(path, plain.clone());
    Some(plain)
}
