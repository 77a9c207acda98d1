//! `/healthz` and `/readyz`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    metrics::{monitored, monitoring},
    support::{Person, Server, http, in_time, person::EVERYONE},
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

#[tokio::test]
async fn a_server_that_drains_answers_that_it_stops_and_takes_no_new_socket() {
    let mut server = monitored().flags(["--drain-seconds", "3"]).start().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    let watched = monitoring(&server, "/readyz").await;
    server.ask_to_stop();
    let stopping = (503, json!({ "ready": false, "failing": ["running"] }));
    let stops = async {
        while readiness(&server).await != stopping {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    in_time("that it stops", stops).await;
    assert_eq!(ask(watched).await, stopping);
    let refused = in_time("an answer", http().post(server.url("/ws")).send()).await.unwrap();
    assert_eq!(refused.status(), 503);
    // Requests of people are answered meanwhile.
    mei.view(EVERYONE).await;
    assert_eq!(socket.closed().await, 1001);
    assert_eq!(server.stopped().await.code(), Some(0));
}
