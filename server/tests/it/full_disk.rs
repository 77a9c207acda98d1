//! The disk is full: nothing is pretended, and nothing is lost. A limit on the size of files stands for it.

use std::process::Command;

use confab_shared::error::ErrorCode;
use serde_json::json;

use crate::health::readiness;
use crate::support::{Person, Server, client_id, http, in_time, person::EVERYONE};

/// Lets no file of the server's grow, or all of them again. It takes nothing from what they hold.
pub fn limit_files(server: &Server, limit: &str) {
    let pid = server.pid().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={limit}:unlimited")]).status();
    assert!(set.is_ok_and(|status| status.success()));
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_and_goes_through_later_once() {
    // Without the trap, the signal that comes with the limit would end the server.
    let server = Server::with().after("trap '' XFSZ").start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let notes = ada.direct("ada").await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    let before = socket.send_text(EVERYONE, "before").await;
    assert_eq!(adas.next_text().await, "before");

    limit_files(&server, "1");
    let id = client_id();
    socket.post(id, EVERYONE, "no room").await;
    let error = socket.expect_error(ErrorCode::StoreFailed).await;
    assert_eq!(error.client_id, Some(id));
    mei.try_direct("ada").await.unwrap_err().is(503, ErrorCode::StoreFailed);
    assert_eq!(mei.log(EVERYONE).await.len(), 1, "what is there can be read");
    assert_eq!(mei.view(EVERYONE).await.head_seq, before.seq);
    let health = in_time("an answer", http().get(server.url("/healthz")).send()).await.unwrap();
    assert!(health.status().is_success());
    assert_eq!(readiness(&server).await, (503, json!({ "ready": false, "failing": ["storage"] })));

    limit_files(&server, "unlimited");
    let ack = socket.send_as(id, EVERYONE, "no room").await;
    assert_eq!(ack.seq, before.seq.next());
    assert_eq!(socket.send_as(id, EVERYONE, "no room").await, ack);
    assert_eq!(adas.next_text().await, "no room");
    adas.no_more_events(notes).await;
    assert_eq!(mei.log(EVERYONE).await.len(), 2);
    in_time("a server that is ready again", async { while readiness(&server).await.0 != 200 {} }).await;
}
