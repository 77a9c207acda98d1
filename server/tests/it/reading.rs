//! Read positions, and what is unread.

use confab_shared::{
    command::Delete,
    conversation::UnreadMention,
    id::{ConversationId, Seq},
    protocol::{ReadSignal, ServerFrame},
};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    Mirror, Person, Server, Socket, client_id,
    person::{EVERYONE, Refused, done},
};

#[tokio::test]
async fn unread_is_exact_and_every_session_gets_the_signal() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let (mut one, mut two) = (mei.connect().await, mei.again(&server).await.connect().await);
    let mut hers = ada.connect().await;
    for text in ["one", "two", "three"] {
        hers.send_text(id, text).await;
    }
    assert_eq!(mei.view(id).await.unread(), 3);
    assert_eq!(ada.view(id).await.unread(), 0, "one has read what one wrote");
    one.read(id, Seq(2)).await;
    for socket in [&mut one, &mut two] {
        let read = socket.next_read().await;
        assert_eq!(
            (read.conversation, read.user, read.read_seq, read.read_count),
            (id, mei.user.id, Seq(2), 2)
        );
    }
    let view = mei.view(id).await;
    assert_eq!((view.read_seq, view.unread()), (Seq(2), 1));
    assert_eq!(ada.view(id).await.peers_read_seq, Seq(0), "mei has not answered");
    // With something unread, one's own message does not hide it.
    one.send_text(id, "mine").await;
    let read = hers.next_read().await;
    assert_eq!((read.user, read.read_seq, read.read_count), (mei.user.id, Seq(2), 2));
    assert_eq!(mei.view(id).await.unread(), 2);
    one.read(id, Seq(4)).await;
    assert_eq!(two.next_read().await.read_count, 4);
    assert_eq!(hers.next_read().await.read_seq, Seq(4));
    assert_eq!(ada.view(id).await.peers_read_seq, Seq(4));
    one.send_text(id, "mine too").await;
    assert_eq!(mei.view(id).await.unread(), 0);
    assert_eq!(ada.view(id).await.unread(), 2);
}

#[tokio::test]
async fn a_read_position_goes_neither_backward_nor_beyond_the_end() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let (mut socket, mut hers) = (mei.connect().await, ada.connect().await);
    for text in ["one", "two", "three"] {
        hers.send_text(id, text).await;
    }
    socket.read(id, Seq(2)).await;
    assert_eq!(socket.next_read().await.read_seq, Seq(2));
    socket.read(id, Seq(1)).await;
    socket.read(id, Seq(u64::MAX)).await;
    assert_eq!(socket.next_read().await.read_seq, Seq(3), "backward is no news, and the end is the end");
    let view = mei.view(id).await;
    assert_eq!((view.read_seq, view.read_count, view.unread()), (Seq(3), 3, 0));
}

#[tokio::test]
async fn a_stranger_does_not_learn_that_somebody_reads() {
    let server = Server::start().await;
    let (mei, eve) = (Person::come(&server, "mei").await, Person::come(&server, "eve").await);
    let (direct, group) = (eve.direct("mei").await, eve.group("Trap", &["mei"]).await);
    let (mut socket, mut eves) = (mei.connect().await, eve.connect().await);
    for id in [direct, group, EVERYONE] {
        let seq = eves.send_text(id, "are you there").await.seq;
        socket.read(id, seq).await;
        socket.next_read().await;
        assert_eq!(eve.view(id).await.peers_read_seq, Seq(0));
    }
    // Nothing of that was signalled: the first signal is that of the answer.
    socket.send_text(direct, "who are you").await;
    let read = eves.next_read().await;
    assert_eq!((read.conversation, read.user, read.read_seq), (direct, mei.user.id, Seq(1)));
    let next = eves.send_text(direct, "eve").await.seq;
    socket.read(direct, next).await;
    assert_eq!(eves.next_read().await.read_seq, next);
}

/// Three sessions of one user: one reads, one posts right after that, and one only receives both changes.
#[tokio::test]
async fn a_read_position_and_what_is_posted_behind_it_are_published_in_order() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let (mut reads, mut writes) = (mei.connect().await, mei.connect().await);
    let (mut hears, mut hers) = (Mirror::of(&mei).await, ada.connect().await);
    for _ in 0..20 {
        let ack = hers.send_text(id, "hers").await;
        let mine = client_id();
        reads.read(id, ack.seq).await;
        writes.post(mine, id, "mine").await;
        reads.next_read().await;
        writes.ack(mine).await;
        hears.is_fresh().await;
    }
}

#[tokio::test]
async fn what_is_no_message_is_not_unread() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.group("Trip", &["ada"]).await;
    mei.rename(id, client_id(), "Journey").await.unwrap();
    let view = ada.view(id).await;
    assert_eq!((view.head_seq, view.message_count, view.unread()), (Seq(3), 0, 0));
    let mut socket = mei.connect().await;
    socket.send_text(id, "hello").await;
    assert_eq!(ada.view(id).await.unread(), 1);
    let mut hers = ada.connect().await;
    hers.read(id, Seq(3)).await;
    let read = hers.next_read().await;
    assert_eq!((read.read_seq, read.read_count), (Seq(3), 0));
    assert_eq!(ada.view(id).await.unread(), 1);
}

