//! A reader that does not keep up.

use confab_shared::protocol::ServerFrame;

use crate::support::{Mirror, Person, Server, Socket, client_id, person::EVERYONE};

/// More than all buffers between hold: a few MiB in the kernel, 2 MiB before the socket, 1 MiB in the queue.
const MESSAGES: usize = 1_100;
const BYTES: usize = 16 * 1024;

/// How many messages may be on their way: fewer than a writer's own queue holds.
const WINDOW: usize = 24;

async fn write_all(mut socket: Socket) {
    let text = "x".repeat(BYTES);
    for _ in 0..MESSAGES.div_ceil(WINDOW) {
        let ids: Vec<_> = (0..WINDOW).map(|_| client_id()).collect();
        for id in &ids {
            socket.post(*id, EVERYONE, &text).await;
        }
        for id in ids {
            socket.ack(id).await;
        }
        while socket.next_event().await.seq.0 % (WINDOW as u64) != 0 {}
    }
}

async fn read_all(mut socket: Socket) {
    let count = MESSAGES.div_ceil(WINDOW) * WINDOW;
    for seq in 1..=count {
        match socket.next().await {
            ServerFrame::Event(frame) => assert_eq!(frame.event.seq.0, seq as u64),
            other => panic!("only events were to come: {other:?}"),
        }
    }
}

#[tokio::test]
async fn who_does_not_read_is_told_to_begin_again_and_nobody_waits_for_them() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let mut slow = Mirror::of(&Person::come(&server, "slow").await).await;
    slow.open(EVERYONE).await;
    slow.socket.set_reading(false);
    let (writer, reader) = (mei.connect().await, ada.connect().await);
    let (writing, reading) = (tokio::spawn(write_all(writer)), tokio::spawn(read_all(reader)));
    writing.await.unwrap();
    reading.await.unwrap();
    slow.socket.set_reading(true);
    loop {
        let frame = slow.socket.next().await;
        let lagged = frame == ServerFrame::Lagged;
        slow.take(frame).await;
        if lagged {
            break;
        }
    }
    slow.is_fresh().await;
}
