//! A page cannot see the pings of the WebSocket itself, and asks with a frame of its own.

use confab_shared::protocol::{ClientFrame, ServerFrame};

use crate::support::{Person, Server, client_id};

#[tokio::test]
async fn a_ping_is_answered_behind_what_was_asked_before() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let notes = mei.direct("mei").await;
    let mut socket = mei.connect().await;
    let id = client_id();
    socket.post(id, notes, "first").await;
    socket.send(&ClientFrame::Ping).await;
    let mut acked = false;
    loop {
        match socket.next().await {
            ServerFrame::Ack(ack) => acked = ack.client_id == id,
            ServerFrame::Pong => break,
            _ => {}
        }
    }
    assert!(acked, "answers come in the order of the frames");
}
