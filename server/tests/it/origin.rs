//! Which pages may connect.

use confab_shared::error::ErrorCode;

use reqwest::Response;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Server, client::open, http, in_time, person::answer, refusal};

async fn refused(server: &Server, origin: &str) {
    for query in ["", "?userID=123"] {
        let outcome = open(&server.socket_url(query), &[("origin", origin)]).await;
        let refused = refusal(outcome.err().unwrap_or_else(|| panic!("{origin} was let in at {query:?}")));
        assert_eq!((refused.status, refused.body.code), (403, ErrorCode::ForeignOrigin), "{origin}");
    }
}

async fn allowed(server: &Server, origin: &str) {
    for query in ["", "?userID=123"] {
        let outcome = open(&server.socket_url(query), &[("origin", origin)]).await;
        assert!(outcome.is_ok(), "{origin} at {query:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn on_loopback_only_pages_of_this_machine_connect() {
    let server = Server::start().await;
    for origin in [
        "https://evil.example",
        "http://evil.example:8088",
        "null",
        "http://localhost.evil.example",
        "garbage",
        "",
        "file://",
        "https://127.0.0.1.evil.example",
    ] {
        refused(&server, origin).await;
    }
    allowed(&server, &server.url("")).await;
    for origin in ["http://localhost:3000", "http://127.0.0.1", "https://localhost", "http://[::1]:5500"] {
        allowed(&server, origin).await;
    }
}

#[tokio::test]
async fn what_is_named_may_connect() {
    let flags = ["--allow-origin", "null", "--allow-origin", "https://chat.example"];
    let server = Server::with().flags(flags).start().await;
    allowed(&server, "null").await;
    allowed(&server, "https://chat.example").await;
    refused(&server, "https://chat.example.evil.example").await;
    refused(&server, "https://evil.example").await;
}

#[tokio::test]
async fn a_server_for_the_world_lets_no_other_page_of_its_machine_in() {
    let flags = ["--access", "open", "--legacy-dialect"];
    let server = Server::with().listen("0.0.0.0:0").flags(flags).start().await;
    allowed(&server, &server.url("")).await;
    refused(&server, "http://localhost:3000").await;
    refused(&server, "http://127.0.0.1:1").await;
}

async fn ask(server: &Server, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = headers.iter().fold(http().get(server.url(path)), |request, (k, v)| request.header(*k, *v));
    in_time("an answer", request.send()).await.unwrap()
}

#[tokio::test]
async fn a_name_of_another_site_that_leads_to_loopback_is_refused() {
    let server = Server::start().await;
    let status = async |server: &Server, host: &str| {
        ask(server, "/api/v1/server", &[("host", host)]).await.status().as_u16()
    };
    for host in ["evil.example", "evil.example.", "localhost.evil.example", "notlocalhost"] {
        assert_eq!(status(&server, host).await, 403, "{host}");
    }
    for host in ["localhost", "localhost.", "LOCALHOST.:8088", "chat.localhost", "127.0.0.1", "[::1]:1"] {
        assert_eq!(status(&server, host).await, 200, "{host}");
    }
    let proxied = Server::with().flags(["--allow-origin", "HTTPS://Chat.Example:443"]).start().await;
    for host in ["chat.example", "chat.example.", "Chat.Example"] {
        assert_eq!(status(&proxied, host).await, 200, "{host}");
    }
    allowed(&proxied, "https://chat.example").await;
    allowed(&proxied, "https://chat.example.").await;
    refused(&proxied, "http://chat.example").await;
}

/// The status of the answer to a raw request.
async fn status_of(server: &Server, request: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    in_time("an answer", socket.read_to_string(&mut answer)).await.unwrap();
    answer.get(9..12).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let server = Server::start().await;
    for (target, hosts, status) in [
        ("/api/v1/server", &["localhost"][..], "200"),
        ("http://localhost/api/v1/server", &["localhost"], "200"),
        ("/api/v1/server", &[], "400"),
        ("/api/v1/server", &["localhost", "localhost"], "400"),
        ("/api/v1/server", &["localhost:evil@x"], "400"),
        ("/api/v1/server", &["localhost:99999"], "400"),
        ("http://evil.example/api/v1/server", &["localhost"], "400"),
        ("/api/v1/server", &["evil.example"], "403"),
    ] {
        let hosts: String = hosts.iter().map(|host| format!("host: {host}\r\n")).collect();
        let request = format!("GET {target} HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
        assert_eq!(status_of(&server, &request).await, status, "{request}");
    }
    assert_eq!(status_of(&server, "GET /healthz HTTP/1.0\r\n\r\n").await, "200", "an old probe");
}

#[tokio::test]
async fn an_upgrade_has_no_body() {
    let server = Server::start().await;
    for body in ["content-length: 5\r\n\r\nhello", "transfer-encoding: chunked\r\n\r\n0\r\n\r\n"] {
        let request = format!(
            "GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{body}"
        );
        assert_eq!(status_of(&server, &request).await, "400", "{body}");
    }
}

#[tokio::test]
async fn a_browser_that_comes_under_another_name_is_shown_what_to_do() {
    let server = Server::start().await;
    let navigation = [("host", "evil.example"), ("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let refused = ask(&server, "/c/5", &navigation).await;
    assert_eq!(refused.status(), 403);
    assert_eq!(refused.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(refused.headers()["cache-control"], "no-store");
    let policy = refused.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("style-src 'self'") && !policy.contains("unsafe-inline"), "{policy}");
    let page = refused.text().await.unwrap();
    for part in ["--public-url", "lang=\"zh-CN\"", "href=\"/refused.css\""] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("evil"), "nothing of the request is in it: {page}");
    let style = ask(&server, "/refused.css", &[("host", "evil.example")]).await;
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    let program = ask(&server, "/", &[("host", "evil.example"), ("accept", "application/json")]).await;
    assert_eq!(program.headers()["content-type"], "application/json");

    server.logs("--public-url").await;
    let log = server.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("--public-url")).collect();
    assert_eq!(lines.len(), 1, "not a line for each: {log}");
    assert!(lines[0].contains("`Host`") && lines[0].contains("evil.example"), "{log}");
}

#[tokio::test]
async fn a_foreign_origin_is_logged_once_with_the_flag_that_helps() {
    let server = Server::start().await;
    refused(&server, "https://chat.example").await;
    refused(&server, "https://other.example").await;
    let asked = http().post(server.url("/ws")).header("origin", "https://chat.example");
    answer::<serde_json::Value>(asked).await.unwrap_err().is(403, ErrorCode::ForeignOrigin);
    server.logs("--allow-origin").await;
    let log = server.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("--allow-origin")).collect();
    assert_eq!(lines.len(), 1, "not a line for each: {log}");
    assert!(lines[0].contains("`Origin`") && lines[0].contains("https://chat.example"), "{log}");
}
