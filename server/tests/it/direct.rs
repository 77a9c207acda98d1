//! Two people, and oneself.

use confab_shared::{
    conversation::ConversationKind,
    error::ErrorCode,
    event::{EventBody, Posted},
    id::Seq,
};

use crate::support::{Person, Server, client::text_of};

#[tokio::test]
async fn a_pair_has_one_conversation_from_both_sides() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let view = mei.try_direct("ada").await.unwrap();
    let id = view.conversation.id;
    assert_eq!(view.conversation.kind, ConversationKind::Direct);
    assert_eq!(view.conversation.peer, Some(ada.user.id));
    assert!(view.users.contains(&ada.user));
    assert_eq!(mei.direct("ADA").await, id);
    let view = ada.try_direct("mei").await.unwrap();
    assert_eq!((view.conversation.id, view.conversation.peer), (id, Some(mei.user.id)));
    let both = futures_util::future::join_all((0..6).map(|_| mei.direct("ada"))).await;
    assert!(both.iter().all(|found| *found == id));
}

#[tokio::test]
async fn a_message_reaches_both_people_on_all_their_sessions() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let (mut mei1, mut mei2) = (mei.connect().await, mei.again(&server).await.connect().await);
    let (mut ada1, mut ada2) = (ada.connect().await, ada.connect().await);
    let ack = mei1.send_text(id, "hi 你好 👋\nsecond line").await;
    assert_eq!((ack.conversation, ack.seq), (id, Seq(1)));
    for socket in [&mut mei1, &mut mei2, &mut ada1, &mut ada2] {
        let event = socket.next_event().await;
        assert_eq!(text_of(&event), Some("hi 你好 👋\nsecond line"));
        assert_eq!((event.seq, event.by, event.at), (ack.seq, mei.user.id, ack.at));
        assert_eq!(event.client_id, Some(ack.client_id));
        assert!(matches!(event.body, EventBody::Posted(Posted { ordinal: 1, .. })));
    }
    assert_eq!(ada2.send_text(id, "hello").await.seq, Seq(2));
    assert_eq!(mei2.next_text().await, "hello");
}

#[tokio::test]
async fn nobody_else_is_told() {
    let server = Server::start().await;
    let (mei, eve) = (Person::come(&server, "mei").await, Person::come(&server, "eve").await);
    Person::come(&server, "ada").await;
    let (id, notes) = (mei.direct("ada").await, eve.direct("eve").await);
    let (mut mei, mut eve) = (mei.connect().await, eve.connect().await);
    mei.send_text(id, "between us").await;
    eve.no_more_events(notes).await;
}

#[tokio::test]
async fn somebody_unknown_cannot_be_written_to() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    mei.try_direct("nobody").await.unwrap_err().is(404, ErrorCode::UnknownUser);
}

#[tokio::test]
async fn notes_to_oneself_are_a_conversation_of_one() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let view = mei.try_direct("mei").await.unwrap().conversation;
    assert_eq!((view.peer, view.member_count), (Some(mei.user.id), 1));
    let (mut one, mut two) = (mei.connect().await, mei.connect().await);
    one.send_text(view.id, "milk").await;
    assert_eq!(two.next_text().await, "milk");
    assert_eq!(one.next_text().await, "milk");
    one.no_more_events(view.id).await;
    let view = mei.view(view.id).await;
    assert_eq!((view.message_count, view.unread()), (2, 0));
    assert_eq!(mei.direct("mei").await, view.id);
}
