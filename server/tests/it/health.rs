//! `/healthz` and `/readyz`.

use serde_json::{Value, json};

use crate::{
    metrics::{monitored, monitoring},
    support::{Person, Server, http, in_time},
};

/// What `/readyz` answers.
pub async fn readiness(server: &Server) -> (u16, Value) {
    ask(server.url("/readyz")).await
}

async fn ask(url: String) -> (u16, Value) {
    let answer = in_time("an answer", http().get(url).send()).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_server_that_can_serve_is_ready() {
    let server = Server::start().await;
    assert_eq!(readiness(&server).await, (200, json!({ "ready": true })));
}

#[tokio::test]
async fn a_disk_with_little_room_is_named_and_the_server_is_alive() {
    let server = Server::with().flags(["--min-free-disk", "100000000000"]).start().await;
    assert_eq!(readiness(&server).await, (503, json!({ "ready": false, "failing": ["disk"] })));
    let health = http().get(server.url("/healthz")).send().await.unwrap();
    assert_eq!((health.status().as_u16(), health.text().await.unwrap()), (200, "ok".to_owned()));
    // It still serves: people are not sent away from the only server there is.
    Person::come(&server, "mei").await;
}

#[tokio::test]
async fn monitoring_has_its_own_address_for_it() {
    let server = monitored().start().await;
    assert_eq!(ask(monitoring(&server, "/readyz").await).await, (200, json!({ "ready": true })));
}
