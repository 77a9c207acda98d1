//! Replies to messages, with what they quote.

use confab_shared::{
    command::{Delete, Edit, Send},
    error::ErrorCode,
    event::EventBody,
    id::{ConversationId, Seq},
    protocol::ServerFrame,
};

use crate::support::{Mirror, Person, Server, client_id, person::EVERYONE};

fn reply(conversation: ConversationId, to: Seq, text: &str) -> Send {
    Send { reply_to: Some(to), ..Send::new(client_id(), conversation, text.to_owned()) }
}

fn edit(conversation: ConversationId, target: Seq, text: &str) -> Edit {
    Edit { client_id: client_id(), conversation, target, text: text.to_owned() }
}

fn delete(conversation: ConversationId, target: Seq) -> Delete {
    Delete { client_id: client_id(), conversation, target }
}

#[tokio::test]
async fn what_a_reply_quotes_follows_its_edits_and_its_deletion() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let mut socket = mei.connect().await;
    let first = socket.send_text(id, "where to?").await.seq;
    let mut adas = ada.connect().await;
    let second = adas.carry_out(reply(id, first, "north")).await.unwrap().seq;
    let event = socket.find("the reply", |frame| match frame {
        ServerFrame::Event(frame) if frame.event.seq == second => Some(frame.event.clone()),
        _ => None,
    });
    let EventBody::Posted(posted) = event.await.body else { panic!("no message") };
    assert_eq!(posted.reply_to, Some(first));

    socket.carry_out(edit(id, first, "where to go?")).await.unwrap();
    let page = ada.messages(id, &format!("around={second}&limit=1")).await.unwrap();
    assert_eq!((page.items.len(), page.quoted.len()), (1, 1));
    assert_eq!((page.quoted[0].seq, page.quoted[0].text.as_str()), (first, "where to go?"));
    assert!(page.users.contains(&mei.user), "who is quoted");
    assert!(ada.messages(id, "").await.unwrap().quoted.is_empty(), "it is among the items");

    socket.carry_out(delete(id, first)).await.unwrap();
    let page = ada.messages(id, &format!("around={second}&limit=1")).await.unwrap();
    let quoted = &page.quoted[0];
    assert_eq!((quoted.text.as_str(), quoted.deleted.map(|stamp| stamp.by)), ("", Some(mei.user.id)));
}

#[tokio::test]
async fn a_reply_is_to_a_message_that_is_there() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let secret = mei.group("Secret", &[]).await;
    let mut socket = mei.connect().await;
    let there = socket.send_text(secret, "between us").await.seq;
    let deleted = socket.send_text(secret, "gone").await.seq;
    socket.carry_out(delete(secret, deleted)).await.unwrap();
    for wrong in [Seq(0), Seq(1), deleted, Seq(99), Seq(u64::MAX)] {
        let refused = socket.carry_out(reply(secret, wrong, "to what?")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::UnknownMessage, "{wrong}");
    }
    // A message of another conversation is none of this one.
    let elsewhere = ada.connect().await.carry_out(reply(EVERYONE, there, "what?")).await.unwrap_err();
    assert_eq!(elsewhere.code, ErrorCode::UnknownMessage);
    // A retry is the same command only with the same target.
    let once = reply(secret, there, "yes");
    let seq = socket.carry_out(once.clone()).await.unwrap().seq;
    assert_eq!(socket.carry_out(once.clone()).await.unwrap().seq, seq);
    let other = socket.carry_out(Send { reply_to: None, ..once }).await.unwrap_err();
    assert_eq!(other.code, ErrorCode::IdempotencyConflict);
}

#[tokio::test]
async fn a_client_has_what_is_quoted_beyond_what_it_has_fetched() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let mut socket = mei.connect().await;
    let first = socket.send_text(id, "long ago").await.seq;
    socket.send_many(id, 120, |number| format!("message {number}")).await;
    let mut adas = ada.connect().await;
    adas.read(id, Seq(121)).await;
    while adas.next_read().await.user != ada.user.id {}
    let mut mirror = Mirror::of(&ada).await;
    mirror.open(id).await;
    assert!(mirror.state.timeline(id).unwrap().get(first).is_none(), "only a part is fetched");
    let second = socket.carry_out(reply(id, first, "do you remember?")).await.unwrap().seq;
    mirror.settle().await;
    let quoted = |mirror: &Mirror| mirror.state.quoted(id, first).map(|message| message.text.to_string());
    assert!(mirror.state.message(id, second).is_some());
    assert_eq!(quoted(&mirror).as_deref(), Some("long ago"));
    socket.carry_out(edit(id, first, "very long ago")).await.unwrap();
    mirror.settle().await;
    assert_eq!(quoted(&mirror).as_deref(), Some("very long ago"));
    socket.carry_out(delete(id, first)).await.unwrap();
    mirror.settle().await;
    let fresh = ada.messages(id, "limit=1").await.unwrap().quoted;
    assert_eq!(mirror.state.quoted(id, first), fresh.first());
    assert!(fresh[0].deleted.is_some());
}
