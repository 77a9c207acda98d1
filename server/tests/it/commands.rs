//! Commands over the socket and over HTTP: one and the same, answered in order, carried out once.

use confab_shared::{
    command::{AddMembers, Command, Leave, MAX_MEMBERS_ADDED, Rename, Send},
    error::ErrorCode,
    event::{Event, EventBody},
    id::{ClientId, ConversationId, Seq},
    protocol::Ack,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    Person, Server, client_id, in_time,
    person::{EVERYONE, answer},
};

fn send(client_id: ClientId, conversation: ConversationId, text: &str) -> Command {
    Send::new(client_id, conversation, text.to_owned()).into()
}

fn rename(client_id: ClientId, conversation: ConversationId, title: &str) -> Command {
    Rename { client_id, conversation, title: title.to_owned() }.into()
}

fn add(client_id: ClientId, conversation: ConversationId, users: &[&str]) -> Command {
    let users = users.iter().map(ToString::to_string).collect();
    AddMembers { client_id, conversation, users }.into()
}

fn leave(client_id: ClientId, conversation: ConversationId) -> Command {
    Leave { client_id, conversation }.into()
}

/// The ack that the command of an event gets.
fn ack_of(event: &Event) -> Ack {
    let Event { conversation, seq, at, client_id, .. } = event;
    Ack { client_id: client_id.expect("a command made it"), conversation: *conversation, seq: *seq, at: *at }
}

async fn three_people(server: &Server) -> [Person; 3] {
    [Person::come(server, "mei").await, Person::come(server, "ada").await, Person::come(server, "li").await]
}

#[tokio::test]
async fn a_command_is_acknowledged_with_its_event_and_carried_out_once() {
    let server = Server::start().await;
    let [mei, ada, li] = three_people(&server).await;
    let (id, other) = (mei.group("Trip", &["ada"]).await, mei.group("Other", &["ada"]).await);
    let (renamed, added, left) = (client_id(), client_id(), client_id());
    let mut socket = mei.connect().await;
    let mut adas = ada.connect().await;

    let rename_ack = socket.carry_out(rename(renamed, id, "Journey")).await.unwrap();
    let add_ack = socket.carry_out(add(added, id, &["li"])).await.unwrap();
    let leave_ack = adas.carry_out(leave(left, id)).await.unwrap();

    let log = mei.log(id).await;
    assert_eq!(log.len(), 5, "{log:#?}");
    assert!(matches!(&log[2].body, EventBody::Renamed(renamed) if renamed.title.as_str() == "Journey"));
    assert!(matches!(&log[3].body, EventBody::Joined(joined) if joined.users == [li.user.id]));
    assert!(matches!(&log[4].body, EventBody::Left(_)));
    assert_eq!([rename_ack, add_ack, leave_ack], [ack_of(&log[2]), ack_of(&log[3]), ack_of(&log[4])]);

    // A retry over the socket, also of who has left.
    assert_eq!(socket.carry_out(rename(renamed, id, "Journey")).await, Ok(ack_of(&log[2])));
    assert_eq!(socket.carry_out(add(added, id, &["li"])).await, Ok(ack_of(&log[3])));
    assert_eq!(adas.carry_out(leave(left, id)).await, Ok(ack_of(&log[4])));

    // And over HTTP.
    assert_eq!(mei.rename(id, renamed, "Journey").await.unwrap().conversation.head_seq, Seq(5));
    assert_eq!(mei.add(id, added, &["li"]).await.unwrap().conversation.head_seq, Seq(5));
    ada.leave(id, left).await.unwrap();

    // An id that belongs to another command: of another kind, or in another conversation.
    for wrong in [
        send(renamed, id, "hello"),
        add(renamed, id, &["ada"]),
        leave(renamed, id),
        rename(added, id, "Journey"),
        rename(renamed, other, "Journey"),
        add(added, other, &["li"]),
    ] {
        let refused = socket.carry_out(wrong).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::IdempotencyConflict, "{refused:?}");
    }
    for wrong in [leave(left, other), send(left, id, "hello")] {
        assert_eq!(adas.carry_out(wrong).await.unwrap_err().code, ErrorCode::IdempotencyConflict);
    }
    assert_eq!(mei.log(id).await, log);
    assert_eq!(mei.view(other).await.head_seq, Seq(2));
}

