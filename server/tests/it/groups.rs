//! Groups: made, renamed, joined and left.

use confab_shared::{
    error::ErrorCode,
    event::{Event, EventBody, Invited, Joined, Left, Posted, Renamed},
    id::{ConversationId, Seq},
};

use crate::support::{Person, Server, client::text_of, client_id, person::EVERYONE};

async fn people<const N: usize>(server: &Server, names: [&str; N]) -> [Person; N] {
    let mut people = Vec::new();
    for name in names {
        people.push(Person::come(server, name).await);
    }
    people.try_into().unwrap_or_else(|_| unreachable!())
}

/// What a log says, one word per event.
fn story(events: &[Event]) -> Vec<String> {
    let line = |event: &Event| match &event.body {
        EventBody::Posted(Posted { text, ordinal, .. }) => format!("posted {ordinal} {text}"),
        EventBody::Joined(Joined { users }) => format!("joined {}", users.len()),
        EventBody::Left(_) => "left".to_owned(),
        EventBody::Invited(Invited { users }) => format!("invited {}", users.len()),
        EventBody::Renamed(Renamed { title }) => format!("renamed {title}"),
        other => panic!("{other:?}"),
    };
    events.iter().map(line).collect()
}

#[tokio::test]
async fn what_happens_in_a_group_is_its_log() {
    let server = Server::start().await;
    let [mei, ada, li] = people(&server, ["mei", "ada", "li"]).await;
    let mut ada_socket = ada.connect().await;
    let view = mei.try_group(client_id(), " Trip ", &["ada"]).await.unwrap().conversation;
    let id = view.id;
    assert_eq!((view.title.as_ref().unwrap().as_str(), view.member_count, view.unread()), ("Trip", 2, 0));
    assert_eq!(view.read_seq, view.head_seq, "who makes a group has read how it began");
    let mut mei_socket = mei.connect().await;
    mei_socket.send_text(id, "hello").await;
    mei.add(id, client_id(), &["li"]).await.unwrap();
    let renamed = ada.rename(id, client_id(), "Journey").await.unwrap().conversation;
    assert_eq!(renamed.title.unwrap().as_str(), "Journey");
    li.connect().await.send_text(id, "thanks").await;
    ada.leave(id, client_id()).await.unwrap();
    let events = mei.log(id).await;
    let expected = [
        "renamed Trip",
        "joined 1",
        "posted 1 hello",
        "joined 1",
        "renamed Journey",
        "posted 2 thanks",
        "left",
    ];
    assert_eq!(story(&events), expected);
    let seqs: Vec<_> = events.iter().map(|event| event.seq.0).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5, 6, 7]);
    let by: Vec<_> = events.iter().map(|event| event.by).collect();
    let [m, a, l] = [&mei, &ada, &li].map(|person| person.user.id);
    assert_eq!(by, [m, m, m, m, a, l, a]);
    let mut delivered = Vec::new();
    for _ in 1..7 {
        delivered.push(ada_socket.next_event().await);
    }
    assert_eq!(
        delivered,
        events[1..],
        "delivered as it is stored, from when she was added down to her own leaving"
    );
}

#[tokio::test]
async fn who_was_added_reads_what_was_before_and_has_nothing_unread() {
    let server = Server::start().await;
    let [mei, li] = people(&server, ["mei", "li"]).await;
    let id = mei.group("Trip", &[]).await;
    mei.connect().await.send_text(id, "before").await;
    mei.add(id, client_id(), &["li"]).await.unwrap();
    let view = li.view(id).await;
    assert_eq!((view.unread(), view.message_count, view.member_count), (0, 1, 2));
    assert_eq!(story(&li.log(id).await), ["renamed Trip", "posted 1 before", "joined 1"]);
    let names: Vec<_> = li.members(id).await.unwrap().users;
    assert_eq!(names, [li.user.clone(), mei.user.clone()]);
}

