//! What the log says of attacks: who, how often, and no secret.

use std::{process::Command, time::Duration};

use confab_shared::error::ErrorCode;
use tokio::net::TcpStream;

use super::{behind_a_proxy, guest, sign_in_from, until_limited};
use crate::support::{Server, http, in_time};

const ATTACKER: &str = "203.0.113.5";

fn lines_with<'a>(log: &'a str, what: &str) -> Vec<&'a str> {
    log.lines().filter(|line| line.contains(what)).collect()
}

#[tokio::test]
async fn a_refused_sign_in_is_logged_with_its_address_and_without_its_secrets() {
    let server = behind_a_proxy().start().await;
    let mut request = guest("mistyped-here");
    request.password = Some("a long walk by the sea".to_owned());
    for _ in 0..3 {
        sign_in_from(&server, ATTACKER, &request).await.unwrap_err().is(403, ErrorCode::WrongPassword);
    }
    server.logs("refused a sign-in").await;
    let log = server.log();
    let lines = lines_with(&log, "refused a sign-in");
    assert_eq!(lines.len(), 1, "not a line for each: {log}");
    for part in ["security", ATTACKER, "WrongPassword"] {
        assert!(lines[0].contains(part), "{part}: {log}");
    }
    assert!(!log.contains("walk by the sea") && !log.contains("mistyped-here"), "{log}");
}

#[tokio::test]
async fn a_flood_is_logged_once_with_its_address_and_the_limit() {
    let server = behind_a_proxy().start().await;
    until_limited(400, async |n: usize| sign_in_from(&server, ATTACKER, &guest(&format!("flood-{n}"))).await)
        .await;
    for n in 0..20 {
        sign_in_from(&server, ATTACKER, &guest(&format!("more-{n}"))).await.unwrap_err();
    }
    server.logs("over a rate limit").await;
    let log = server.log();
    let lines = lines_with(&log, "over a rate limit");
    assert_eq!(lines.len(), 1, "not a line for each: {log}");
    for part in ["security", ATTACKER, "of an address"] {
        assert!(lines[0].contains(part), "{part}: {log}");
    }
}

/// Sets how many files a server may open from now on.
fn limit_files(server: &Server, count: usize) {
    let (pid, limit) = (server.pid().to_string(), format!("--nofile={count}:"));
    let set = Command::new("prlimit").args(["--pid", &pid, &limit]).status();
    assert!(set.is_ok_and(|status| status.success()));
}

#[tokio::test]
async fn where_descriptors_end_one_line_says_so_and_the_server_recovers() {
    let server = Server::start().await;
    limit_files(&server, 8);
    let waiting = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    server.logs("failed to accept a connection").await;
    // It is tried ten times a second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.log().matches("failed to accept a connection").count(), 1, "{}", server.log());
    limit_files(&server, 1_024);
    drop(waiting);
    let health = in_time("an answer", http().get(server.url("/healthz")).send()).await.unwrap();
    assert_eq!(health.status(), 200);
}
