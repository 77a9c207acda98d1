//! Many commands in one transaction: each stands for itself, and what is not in its final place yet is seen and kept
//! all the same. A second hand in the file makes one command fail, and holds the writer up until all are queued.

use confab_shared::{
    conversation::Conversation, error::ErrorCode, event::Event, id::ConversationId, protocol::ServerFrame,
};
use rusqlite::Connection;

use crate::support::{Mirror, Person, Server, Socket, client_id, person::EVERYONE};

/// The server's file, with messages in it that cannot be written.
fn file_that_refuses(server: &Server, text: &str) -> Connection {
    let file = Connection::open(server.data().join("confab.db")).unwrap();
    file.busy_timeout(crate::support::PATIENCE).unwrap();
    file.execute_batch(&format!(
        "CREATE TRIGGER refused BEFORE INSERT ON write_buffer WHEN instr(NEW.events, ',\"{text}\"') \
         BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
    ))
    .unwrap();
    file
}

/// Lets the writer go on when all that a socket has sent is queued: a signal that was sent after it has come.
async fn when_queued(file: &Connection, from: &mut Socket, to: &mut Socket) {
    from.typing(EVERYONE).await;
    let pick = |frame: &ServerFrame| matches!(frame, ServerFrame::Typing { .. }).then_some(());
    to.find("the signal that all is queued", pick).await;
    file.execute_batch("ROLLBACK").unwrap();
}

#[tokio::test]
async fn who_fails_in_a_batch_fails_alone() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    let file = file_that_refuses(&server, "never");
    let before = socket.send_text(EVERYONE, "before").await;

    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (twice, never) = (client_id(), client_id());
    let ids: Vec<_> = (0..20).map(|_| client_id()).collect();
    for (number, id) in ids.iter().enumerate() {
        if number == 10 {
            socket.post(twice, EVERYONE, "twice").await;
            socket.post(never, EVERYONE, "never").await;
            socket.post(twice, EVERYONE, "twice").await;
        }
        socket.post(*id, EVERYONE, &format!("message {number}")).await;
    }
    when_queued(&file, &mut socket, &mut adas).await;

    let error = socket.expect_error(ErrorCode::StoreFailed).await;
    assert_eq!(error.client_id, Some(never));
    let mut last = before.seq;
    for (number, id) in ids.iter().enumerate() {
        if number == 10 {
            let ack = socket.ack(twice).await;
            assert_eq!(ack.seq, last.next());
            assert_eq!(socket.ack(twice).await, ack);
            last = ack.seq;
        }
        let ack = socket.ack(*id).await;
        assert_eq!(ack.seq, last.next(), "no seq is left out");
        last = ack.seq;
    }
    // And once more, now that all of it is long done.
    assert_eq!(socket.send_as(ids[0], EVERYONE, "message 0").await.seq, before.seq.next());
    file.execute_batch("DROP TRIGGER refused").unwrap();
    assert_eq!(socket.send_as(never, EVERYONE, "never").await.seq, last.next());
    let log = ada.log(EVERYONE).await;
    let seqs: Vec<_> = log.iter().map(|event| event.seq.0).collect();
    assert_eq!(seqs, (1..=last.next().0).collect::<Vec<_>>());
    for expected in &log {
        assert_eq!(adas.next_event().await, *expected);
    }
}

#[tokio::test]
async fn the_same_command_twice_in_a_batch_is_one() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let (mut one, mut two, mut adas) = (mei.connect().await, mei.connect().await, ada.connect().await);
    let file = file_that_refuses(&server, "never");
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (first, id) = (client_id(), client_id());
    one.post(first, EVERYONE, "the writer waits with this one").await;
    for socket in [&mut one, &mut two] {
        for _ in 0..5 {
            socket.post(id, EVERYONE, "once").await;
        }
    }
    two.typing(EVERYONE).await;
    let pick = |frame: &ServerFrame| matches!(frame, ServerFrame::Typing { .. }).then_some(());
    adas.find("a signal", pick).await;
    when_queued(&file, &mut one, &mut adas).await;

    let ack = one.ack(id).await;
    for _ in 0..4 {
        assert_eq!(one.ack(id).await, ack);
    }
    for _ in 0..5 {
        assert_eq!(two.ack(id).await, ack);
    }
    assert_eq!(mei.log(EVERYONE).await.len(), 2);
}

