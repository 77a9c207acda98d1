//! The page, out of the executable: compressed when it was built, files that the build named after
//! their bytes kept for ever, `index.html` asked for each time.

use std::{
    collections::BTreeMap,
    io::Read,
    sync::{Mutex, PoisonError},
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use confab_shared::protocol::ErrorCode;

use super::HttpError;

/// A file of the page.
struct Asset {
    /// Its path, without the leading slash.
    path: &'static str,
    content_type: &'static str,
    /// Its bytes in brotli.
    brotli: &'static [u8],
    /// Its bytes in gzip: browsers ask for brotli only over TLS or from the same machine.
    gzip: &'static [u8],
    /// What changes with its bytes.
    etag: &'static str,
    /// Whether its name changes with its bytes.
    immutable: bool,
}

// `static ASSETS: &[Asset]`, sorted by path.
include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Everything that is no other route: a file of the page, or the page itself, which has routes of its own.
pub(super) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return HttpError::from(ErrorCode::NotFound).into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(asset) = find(path) {
        return answer(asset, &headers, StatusCode::OK);
    }
    // A file that is not there must not look like the page: a browser would take HTML for its script.
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    match find("index.html") {
        Some(index) if !is_file => {
            let known = path.is_empty() || path.starts_with("c/");
            answer(index, &headers, if known { StatusCode::OK } else { StatusCode::NOT_FOUND })
        }
        _ => HttpError::from(ErrorCode::NotFound).into_response(),
    }
}

fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.binary_search_by_key(&path, |asset| asset.path).ok().map(|found| &ASSETS[found])
}

fn answer(asset: &'static Asset, headers: &HeaderMap, status: StatusCode) -> Response {
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let common = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::ETAG, HeaderValue::from_static(asset.etag)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|held| held == asset.etag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    for (name, bytes) in [("br", asset.brotli), ("gzip", asset.gzip)] {
        if accepts(headers, name) {
            let encoding = [(header::CONTENT_ENCODING, HeaderValue::from_static(name))];
            return (status, common, encoding, Body::from(Bytes::from_static(bytes))).into_response();
        }
    }
    // No browser.
    match plain(asset) {
        Some(plain) => (status, common, Body::from(plain)).into_response(),
        None => HttpError::from(ErrorCode::Internal).into_response(),
    }
}

/// A file's bytes as they are. Kept from when they are first asked for, and shared: a copy for each answer would be held
/// for as long as its reader takes.
fn plain(asset: &Asset) -> Option<Bytes> {
    static PLAIN: Mutex<BTreeMap<&str, Bytes>> = Mutex::new(BTreeMap::new());
    let mut all = PLAIN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(plain) = all.get(asset.path) {
        return Some(plain.clone());
    }
    let mut plain = Vec::new();
    brotli::Decompressor::new(asset.brotli, 4096).read_to_end(&mut plain).ok()?;
    let plain = Bytes::from(plain);
    all.insert(asset.path, plain.clone());
    Some(plain)
}

fn accepts(headers: &HeaderMap, wanted: &str) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|encoding| {
        let (name, quality) = encoding.split_once(';').unwrap_or((encoding, ""));
        name.trim() == wanted && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}
