//! Heads of requests that are too large, too many, or never end.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{connect, exchange, is_well};
use crate::support::{Server, in_time};

/// How long the head of a request may take, with some time to spare on a busy machine.
const CUT_OFF: Duration = Duration::from_secs(25);

const REFUSED: &str = "HTTP/1.1 431 ";

#[tokio::test]
async fn a_head_above_its_limits_is_refused() {
    let server = Server::start().await;
    let many: String = (0..101).map(|number| format!("x-{number}: y\r\n")).collect();
    let large = format!("x: {}\r\n", "y".repeat(80 * 1024));
    let spread: String = (0..90).map(|number| format!("x-{number}: {}\r\n", "y".repeat(1_000))).collect();
    for headers in [many, large, spread] {
        let request = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
        let answer = exchange(&server, request.as_bytes()).await;
        assert!(answer.starts_with(REFUSED), "{answer:?} to {} bytes", request.len());
    }
    let request = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "y".repeat(80 * 1024));
    let answer = exchange(&server, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 414 ") || answer.starts_with(REFUSED), "{answer:?}");
    is_well(&server).await;
}

#[tokio::test]
async fn as_many_headers_as_are_allowed_are_answered() {
    let server = Server::start().await;
    let headers: String = (0..90).map(|number| format!("x-{number}: {}\r\n", "y".repeat(100))).collect();
    let request = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
    let answer = exchange(&server, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok"), "{answer:?}");
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
    let server = Server::start().await;
    let begun = Instant::now();
    let (mut reader, mut writer) = connect(&server).await.into_split();
    writer.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ").await.unwrap();
    let drip = tokio::spawn(async move {
        while writer.write_all(b"y").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    let _ = in_time("the end", reader.read_to_end(&mut Vec::new())).await;
    assert!(begun.elapsed() < CUT_OFF, "it took {:?}", begun.elapsed());
    drip.abort();
    is_well(&server).await;
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let server = Server::start().await;
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: a\0b\r\n\r\n",
        b"POST /api/v1/sessions HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"POST /api/v1/sessions HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    ] {
        let answer = exchange(&server, garbage).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer:?} to {:?}", String::from_utf8_lossy(garbage));
    }
    is_well(&server).await;
}
