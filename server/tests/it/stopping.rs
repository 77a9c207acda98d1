//! SIGTERM: soft, in time, and nothing is lost.

use confab_shared::protocol::ServerFrame;

use crate::support::{Demo, Person, Server, client::RawSocket, client_id, person::EVERYONE};

/// "Going away": <https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1>.
const AWAY: u16 = 1001;

#[tokio::test]
async fn every_connection_is_told_and_the_exit_is_clean() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let (mut socket, mut demo) = (mei.connect().await, Demo::connect(&server, "123").await);
    let mut silent = RawSocket::open(&server.socket_url("")).await;
    server.ask_to_stop();
    assert_eq!(socket.closed().await, AWAY);
    assert_eq!(demo.closed().await, AWAY);
    assert_eq!(silent.closed().await, AWAY);
    assert_eq!(server.stopped().await.code(), Some(0));
}

#[tokio::test]
async fn who_does_not_answer_the_close_holds_nothing_up() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let _deaf = mei.connect().await;
    assert_eq!(server.sigterm().await.code(), Some(0));
}

#[tokio::test]
async fn what_was_acknowledged_before_the_end_is_kept() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    let mut ids = Vec::new();
    for n in 0..200 {
        let id = client_id();
        socket.post(id, EVERYONE, &format!("message {n}")).await;
        ids.push(id);
    }
    let first = socket.ack(ids[0]).await;
    server.ask_to_stop();
    let (frames, code) = socket.until_closed().await;
    assert_eq!(code, Some(AWAY));
    assert_eq!(server.stopped().await.code(), Some(0));
    let acks = frames.into_iter().filter_map(|frame| match frame {
        ServerFrame::Ack(ack) => Some(ack),
        _ => None,
    });
    server.restart().await;
    let log = mei.log(EVERYONE).await;
    for ack in acks.chain([first]) {
        let found = log.iter().filter(|event| event.client_id == Some(ack.client_id));
        assert_eq!(found.map(|event| event.seq).collect::<Vec<_>>(), [ack.seq]);
    }
    let mut socket = mei.connect().await;
    for (n, id) in ids.into_iter().enumerate() {
        socket.send_as(id, EVERYONE, &format!("message {n}")).await;
    }
    assert_eq!(mei.log(EVERYONE).await.len(), 200);
}
