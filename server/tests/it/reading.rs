//! Read positions, and what is unread.

use confab_shared::{
    api::{MAX_SHOWN_READERS, Me, MeChange, ReadPositions},
    command::Delete,
    conversation::UnreadMention,
    error::ErrorCode,
    event::EventBody,
    id::{ConversationId, Seq, UserId},
    protocol::{ReadSignal, ServerFrame},
};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    Mirror, Person, Server, Socket, client_id, in_time,
    person::{EVERYONE, Refused, answer, done},
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
async fn those_who_are_online_are_mentioned_by_a_word() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let li = Person::come(&server, "li").await;
    let trip = mei.group("Trip", &["ada", "li"]).await;
    let (mut socket, mut hers) = (mei.connect().await, ada.connect().await);
    let seq = socket.send_text(trip, "tea, @here?").await.seq;
    let EventBody::Posted(posted) = hers.next_event().await.body else { panic!("a message") };
    assert_eq!(posted.mentions, [ada.user.id, UserId::HERE]);
    // Over HTTP, and while nobody else is there.
    hers.leave().await;
    let count = async |person: &Person| person.view(trip).await.mentions.len();
    let is_alone = async || {
        mei.post_text(trip, "@here?").await;
        let log = mei.log(trip).await;
        matches!(&log.last().unwrap().body, EventBody::Posted(posted) if posted.mentions == [UserId::HERE])
    };
    in_time("ada has gone", async { while !is_alone().await {} }).await;
    assert_eq!((count(&ada).await >= 1, count(&li).await, count(&mei).await), (true, 0, 0));
    assert_eq!(ada.view(trip).await.mentions[0].seq, seq);
    // In Everyone nobody sees who is online, and a direct conversation needs no word.
    let (_hers, direct) = (ada.connect().await, mei.direct("ada").await);
    for id in [EVERYONE, direct] {
        socket.send_text(id, "@here").await;
        assert!(ada.view(id).await.mentions.is_empty());
    }
}

#[tokio::test]
async fn in_a_small_group_everyone_learns_how_far_each_has_read() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let (li, zoe) = (Person::come(&server, "li").await, Person::come(&server, "zoe").await);
    let trip = mei.group("Trip", &["ada", "li", "zoe"]).await;
    let (mut socket, mut adas, mut lis) = (mei.connect().await, ada.connect().await, li.connect().await);
    for hers in [&mut adas, &mut lis] {
        hers.send_text(trip, "I am here").await;
    }
    let seqs = [socket.send_text(trip, "one").await.seq, socket.send_text(trip, "two").await.seq];
    let read_of = async |socket: &mut Socket, user: UserId, seq: Seq| {
        let read = |frame: &ServerFrame| match frame {
            ServerFrame::Read(read) if (read.user, read.read_seq) == (user, seq) => Some(()),
            _ => None,
        };
        socket.find("a read position", read).await;
    };
    adas.read(trip, seqs[1]).await;
    read_of(&mut socket, ada.user.id, seqs[1]).await;
    // She is not one of the two furthest.
    mei.connect().await.read(trip, seqs[1]).await;
    read_of(&mut socket, mei.user.id, seqs[1]).await;
    lis.read(trip, seqs[0]).await;
    read_of(&mut socket, li.user.id, seqs[0]).await;
    let positions = async |person: &Person, id: ConversationId| {
        let path = format!("/conversations/{id}/readers");
        let answer: Result<ReadPositions, Refused> = answer(person.request(Method::GET, &path)).await;
        answer.map(|found| found.readers.into_iter().map(|r| (r.user.id, r.read_seq)).collect::<Vec<_>>())
    };
    assert_eq!(positions(&mei, trip).await.unwrap(), [(ada.user.id, seqs[1]), (li.user.id, seqs[0])]);
    assert_eq!(
        positions(&zoe, trip).await.unwrap().len(),
        3,
        "who has not written gives none, and sees them"
    );
    positions(&Person::come(&server, "eve").await, trip)
        .await
        .unwrap_err()
        .is(404, ErrorCode::UnknownConversation);
    // Who does not share it is not seen, and does not see it.
    let change = MeChange { shares_read_positions: Some(false), ..MeChange::default() };
    let me: Result<Me, Refused> = answer(li.request(Method::PATCH, "/me").json(&change)).await;
    me.unwrap();
    positions(&li, trip).await.unwrap_err().is(403, ErrorCode::Forbidden);
    assert_eq!(positions(&mei, trip).await.unwrap(), [(ada.user.id, seqs[1])]);
    // In a larger group nobody's face is shown.
    for number in 0..=MAX_SHOWN_READERS - 4 {
        let name = format!("guest{number}x");
        Person::come(&server, &name).await;
        mei.add(trip, client_id(), &[name.as_str()]).await.unwrap();
    }
    assert!(positions(&mei, trip).await.unwrap().is_empty());
    assert!(positions(&mei, EVERYONE).await.unwrap().is_empty());
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
