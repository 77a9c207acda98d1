//! A file of the page in its representations: which one a client gets, what it need not be sent again, and parts of it.

use reqwest::{Method, Response};

use crate::support::{Server, http, in_time};

async fn ask(server: &Server, method: Method, headers: &[(&str, &str)]) -> Response {
    let mut request = http().request(method, server.url("/"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    in_time("an answer", request.send()).await.unwrap()
}

async fn get(server: &Server, headers: &[(&str, &str)]) -> Response {
    ask(server, Method::GET, headers).await
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

async fn bytes(response: Response) -> Vec<u8> {
    in_time("the body", response.bytes()).await.unwrap().to_vec()
}

#[tokio::test]
async fn the_accepted_coding_of_the_highest_quality_is_sent() {
    let server = Server::start().await;
    let cases = [
        ("GZIP", "gzip"),
        ("gzip, deflate, BR", "br"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;Q=0.2, identity;q=0.1", "br"),
        ("br;q=0.2, identity", ""),
        ("gzip;q=0", ""),
        ("deflate", ""),
        ("", ""),
    ];
    for (accepted, sent) in cases {
        let response = get(&server, &[("accept-encoding", accepted)]).await;
        assert_eq!(header(&response, "content-encoding"), sent, "{accepted:?}");
        assert_eq!(header(&response, "vary"), "accept-encoding", "{accepted:?}");
    }
}

#[tokio::test]
async fn each_representation_has_a_tag_of_its_own() {
    let server = Server::start().await;
    let mut tags = Vec::new();
    for accepted in ["br", "gzip", "identity"] {
        let tag = header(&get(&server, &[("accept-encoding", accepted)]).await, "etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "a strong tag: {tag}");
        assert!(!tags.contains(&tag), "{accepted}: {tag} is another's, too");
        // What is held in one coding is not what is asked for in another.
        for other in ["br", "gzip", "identity"] {
            let asked = [("accept-encoding", other), ("if-none-match", tag.as_str())];
            let status = if other == accepted { 304 } else { 200 };
            assert_eq!(get(&server, &asked).await.status(), status, "{accepted} held, {other} asked for");
        }
        tags.push(tag);
    }
}

#[tokio::test]
async fn what_is_held_is_not_sent_again_however_the_tags_are_written() {
    let server = Server::start().await;
    let tag = header(&get(&server, &[]).await, "etag").to_owned();
    let held = [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"another\", {tag}"),
        format!("W/\"another\" ,W/{tag},\"a,b\""),
        "*".to_owned(),
    ];
    for held in &held {
        let response = get(&server, &[("if-none-match", held)]).await;
        assert_eq!(response.status(), 304, "{held}");
        assert_eq!(header(&response, "etag"), tag, "{held}");
        assert_eq!(header(&response, "vary"), "accept-encoding", "{held}");
        assert_eq!(header(&response, "cache-control"), "no-cache", "{held}");
        assert!(bytes(response).await.is_empty(), "{held}");
        assert_eq!(
            ask(&server, Method::HEAD, &[("if-none-match", held)]).await.status(),
            304,
            "HEAD, {held}"
        );
    }
    for other in ["\"another\"", "W/\"another\"", "words", &tag[1..tag.len() - 1], ""] {
        assert_eq!(get(&server, &[("if-none-match", other)]).await.status(), 200, "{other}");
    }
    assert_eq!(get(&server, &[("if-match", &tag)]).await.status(), 200);
    assert_eq!(get(&server, &[("if-match", "\"another\"")]).await.status(), 412);
}

#[tokio::test]
async fn a_part_of_the_chosen_representation_is_sent() {
    let server = Server::start().await;
    for accepted in ["identity", "gzip", "br"] {
        let encoding = ("accept-encoding", accepted);
        let whole = get(&server, &[encoding]).await;
        let tag = header(&whole, "etag").to_owned();
        assert_eq!(header(&whole, "accept-ranges"), "bytes");
        let whole = bytes(whole).await;
        let length = whole.len();
        let cases = [
            ("bytes=0-0", 0..1),
            ("bytes=10-19", 10..20),
            ("bytes=-7", length - 7..length),
            ("bytes=20-", 20..length),
            ("bytes=5-18446744073709551615", 5..length),
            ("bytes=-18446744073709551615", 0..length),
        ];
        for (range, part) in cases {
            let response = get(&server, &[encoding, ("range", range), ("if-range", &tag)]).await;
            assert_eq!(response.status(), 206, "{accepted}, {range}");
            let told = format!("bytes {}-{}/{length}", part.start, part.end - 1);
            assert_eq!(header(&response, "content-range"), told, "{accepted}, {range}");
            assert_eq!(header(&response, "etag"), tag, "{accepted}, {range}");
            let encoded = if accepted == "identity" { "" } else { accepted };
            assert_eq!(header(&response, "content-encoding"), encoded, "{accepted}, {range}");
            assert!(bytes(response).await == whole[part], "{accepted}, {range}");
        }
    }
}

#[tokio::test]
async fn what_is_no_part_or_one_of_other_bytes_is_answered_with_everything() {
    let server = Server::start().await;
    let whole = get(&server, &[]).await;
    let tag = header(&whole, "etag").to_owned();
    let whole = bytes(whole).await;
    let weak = format!("W/{tag}");
    let cases: [&[(&str, &str)]; 9] = [
        &[("range", "bytes=0-1,4-5")],
        &[("range", "lines=0-1")],
        &[("range", "bytes=5-2")],
        &[("range", "bytes=a-b")],
        &[("range", "bytes=")],
        &[("range", "bytes=0-1"), ("if-range", "\"another\"")],
        &[("range", "bytes=0-1"), ("if-range", &weak)],
        &[("range", "bytes=0-1"), ("if-range", "Wed, 21 Oct 2026 07:28:00 GMT")],
        &[("range", "bytes=0-1"), ("if-range", "words")],
    ];
    for headers in cases {
        let response = get(&server, headers).await;
        assert_eq!(response.status(), 200, "{headers:?}");
        assert!(bytes(response).await == whole, "{headers:?}");
    }
}

#[tokio::test]
async fn a_part_that_is_not_there_is_refused() {
    let server = Server::start().await;
    let length = bytes(get(&server, &[]).await).await.len();
    for range in [format!("bytes={length}-"), "bytes=-0".to_owned()] {
        let response = get(&server, &[("range", &range)]).await;
        assert_eq!(response.status(), 416, "{range}");
        assert_eq!(header(&response, "content-range"), format!("bytes */{length}"), "{range}");
        assert!(bytes(response).await.is_empty(), "{range}");
    }
}

#[tokio::test]
async fn a_head_is_that_of_the_whole() {
    let server = Server::start().await;
    for accepted in ["identity", "gzip", "br"] {
        let encoding = ("accept-encoding", accepted);
        let got = get(&server, &[encoding]).await;
        // A range has a meaning for GET alone.
        let head = ask(&server, Method::HEAD, &[encoding, ("range", "bytes=0-1")]).await;
        assert_eq!(head.status(), 200);
        for name in ["etag", "content-type", "content-encoding", "content-length", "cache-control", "vary"] {
            assert_eq!(header(&head, name), header(&got, name), "{accepted}: {name}");
        }
        assert!(bytes(head).await.is_empty());
    }
}