#[tokio::test]
async fn who_left_gets_no_further_events_and_sees_no_such_conversation() {
    let server = Server::start().await;
    let [mei, ada] = people(&server, ["mei", "ada"]).await;
    let id = mei.group("Trip", &["ada"]).await;
    let notes = ada.direct("ada").await;
    let (mut mei_socket, mut ada_socket) = (mei.connect().await, ada.connect().await);
    ada.leave(id, client_id()).await.unwrap();
    assert_eq!(ada_socket.next_event().await.body, EventBody::Left(Left {}));
    mei_socket.send_text(id, "she is gone").await;
    ada_socket.no_more_events(notes).await;
    ada.try_view(id).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    ada.page(id, "").await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    ada.members(id).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    ada.leave(id, client_id()).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    let id_of_text = client_id();
    ada_socket.post(id_of_text, id, "am I").await;
    let error = ada_socket.expect_error(ErrorCode::UnknownConversation).await;
    assert_eq!(error.client_id, Some(id_of_text));
    assert!(ada.connect().await.welcome.conversations.iter().all(|c| c.id != id));
    // And back again.
    mei.add(id, client_id(), &["ada"]).await.unwrap();
    assert_eq!(ada.view(id).await.unread(), 0);
    assert!(matches!(ada_socket.next_event().await.body, EventBody::Joined(_)));
}

#[tokio::test]
async fn a_command_that_is_repeated_is_carried_out_once() {
    let server = Server::start().await;
    let [mei, ada, _li] = people(&server, ["mei", "ada", "li"]).await;
    let make = client_id();
    let id = mei.try_group(make, "Trip", &["ada"]).await.unwrap().conversation.id;
    assert_eq!(mei.try_group(make, "Trip", &["ada"]).await.unwrap().conversation.id, id);
    let at_once = futures_util::future::join_all((0..5).map(|_| mei.try_group(make, "Trip", &["ada"]))).await;
    assert!(at_once.into_iter().all(|view| view.unwrap().conversation.id == id));
    let (rename, add, leave) = (client_id(), client_id(), client_id());
    for _ in 0..2 {
        let view = mei.rename(id, rename, "Journey").await.unwrap().conversation;
        assert_eq!(view.title.unwrap().as_str(), "Journey");
    }
    for _ in 0..2 {
        assert_eq!(mei.add(id, add, &["li"]).await.unwrap().conversation.member_count, 3);
    }
    for _ in 0..2 {
        ada.leave(id, leave).await.unwrap();
    }
    let view = mei.view(id).await;
    assert_eq!(view.member_count, 2);
    let expected = ["renamed Trip", "joined 1", "renamed Journey", "joined 1", "left"];
    assert_eq!(story(&mei.log(id).await), expected);
}

#[tokio::test]
async fn adding_who_is_in_already_makes_no_event() {
    let server = Server::start().await;
    let [mei, _ada] = people(&server, ["mei", "ada"]).await;
    let id = mei.group("Trip", &["ada", "ada", "mei"]).await;
    let view = mei.add(id, client_id(), &["ada", "mei", "ADA"]).await.unwrap().conversation;
    assert_eq!((view.member_count, view.head_seq), (2, Seq(2)));
    assert_eq!(story(&mei.log(id).await), ["renamed Trip", "joined 1"]);
}

#[tokio::test]
async fn only_groups_change() {
    let server = Server::start().await;
    let [mei, _ada, _li] = people(&server, ["mei", "ada", "li"]).await;
    for id in [mei.direct("ada").await, mei.direct("mei").await, EVERYONE] {
        mei.rename(id, client_id(), "Other").await.unwrap_err().is(409, ErrorCode::WrongKind);
        mei.add(id, client_id(), &["li"]).await.unwrap_err().is(409, ErrorCode::WrongKind);
        mei.leave(id, client_id()).await.unwrap_err().is(409, ErrorCode::WrongKind);
        assert_eq!(mei.view(id).await.head_seq, Seq(0));
    }
}

#[tokio::test]
async fn a_group_is_not_begun_with_somebody_unknown() {
    let server = Server::start().await;
    let [mei, ada] = people(&server, ["mei", "ada"]).await;
    let refused = mei.try_group(client_id(), "Trip", &["ada", "nobody"]).await.unwrap_err();
    refused.is(404, ErrorCode::UnknownUser);
    assert_eq!(ada.connect().await.welcome.conversations.len(), 1, "nothing of it is left behind");
    let id = mei.group("Trip", &["ada"]).await;
    mei.add(id, client_id(), &["nobody"]).await.unwrap_err().is(404, ErrorCode::UnknownUser);
    assert_eq!(mei.view(id).await.member_count, 2);
}

#[tokio::test]
async fn the_last_who_leaves_leaves_an_empty_group() {
    let server = Server::start().await;
    let [mei] = people(&server, ["mei"]).await;
    let id: ConversationId = mei.group("Alone", &[]).await;
    let mut socket = mei.connect().await;
    socket.send_text(id, "echo").await;
    assert_eq!(text_of(&socket.next_event().await), Some("echo"));
    mei.leave(id, client_id()).await.unwrap();
    mei.try_view(id).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
}
