//! The topic of a conversation.

use confab_shared::{
    command::SetTopic,
    error::ErrorCode,
    event::{EventBody, TopicChanged},
    id::{ConversationId, Seq},
    text::Topic,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Person, Server, client_id,
    person::{EVERYONE, answer},
};

fn set(conversation: ConversationId, topic: &str) -> SetTopic {
    SetTopic { client_id: client_id(), conversation, topic: topic.to_owned() }
}

async fn topic_of(person: &Person, id: ConversationId) -> Option<String> {
    person.view(id).await.topic.map(|topic| topic.to_string())
}

#[tokio::test]
async fn a_topic_is_an_event_that_every_member_gets() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let trip = mei.group("Trip", &["ada"]).await;
    let (mut mei_socket, mut ada_socket) = (mei.connect().await, ada.connect().await);
    let command = set(trip, "  Where to go  ");
    let ack = mei_socket.carry_out(command.clone()).await.unwrap();
    assert_eq!(mei_socket.carry_out(command).await.unwrap(), ack, "a retry");
    let event = ada_socket.next_event().await;
    let topic = Topic::new("Where to go").unwrap();
    assert_eq!((event.seq, event.body), (Seq(3), EventBody::Topic(TopicChanged { topic })));
    assert_eq!(topic_of(&ada, trip).await.as_deref(), Some("Where to go"));
    let unchanged = ada_socket.carry_out(set(trip, "Where to go")).await.unwrap();
    assert_eq!(unchanged.seq, Seq(3), "nothing to change makes no event");
    ada_socket.carry_out(set(trip, "")).await.unwrap();
    assert_eq!(topic_of(&mei, trip).await, None);
}

#[tokio::test]
async fn a_topic_is_set_over_http_too_and_survives_a_restart() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    Person::come(&server, "ada").await;
    let direct = mei.direct("ada").await;
    let body = json!({"client_id": client_id(), "topic": "Dinner"});
    let put = |body: &Value| mei.request(Method::PUT, &format!("/conversations/{direct}/topic")).json(body);
    for _ in 0..2 {
        let view: Value = answer(put(&body)).await.unwrap();
        assert_eq!(view["conversation"]["topic"], "Dinner");
        assert_eq!(view["conversation"]["head_seq"], 1);
    }
    server.sigkill().await;
    server.restart().await;
    let mei = mei.again(&server).await;
    assert_eq!(topic_of(&mei, direct).await.as_deref(), Some("Dinner"));
}

#[tokio::test]
async fn a_topic_is_one_line_of_members_and_not_of_everyone() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let trip = mei.group("Trip", &[]).await;
    let (mut mei_socket, mut ada_socket) = (mei.connect().await, ada.connect().await);
    for (conversation, topic, code) in [
        (trip, "a\nb".to_owned(), ErrorCode::TextControlCharacter),
        (trip, "x".repeat(251), ErrorCode::TextTooLong),
        (EVERYONE, "All".to_owned(), ErrorCode::WrongKind),
    ] {
        let refused = mei_socket.carry_out(set(conversation, &topic)).await.unwrap_err();
        assert_eq!(refused.code, code, "{topic}");
    }
    mei_socket.carry_out(set(trip, &"é".repeat(250))).await.unwrap();
    let outsider = ada_socket.carry_out(set(trip, "mine")).await.unwrap_err();
    assert_eq!(outsider.code, ErrorCode::UnknownConversation);
}
