//! The page, as the executable serves it.

use std::io::Read;

use confab_shared::error::ErrorCode;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Server, http, in_time, person::answer};

async fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = http().get(server.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    in_time("an answer", request.send()).await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn every_answer_has_the_headers_that_protect_the_page() {
    let server = Server::start().await;
    for path in ["/", "/c/5", "/nope.js", "/api/v1/server", "/healthz"] {
        let response = get(&server, path, &[]).await;
        let policy = header(&response, "content-security-policy");
        for part in ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header(&response, "x-frame-options"), "DENY", "{path}");
        for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
            assert_eq!(header(&response, name), "same-origin", "{path}");
        }
        assert!(header(&response, "permissions-policy").contains("camera=()"), "{path}");
    }
    assert_eq!(header(&get(&server, "/api/v1/server", &[]).await, "cache-control"), "no-store");
}

#[tokio::test]
async fn the_page_is_asked_for_each_time_at_each_of_its_places() {
    let server = Server::start().await;
    let index = get(&server, "/", &[]).await.text().await.unwrap();
    for path in ["/", "/c/5", "/join", "/admin", "/saved", "/threads", "/?userID=123", "/index.html"] {
        let response = get(&server, path, &[]).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&response, "cache-control"), "no-cache");
        assert_eq!(response.text().await.unwrap(), index);
    }
    assert_eq!(get(&server, "/no-such-place", &[]).await.status(), 404);
}

#[tokio::test]
async fn a_file_that_is_missing_does_not_look_like_the_page() {
    let server = Server::start().await;
    for path in ["/nope.js", "/c/nope.wasm", "/favicon.xyz"] {
        let refused = answer::<serde_json::Value>(http().get(server.url(path))).await.unwrap_err();
        refused.is(404, ErrorCode::NotFound);
    }
    let posted = http().request(Method::POST, server.url("/nope.js"));
    answer::<serde_json::Value>(posted).await.unwrap_err().is(404, ErrorCode::NotFound);
}

#[tokio::test]
async fn compressed_or_not_it_is_the_same() {
    let server = Server::start().await;
    let plain = get(&server, "/", &[("accept-encoding", "gzip;q=0, br;q=0")]).await;
    assert_eq!(header(&plain, "content-encoding"), "");
    assert_eq!(header(&plain, "vary"), "accept-encoding");
    let plain = plain.bytes().await.unwrap();
    let packed = get(&server, "/", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(header(&packed, "content-encoding"), "br");
    let packed = packed.bytes().await.unwrap();
    let mut unpacked = Vec::new();
    brotli::Decompressor::new(&packed[..], 4096).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    // Without TLS, and not from the same machine, browsers ask for no brotli.
    let packed = get(&server, "/", &[("accept-encoding", "gzip, deflate")]).await;
    assert_eq!(header(&packed, "content-encoding"), "gzip");
    let packed = packed.bytes().await.unwrap();
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
}

/// The files that the build named after their bytes: styles, scripts, the wasm and the drawn icon.
fn processed_files(index: &str) -> Vec<String> {
    let paths =
        index.split(['"', '\'', '=', ' ', '>']).filter(|part| part.starts_with('/') && part.contains('.'));
    let processed = |path: &&str| {
        let extension = path.rsplit('.').next();
        matches!(extension, Some("css" | "js" | "wasm" | "svg"))
    };
    paths.filter(processed).map(str::to_owned).collect()
}

#[tokio::test]
async fn files_named_after_their_bytes_are_kept_for_ever() {
    let server = Server::start().await;
    let index = get(&server, "/", &[]).await.text().await.unwrap();
    let files = processed_files(&index);
    for kind in [".css", ".js", ".wasm", ".svg"] {
        assert!(files.iter().any(|path| path.ends_with(kind)), "{kind} in {files:?}");
    }
    for path in files {
        let response = get(&server, &path, &[]).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "cache-control"), "public, max-age=31536000, immutable", "{path}");
    }
}

#[tokio::test]
async fn what_browsers_and_robots_ask_for_unasked_is_there() {
    let server = Server::start().await;
    let files = [
        ("/favicon.ico", "image/vnd.microsoft.icon"),
        ("/apple-touch-icon.png", "image/png"),
        ("/apple-touch-icon-precomposed.png", "image/png"),
        ("/icon-192.png", "image/png"),
        ("/icon-512.png", "image/png"),
        ("/icon-maskable-512.png", "image/png"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ];
    for (path, kind) in files {
        let response = get(&server, path, &[]).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "content-type"), kind, "{path}");
        // Its name stays when its bytes change.
        assert_eq!(header(&response, "cache-control"), "no-cache", "{path}");
        let etag = header(&response, "etag").to_owned();
        assert_eq!(get(&server, path, &[("if-none-match", &etag)]).await.status(), 304, "{path}");
    }
    let index = get(&server, "/", &[]).await.text().await.unwrap();
    for path in ["/favicon.ico", "/apple-touch-icon.png", "/manifest.webmanifest"] {
        assert!(index.contains(path), "{path} in {index}");
    }
    let robots = get(&server, "/robots.txt", &[]).await.text().await.unwrap();
    assert_eq!(robots, "User-agent: *\nDisallow: /\n");
}

#[tokio::test]
async fn the_manifest_names_icons_that_are_there_in_their_sizes() {
    let server = Server::start().await;
    let manifest: Value = get(&server, "/manifest.webmanifest", &[]).await.json().await.unwrap();
    assert_eq!((&manifest["name"], &manifest["start_url"]), (&json!("Confab"), &json!("/")));
    assert_eq!(manifest["display"], "standalone");
    for icon in manifest["icons"].as_array().unwrap() {
        let bytes = get(&server, icon["src"].as_str().unwrap(), &[]).await.bytes().await.unwrap();
        // The header of a PNG: its width and height follow the first chunk's name.
        let size = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!(&bytes[1..4], b"PNG", "{icon}");
        assert_eq!(icon["sizes"], format!("{}x{}", size(16), size(20)), "{icon}");
    }
}

#[tokio::test]
async fn who_watches_over_it_hears_that_it_is_well() {
    let server = Server::start().await;
    let response = get(&server, "/healthz", &[]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.unwrap(), "ok");
}
