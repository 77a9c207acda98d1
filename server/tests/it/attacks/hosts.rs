//! Pages of other sites, under names of other sites that lead to a server for the world.

use confab_shared::error::ErrorCode;

use crate::{
    lifecycle::run,
    support::{Server, client::open, http, in_time, refusal, server::Setup},
};

const URL: &str = "https://chat.example";

/// A server that listens beyond its machine.
fn for_the_world() -> Setup {
    Server::with().listen("0.0.0.0:0").flags(["--access", "open"])
}

async fn status(server: &Server, host: &str) -> u16 {
    let request = http().get(server.url("/api/v1/server")).header("host", host).send();
    in_time("an answer", request).await.unwrap().status().as_u16()
}

/// Whether a page may open sockets.
async fn connects(server: &Server, host: &str, origin: &str) -> bool {
    match open(&server.socket_url(""), &[("host", host), ("origin", origin)]).await {
        Ok(_) => true,
        Err(error) => {
            let refused = refusal(error);
            assert_eq!(
                (refused.status, refused.body.code),
                (403, ErrorCode::ForeignOrigin),
                "{host} {origin}"
            );
            false
        }
    }
}

#[tokio::test]
async fn a_server_for_the_world_answers_to_its_own_name_only() {
    let server = for_the_world().flags(["--public-url", "https://Chat.Example/"]).start().await;
    assert!(!server.log().contains("is not known"), "{}", server.log());
    for host in [
        "chat.example",
        "CHAT.example.",
        "chat.example:443",
        "192.0.2.1:8088",
        "[2001:db8::1]",
        "localhost:8088",
    ] {
        assert_eq!(status(&server, host).await, 200, "{host}");
    }
    for host in ["evil.example", "chat.example.evil.example", "chat.example:8088", "192.0.2.1.evil.example"] {
        assert_eq!(status(&server, host).await, 403, "{host}");
    }
}

#[tokio::test]
async fn of_its_own_name_only_its_own_pages_connect() {
    let server = for_the_world().variable("CONFAB_PUBLIC_URL", URL).start().await;
    assert!(connects(&server, "chat.example", URL).await);
    for origin in ["http://chat.example", "https://evil.example", "https://chat.example:8443", "null"] {
        assert!(!connects(&server, "chat.example", origin).await, "{origin}");
    }
    // A page of a name that leads here is of that name's site.
    assert!(!connects(&server, "evil.example", "http://evil.example").await);
    assert!(connects(&server, "127.0.0.1:1", "http://127.0.0.1:1").await, "an address is nobody's name");
}

#[tokio::test]
async fn a_server_for_the_world_without_a_name_asks_for_it_once() {
    let server = for_the_world().flags(["--allow-origin", "https://named.example"]).start().await;
    server.logs("--public-url").await;
    assert_eq!(status(&server, "192.0.2.1:8088").await, 200);
    assert_eq!(status(&server, "named.example").await, 200);
    assert_eq!(server.log().matches("is not known").count(), 1, "{}", server.log());
    assert_eq!(status(&server, "chat.example").await, 403);
}

#[tokio::test]
async fn localhost_is_a_name_for_this_machine_only() {
    let server = for_the_world().flags(["--public-url", URL, "--trusted-proxy", "127.0.0.1"]).start().await;
    let status = async |from: Option<&str>| {
        let request = http().get(server.url("/api/v1/server")).header("host", "localhost");
        let request = from.into_iter().fold(request, |request, from| request.header("x-forwarded-for", from));
        in_time("an answer", request.send()).await.unwrap().status().as_u16()
    };
    assert_eq!(status(None).await, 200);
    assert_eq!(status(Some("203.0.113.5")).await, 403);
}

#[tokio::test]
async fn on_loopback_the_name_is_answered_beside_those_of_the_machine() {
    let server = Server::with().flags(["--public-url", URL]).start().await;
    assert_eq!(status(&server, "chat.example").await, 200);
    assert_eq!(status(&server, "localhost").await, 200);
    assert_eq!(status(&server, "192.0.2.1").await, 403, "nobody reaches it there");
    assert!(connects(&server, "chat.example", URL).await);
    assert!(connects(&server, "localhost:1", "http://localhost:3000").await);
    assert!(!connects(&server, "chat.example", "http://chat.example").await);
}

#[test]
fn a_public_url_that_is_none_is_refused_with_what_helps() {
    for wrong in ["chat.example", "https://chat.example/chat", "https://*.example", "null", ""] {
        let (code, _, stderr) = run(&["--public-url", wrong]);
        assert_eq!((code, stderr.lines().count()), (Some(2), 1), "{wrong}: {stderr}");
        assert!(stderr.contains("https://chat.example"), "{wrong}: {stderr}");
    }
}
