//! The demo's dialect: what an id misses waits for it.

use confab_shared::id::Seq;

use crate::support::{Demo, Person, Server, client_id, demo::private};

#[tokio::test]
async fn an_id_that_was_never_here_gets_what_was_sent_to_it_in_order_and_once() {
    let server = Server::start().await;
    let mut sender = Demo::connect(&server, "123").await;
    let odd = r#"{"data":"odd","userID1":"123","userID2":"999"}"#;
    sender.say("999", "one").await;
    sender.send(odd).await;
    sender.nothing_more().await;
    let mut late = Demo::connect(&server, "999").await;
    assert_eq!(late.next().await, private("123", "999", "one"));
    assert_eq!(late.next().await, odd);
    late.nothing_more().await;
}

#[tokio::test]
async fn an_id_that_is_away_gets_what_was_sent_to_it_in_order_and_once() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut away = Demo::connect(&server, "999").await;
    away.say("mei", "I am away").await;
    away.nothing_more().await;
    away.leave().await;
    let mut sender = Demo::connect(&server, "123").await;
    let odd = r#"{"data":"odd","userID1":"123","userID2":"999"}"#;
    sender.say("999", "one").await;
    sender.send(odd).await;
    sender.nothing_more().await;
    let id = mei.direct("999").await;
    let mut socket = mei.connect().await;
    for text in ["two", "three"] {
        socket.send_text(id, text).await;
    }
    let mut late = Demo::connect(&server, "999").await;
    assert_eq!(late.next().await, private("123", "999", "one"));
    assert_eq!(late.next().await, odd);
    assert_eq!(late.next().await, private("mei", "999", "two"));
    assert_eq!(late.next().await, private("mei", "999", "three"));
    // The answer to the server's ping says that it arrived, and the peer sees it as read. What was delivered in two parts
    // is read in two.
    let mut read = late.listening(socket.next_read()).await;
    while read.read_seq < Seq(3) {
        read = late.listening(socket.next_read()).await;
    }
    assert_eq!((read.conversation, read.read_seq), (id, Seq(3)));
    late.leave().await;
    let mut again = Demo::connect(&server, "999").await;
    again.nothing_more().await;
}

#[tokio::test]
async fn what_is_told_right_after_the_server_asked_is_asked_about_later() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let (mut socket, mut demo) = (mei.connect().await, Demo::connect(&server, "456").await);
    demo.say("mei", "hello").await;
    demo.nothing_more().await;
    let id = mei.direct("456").await;
    for (seq, text) in [(2, "one"), (3, "two"), (4, "three")] {
        socket.send_text(id, text).await;
        assert_eq!(demo.next().await, private("mei", "456", text));
        assert_eq!(demo.listening(socket.next_read()).await.read_seq, Seq(seq));
    }
}

#[tokio::test]
async fn what_waits_survives_a_restart() {
    let mut server = Server::start().await;
    Demo::connect(&server, "456").await.leave().await;
    let mut sender = Demo::connect(&server, "123").await;
    let texts = [
        r#"{"userID1":"123","userID2":"456","data":"plain"}"#,
        r#"{"userID1":"123", "userID2":"456", "data":"odd"}"#,
    ];
    for text in texts {
        sender.send(text).await;
    }
    sender.nothing_more().await;
    server.sigkill().await;
    server.restart().await;
    let mut late = Demo::connect(&server, "456").await;
    for text in texts {
        assert_eq!(late.next().await, text);
    }
    late.nothing_more().await;
}

#[tokio::test]
async fn more_than_a_page_of_what_was_missed_comes_whole() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut away = Demo::connect(&server, "456").await;
    away.say("mei", "I am away").await;
    away.nothing_more().await;
    away.leave().await;
    let id = mei.direct("456").await;
    let mut socket = mei.connect().await;
    let mut ids = Vec::new();
    for n in 0..450 {
        let command = client_id();
        socket.post(command, id, &format!("message {n}")).await;
        ids.push(command);
    }
    for command in ids {
        socket.ack(command).await;
    }
    let mut late = Demo::connect(&server, "456").await;
    for n in 0..450 {
        assert_eq!(late.next().await, private("mei", "456", &format!("message {n}")));
    }
    late.listening(async { while socket.next_read().await.read_seq < Seq(451) {} }).await;
    late.leave().await;
    Demo::connect(&server, "456").await.nothing_more().await;
}
