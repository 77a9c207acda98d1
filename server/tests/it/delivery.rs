//! The delivery contract: gapless, once, and kept.

use std::collections::HashSet;

use confab_shared::{
    error::ErrorCode,
    id::{ClientId, Seq},
    protocol::ServerFrame,
};

use crate::support::{Person, Server, Socket, client_id, person::EVERYONE};

/// Writes many messages without waiting for any.
async fn post_many(socket: &mut Socket, count: usize) -> Vec<ClientId> {
    let mut ids = Vec::new();
    for n in 0..count {
        let id = client_id();
        socket.post(id, EVERYONE, &format!("message {n}")).await;
        ids.push(id);
    }
    ids
}

/// Checks that a log has every seq from 1, and no command twice.
async fn check_log(person: &Person, messages: usize) {
    let log = person.log(EVERYONE).await;
    let seqs: Vec<_> = log.iter().map(|event| event.seq.0).collect();
    assert_eq!(seqs, (1..=messages as u64).collect::<Vec<_>>());
    let commands: HashSet<_> = log.iter().map(|event| event.client_id).collect();
    assert_eq!(commands.len(), messages);
}

#[tokio::test]
async fn seqs_are_gapless_from_one_and_acks_come_in_order() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let (mut one, mut two) = (mei.connect().await, ada.connect().await);
    let (of_mei, of_ada) = (post_many(&mut one, 60).await, post_many(&mut two, 60).await);
    for (socket, ids) in [(&mut one, of_mei), (&mut two, of_ada)] {
        let mut before = 0;
        for id in ids {
            let ack = socket.ack(id).await;
            assert!(ack.seq.0 > before, "one sender's messages keep their order");
            before = ack.seq.0;
        }
    }
    for expected in 1..=120 {
        assert_eq!(one.next_event().await.seq.0, expected);
        assert_eq!(two.next_event().await.seq.0, expected);
    }
    check_log(&mei, 120).await;
}

#[tokio::test]
async fn a_retry_gives_the_same_answer_and_no_second_event() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let id = client_id();
    let first = mei.connect().await.send_as(id, EVERYONE, "once").await;
    let mut socket = mei.connect().await;
    socket.send_text(EVERYONE, "between").await;
    assert_eq!(socket.send_as(id, EVERYONE, "once").await, first);
    socket.post(id, EVERYONE, "another text").await;
    socket.expect_error(ErrorCode::IdempotencyConflict).await;
    check_log(&mei, 2).await;
    // Another sender's id is another command.
    let ada = Person::come(&server, "ada").await;
    assert_ne!(ada.connect().await.send_as(id, EVERYONE, "hers").await.seq, first.seq);
}

#[tokio::test]
async fn twenty_at_once_over_two_sockets_are_one() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let (mut one, mut two) = (mei.connect().await, mei.connect().await);
    let id = client_id();
    for _ in 0..10 {
        one.post(id, EVERYONE, "once").await;
        two.post(id, EVERYONE, "once").await;
    }
    let first = one.ack(id).await;
    for _ in 0..9 {
        assert_eq!(one.ack(id).await, first);
    }
    for _ in 0..10 {
        assert_eq!(two.ack(id).await, first);
    }
    check_log(&mei, 1).await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_exactly_once() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    let ids = post_many(&mut socket, 300).await;
    let mut acks = vec![socket.ack(ids[40]).await];
    server.sigkill().await;
    let (frames, _) = socket.until_closed().await;
    acks.extend(frames.into_iter().filter_map(|frame| match frame {
        ServerFrame::Ack(ack) => Some(ack),
        _ => None,
    }));
    assert!(acks.len() > 40);

    server.restart().await;
    let log = mei.log(EVERYONE).await;
    for ack in &acks {
        let found: Vec<_> = log.iter().filter(|event| event.client_id == Some(ack.client_id)).collect();
        assert!(matches!(found[..], [event] if event.seq == ack.seq && event.at == ack.at), "{found:?}");
    }
    // Every unanswered command is sent again, and executed once, whether or not it was written before.
    let mut socket = mei.connect().await;
    for (n, id) in ids.iter().enumerate() {
        let ack = socket.send_as(*id, EVERYONE, &format!("message {n}")).await;
        let known = acks.iter().find(|known| known.client_id == *id);
        assert!(known.is_none_or(|known| *known == ack));
    }
    check_log(&mei, 300).await;
}

#[tokio::test]
async fn an_id_that_was_used_for_another_command_is_refused() {
    let server = Server::start().await;
    let (mei, _ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let (direct, group) = (mei.direct("ada").await, mei.group("Trip", &["ada"]).await);
    let id = client_id();
    let mut socket = mei.connect().await;
    socket.send_as(id, direct, "a message").await;
    let reused = ErrorCode::IdempotencyConflict;
    socket.post(id, group, "elsewhere").await;
    socket.expect_error(reused).await;
    socket.post(id, direct, "another message").await;
    socket.expect_error(reused).await;
    assert_eq!(socket.send_as(id, direct, "a message").await.seq, Seq(1), "the same is answered as before");
    mei.rename(group, id, "New").await.unwrap_err().is(409, reused);
    mei.leave(group, id).await.unwrap_err().is(409, reused);
    mei.try_group(id, "Another", &[]).await.unwrap_err().is(409, reused);
    assert_eq!(mei.view(group).await.title.unwrap().as_str(), "Trip");
}

#[tokio::test]
async fn what_one_sends_at_once_stays_in_its_order_while_many_do() {
    const SENDERS: usize = 20;
    const MESSAGES: usize = 300;
    let server = Server::start().await;
    let mut senders = Vec::new();
    for number in 0..SENDERS {
        let person = Person::come(&server, &format!("sender-{number}")).await;
        let notes = person.direct(person.name()).await;
        let mut socket = person.connect().await;
        senders.push(tokio::spawn(async move {
            let ids: Vec<_> = (0..MESSAGES).map(|_| client_id()).collect();
            // More than the server has under way for one connection, and together more than its store's queue.
            for (number, id) in ids.iter().enumerate() {
                socket.post(*id, notes, &number.to_string()).await;
            }
            for (number, id) in ids.iter().enumerate() {
                assert_eq!(socket.ack(*id).await.seq.0, number as u64 + 1);
            }
        }));
    }
    for sender in senders {
        sender.await.unwrap();
    }
}