#[tokio::test]
async fn a_command_over_http_is_the_same_over_the_socket() {
    let server = Server::start().await;
    let [mei, ada, _] = three_people(&server).await;
    let id = mei.group("Trip", &["ada"]).await;
    let (renamed, added, left) = (client_id(), client_id(), client_id());
    mei.rename(id, renamed, "Journey").await.unwrap();
    mei.add(id, added, &["li"]).await.unwrap();
    ada.leave(id, left).await.unwrap();
    let log = mei.log(id).await;

    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    assert_eq!(socket.carry_out(rename(renamed, id, "Journey")).await, Ok(ack_of(&log[2])));
    assert_eq!(socket.carry_out(add(added, id, &["li"])).await, Ok(ack_of(&log[3])));
    assert_eq!(adas.carry_out(leave(left, id)).await, Ok(ack_of(&log[4])));
    assert_eq!(mei.log(id).await, log);
}

#[tokio::test]
async fn adding_members_only_is_acknowledged_with_the_head() {
    let server = Server::start().await;
    let [mei, ada, _] = three_people(&server).await;
    let id = mei.group("Trip", &["ada"]).await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    socket.send_text(id, "hello").await;
    adas.next_event().await;
    let ack = socket.carry_out(add(client_id(), id, &["ada", "MEI"])).await.unwrap();
    assert_eq!((ack.conversation, ack.seq), (id, Seq(3)));
    assert_eq!(mei.log(id).await.len(), 3);
    adas.no_more_events(ada.direct("ada").await).await;
}

#[tokio::test]
async fn a_refused_command_is_answered_with_its_id() {
    let server = Server::start().await;
    let [mei, ada, _] = three_people(&server).await;
    let (group, foreign) = (mei.group("Trip", &[]).await, ada.group("Hers", &[]).await);
    let mut socket = mei.connect().await;
    let mut refused = async |command: Command, code: ErrorCode| {
        let client_id = command.client_id();
        let what = format!("{command:?}");
        let error = socket.carry_out(command).await.unwrap_err();
        assert_eq!((error.code, error.client_id), (code, Some(client_id)), "{what}");
    };
    for id in [mei.direct("ada").await, mei.direct("mei").await, EVERYONE] {
        refused(rename(client_id(), id, "Other"), ErrorCode::WrongKind).await;
        refused(add(client_id(), id, &["li"]), ErrorCode::WrongKind).await;
        refused(leave(client_id(), id), ErrorCode::WrongKind).await;
    }
    for id in [foreign, ConversationId(4_000), ConversationId(0), ConversationId(u64::MAX)] {
        refused(send(client_id(), id, "let me in"), ErrorCode::UnknownConversation).await;
        refused(rename(client_id(), id, "Mine"), ErrorCode::UnknownConversation).await;
        refused(add(client_id(), id, &["mei"]), ErrorCode::UnknownConversation).await;
        refused(leave(client_id(), id), ErrorCode::UnknownConversation).await;
    }
    refused(add(client_id(), group, &["li", "nobody"]), ErrorCode::UnknownUser).await;
    refused(add(client_id(), group, &["two words"]), ErrorCode::BadName).await;
    refused(add(client_id(), group, &vec!["li"; MAX_MEMBERS_ADDED + 1]), ErrorCode::BadRequest).await;
    refused(rename(client_id(), group, " "), ErrorCode::TextEmpty).await;
    refused(rename(client_id(), group, &"x".repeat(81)), ErrorCode::TextTooLong).await;
    refused(send(client_id(), group, ""), ErrorCode::TextEmpty).await;
    let view = mei.view(group).await;
    assert_eq!((view.head_seq, view.member_count), (Seq(1), 1));
}

/// How many commands are sent at once.
const PIPELINED: usize = 50;

