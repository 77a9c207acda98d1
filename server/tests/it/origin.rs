//! Which pages may connect.

use confab_shared::protocol::ErrorCode;

use crate::support::{Server, client::open, http, refusal};

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
    let server = Server::with().listen("0.0.0.0:0").flags(["--access", "open"]).start().await;
    allowed(&server, &server.url("")).await;
    refused(&server, "http://localhost:3000").await;
    refused(&server, "http://127.0.0.1:1").await;
}

#[tokio::test]
async fn a_name_of_another_site_that_leads_to_loopback_is_refused() {
    let server = Server::start().await;
    let ask = |host: &'static str| http().get(server.url("/api/v1/server")).header("host", host).send();
    assert_eq!(ask("evil.example").await.unwrap().status(), 403);
    assert_eq!(ask("localhost").await.unwrap().status(), 200);
    let proxied = Server::with().flags(["--allow-origin", "https://chat.example"]).start().await;
    let ask = |host: &'static str| http().get(proxied.url("/api/v1/server")).header("host", host).send();
    assert_eq!(ask("chat.example").await.unwrap().status(), 200);
}