#[tokio::test]
async fn what_one_wrote_right_behind_what_one_has_read_is_read() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let (mut socket, mut hers) = (mei.connect().await, ada.connect().await);
    hers.send_text(id, "one").await;
    socket.send_text(id, "mine").await;
    socket.send_text(id, "mine too").await;
    hers.send_text(id, "four").await;
    // Written before the page said how far it had read: the page's own count is the same.
    socket.read(id, Seq(1)).await;
    let read = socket.next_read().await;
    assert_eq!((read.read_seq, read.read_count), (Seq(3), 3));
    assert_eq!(mei.view(id).await.unread(), 1);
}

#[tokio::test]
async fn an_outsider_moves_no_read_position() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let eve = Person::come(&server, "eve").await;
    let id = mei.direct("ada").await;
    let mut hers = ada.connect().await;
    hers.send_text(id, "one").await;
    let mut eves = eve.connect().await;
    eves.read(id, Seq(1)).await;
    let notes = eve.direct("eve").await;
    eves.no_more_events(notes).await;
    let view = ada.view(id).await;
    assert_eq!(view.peers_read_seq, Seq(0));
}

/// The mention by a message as it was posted.
fn by_itself(seq: Seq) -> UnreadMention {
    UnreadMention { seq, event: seq }
}

#[tokio::test]
async fn whom_a_message_calls_by_name_knows_until_they_have_read_it() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let stranger = Person::come(&server, "stranger").await;
    let id = mei.group("Trip", &["ada"]).await;
    let mut hers = ada.connect().await;
    hers.send_text(id, "nobody").await;
    let called = hers.send_text(id, "@Mei and @ada and @stranger, @nobody-here: look").await.seq;
    let again = hers.send_text(id, "@mei!").await.seq;
    assert_eq!(mei.view(id).await.mentions, [called, again].map(by_itself));
    assert!(ada.view(id).await.mentions.is_empty(), "nobody calls themselves");
    let mut socket = mei.connect().await;
    let trip = socket.welcome.conversations.iter().find(|c| c.id == id).unwrap();
    assert_eq!(trip.mentions, [called, again].map(by_itself));
    assert!(stranger.view(confab_shared::id::ConversationId(1)).await.mentions.is_empty());

    socket.read(id, called).await;
    socket.next_read().await;
    assert_eq!(mei.view(id).await.mentions, [by_itself(again)]);
    mei.leave(id, client_id()).await.unwrap();
    ada.add(id, client_id(), &["mei"]).await.unwrap();
    assert!(mei.view(id).await.mentions.is_empty(), "who left and came back has nothing unread");
}

/// The next move of a person's own read position.
async fn own_read(socket: &mut Socket, person: &Person) -> ReadSignal {
    let own = |frame: &ServerFrame| match frame {
        ServerFrame::Read(signal) if signal.user == person.user.id => Some(*signal),
        _ => None,
    };
    socket.find("an own read", own).await
}

/// Marks a message and all behind it as unread.
async fn mark_unread(person: &Person, id: ConversationId, seq: Seq) -> Result<(), Refused> {
    let request = person.request(Method::PUT, &format!("/conversations/{id}/unread"));
    done(request.json(&json!({ "seq": seq }))).await
}

#[tokio::test]
async fn what_is_marked_as_unread_is_so_in_every_session() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.group("Trip", &["ada"]).await;
    let (mut one, mut two) = (mei.connect().await, mei.again(&server).await.connect().await);
    let (mut hers, mut watching) = (ada.connect().await, Mirror::of(&mei).await);
    let first = hers.send_text(id, "one").await.seq;
    let called = hers.send_text(id, "@mei two").await.seq;
    let last = hers.send_text(id, "three").await.seq;
    one.read(id, last).await;
    for socket in [&mut one, &mut two] {
        assert_eq!(own_read(socket, &mei).await.read_seq, last);
    }
    mark_unread(&mei, id, called).await.unwrap();
    for socket in [&mut one, &mut two] {
        let read = own_read(socket, &mei).await;
        assert_eq!((read.read_seq, read.read_count, read.back), (first, 1, true));
    }
    let view = mei.view(id).await;
    assert_eq!((view.read_seq, view.unread(), view.mentions), (first, 2, vec![by_itself(called)]));
    watching.is_fresh().await;
    // Where it is unread already, nothing moves; a deletion is counted on both sides.
    mark_unread(&mei, id, last).await.unwrap();
    let delete = Delete { client_id: client_id(), conversation: id, target: called };
    hers.carry_out(delete).await.unwrap();
    watching.is_fresh().await;
    let view = mei.view(id).await;
    assert_eq!((view.read_seq, view.unread(), view.mentions), (first, 1, vec![]));
    one.read(id, Seq(u64::MAX)).await;
    assert!(!own_read(&mut one, &mei).await.back);
    assert_eq!(mei.view(id).await.unread(), 0);
    watching.is_fresh().await;
}