#[tokio::test]
async fn commands_are_pipelined_and_answered_in_order() {
    let server = Server::start().await;
    let [mei, _, _] = three_people(&server).await;
    let (id, direct) = (mei.group("Trip", &["ada"]).await, mei.direct("ada").await);
    let mut socket = mei.connect().await;
    let mut expected = Vec::new();
    for number in 0..PIPELINED {
        let (client_id, title) = (client_id(), format!("title {number}"));
        let (command, code) = match number {
            7 => (add(client_id, id, &["li"]), None),
            40 => (leave(client_id, id), None),
            41.. => (send(client_id, id, "too late"), Some(ErrorCode::UnknownConversation)),
            _ => match number % 5 {
                0 => (send(client_id, id, &title), None),
                1 => (rename(client_id, id, &title), None),
                2 => (rename(client_id, direct, &title), Some(ErrorCode::WrongKind)),
                3 => (send(client_id, direct, ""), Some(ErrorCode::TextEmpty)),
                _ => (add(client_id, id, &["nobody"]), Some(ErrorCode::UnknownUser)),
            },
        };
        socket.command(command).await;
        expected.push((client_id, code));
    }
    let mut acks = Vec::new();
    for (client_id, code) in expected {
        match (socket.next_answer().await, code) {
            (Ok(ack), None) => {
                assert_eq!((ack.client_id, ack.conversation), (client_id, id));
                acks.push(ack);
            }
            (Err(error), Some(code)) => assert_eq!((error.client_id, error.code), (Some(client_id), code)),
            (answer, code) => panic!("{answer:?}, where {code:?} was expected"),
        }
    }
    // The group began with two events, of its title and its members.
    assert!(acks.iter().map(|ack| ack.seq.0).eq(3..acks.len() as u64 + 3), "{acks:?}");
}

async fn post(person: &Person, id: ConversationId, body: &Value) -> (StatusCode, Value) {
    let request = person.request(Method::POST, &format!("/conversations/{id}/messages")).json(body);
    let response = in_time("an answer", request.send()).await.unwrap();
    (response.status(), in_time("the body", response.json()).await.unwrap())
}

#[tokio::test]
async fn a_message_over_http_is_answered_with_its_ack() {
    let server = Server::start().await;
    let [mei, ada, _] = three_people(&server).await;
    let id = mei.direct("ada").await;
    let mut adas = ada.connect().await;
    let client_id = client_id();
    let body = json!({ "client_id": client_id, "text": "hello" });
    let (status, ack) = post(&mei, id, &body).await;
    assert_eq!(status, StatusCode::CREATED);
    let event = adas.next_event().await;
    assert_eq!((event.by, event.client_id, event.seq), (mei.user.id, Some(client_id), Seq(1)));
    assert_eq!(ack, json!({ "client_id": client_id, "conversation": id, "seq": 1, "at": event.at }));

    assert_eq!(post(&mei, id, &body).await, (StatusCode::CREATED, ack.clone()));
    let mut socket = mei.connect().await;
    let again = socket.carry_out(send(client_id, id, "hello")).await.unwrap();
    assert_eq!(serde_json::to_value(again).unwrap(), ack);
    assert_eq!(mei.log(id).await, [event]);
}

#[tokio::test]
async fn a_message_over_http_is_refused_as_over_the_socket() {
    let server = Server::start().await;
    let [mei, ada, _] = three_people(&server).await;
    let (id, foreign) = (mei.direct("ada").await, ada.group("Hers", &[]).await);
    let used = client_id();
    mei.connect().await.send_as(used, EVERYONE, "hello").await;
    let cases = [
        (
            foreign,
            json!({ "client_id": client_id(), "text": "let me in" }),
            404,
            ErrorCode::UnknownConversation,
        ),
        (id, json!({ "client_id": client_id(), "text": "" }), 400, ErrorCode::TextEmpty),
        (id, json!({ "client_id": client_id(), "text": "x".repeat(16_385) }), 400, ErrorCode::TextTooLong),
        (id, json!({ "client_id": client_id() }), 400, ErrorCode::BadRequest),
        (id, json!({ "text": "hello" }), 400, ErrorCode::BadRequest),
        (id, json!({ "client_id": "hello", "text": "hello" }), 400, ErrorCode::BadRequest),
        (id, json!({ "client_id": used, "text": "hello" }), 409, ErrorCode::IdempotencyConflict),
    ];
    for (id, body, status, code) in cases {
        let request = mei.request(Method::POST, &format!("/conversations/{id}/messages")).json(&body);
        answer::<Value>(request).await.unwrap_err().is(status, code);
    }
    // The path names the conversation; one in the body is ignored.
    let body = json!({ "client_id": client_id(), "conversation": EVERYONE, "text": "just us" });
    assert_eq!(post(&mei, id, &body).await.1["conversation"], json!(id));
    let posted = ada.view(id).await;
    assert_eq!((posted.message_count, mei.view(EVERYONE).await.message_count), (1, 1));
}