#[tokio::test]
async fn what_is_in_everybodys_way_is_not_waited_for_by_each() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    let file = Connection::open(server.data().join("confab.db")).unwrap();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ids: Vec<_> = (0..40).map(|_| client_id()).collect();
    for id in &ids {
        socket.post(*id, EVERYONE, "not now").await;
    }
    // The writer waits for the lock with the first, and once more with all others.
    for id in &ids {
        assert_eq!(socket.expect_error(ErrorCode::StoreFailed).await.client_id, Some(*id));
    }
    file.execute_batch("ROLLBACK").unwrap();
    for (seq, id) in (1..).zip(&ids) {
        assert_eq!(socket.send_as(*id, EVERYONE, "now").await.seq.0, seq);
    }
}

/// A conversation as a user sees it: the list's entry, and its log.
async fn sees(person: &Person, id: ConversationId) -> (Conversation, Conversation, Vec<Event>) {
    let welcome = person.connect().await.welcome;
    let listed = welcome.conversations.into_iter().find(|c| c.id == id).expect("they are in it");
    (listed, person.view(id).await, person.log(id).await)
}

/// How many rows the write buffer of a stopped server has.
fn uncompacted(server: &Server) -> u64 {
    let file = Connection::open(server.data().join("confab.db")).unwrap();
    file.query_row("SELECT count(*) FROM write_buffer", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn what_was_just_written_looks_like_what_was_written_long_ago() {
    let mut server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let li = Person::come(&server, "li").await;
    let trip = mei.group("Trip", &["ada"]).await;
    let (mut meis, mut adas) = (mei.connect().await, ada.connect().await);
    meis.send_text(trip, "one").await;
    let two = meis.send_text(trip, "two, @ada").await;
    adas.send_text(trip, "three, without having read").await;
    meis.send_text(trip, "four").await;
    adas.read(trip, two.seq).await;
    adas.next_read().await;
    adas.send_text(trip, "five").await;
    mei.add(trip, client_id(), &["li"]).await.unwrap();
    mei.rename(trip, client_id(), "Journey").await.unwrap();
    meis.send_text(trip, "six, @ada and @li").await;
    let mut just_written = Vec::new();
    for person in [&mei, &ada, &li] {
        just_written.push(sees(person, trip).await);
    }
    for (listed, viewed, log) in &just_written {
        assert_eq!(listed, viewed);
        assert_eq!((listed.head_seq.0, listed.message_count), (log.len() as u64, 6));
    }

    server.sigkill().await;
    server.restart().await;
    for (person, before) in [&mei, &ada, &li].into_iter().zip(&just_written) {
        assert_eq!(sees(person, trip).await, *before);
    }
    // After a stop in good order, all is in its place.
    assert!(server.sigterm().await.success());
    assert_eq!(uncompacted(&server), 0);
    server.restart().await;
    for (person, before) in [&mei, &ada, &li].into_iter().zip(&just_written) {
        assert_eq!(sees(person, trip).await, *before);
    }
    Mirror::of(&ada).await.is_fresh().await;
}

#[tokio::test]
async fn what_cannot_be_compacted_is_kept_and_compacted_later() {
    let mut server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let trip = mei.group("Trip", &["ada"]).await;
    let mut socket = mei.connect().await;
    let file = file_that_refuses(&server, "never");
    file.execute_batch(
        "CREATE TRIGGER uncompacted BEFORE INSERT ON segment BEGIN SELECT RAISE(ABORT, 'refused by the test'); END",
    )
    .unwrap();
    let first = client_id();
    let ack = socket.send_as(first, trip, "before").await;
    server.logs("failed to compact the write buffer").await;
    // A command that fails makes the writer drop the group's cached head.
    socket.post(client_id(), trip, "never").await;
    socket.expect_error(ErrorCode::StoreFailed).await;
    assert_eq!(socket.send_as(first, trip, "before").await, ack);
    assert_eq!(socket.send_text(trip, "after").await.seq, ack.seq.next());
    socket.send_text(EVERYONE, "elsewhere").await;
    let mut written = Vec::new();
    for (person, id) in [(&mei, trip), (&ada, trip), (&ada, EVERYONE)] {
        written.push(sees(person, id).await);
    }

    file.execute_batch("DROP TRIGGER uncompacted").unwrap();
    drop(file);
    assert!(server.sigterm().await.success());
    assert_eq!(uncompacted(&server), 0);
    server.restart().await;
    for ((person, id), before) in [(&mei, trip), (&ada, trip), (&ada, EVERYONE)].into_iter().zip(written) {
        assert_eq!(sees(person, id).await, before);
    }
    assert_eq!(mei.connect().await.send_as(first, trip, "before").await, ack);
}
