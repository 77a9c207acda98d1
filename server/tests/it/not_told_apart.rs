//! What one may not see is answered like what is not there: the same status and the same words.

use confab_shared::{
    api::{NewAccount, NewInvitation, SignIn},
    command::{Command, Delete, Edit, Join, React},
    id::{ConversationId, Seq},
    protocol::{ClientFrame, ServerFrame},
    user::ServerRole,
};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::{
    support::{Person, Server, client_id, http, in_time},
    user_command::add_account,
};

const SEA: &str = "a long walk by the sea";

/// Nobody has such a conversation.
const NOBODYS: ConversationId = ConversationId(999_999);

async fn answered(request: RequestBuilder) -> (StatusCode, Value) {
    let response = in_time("an answer", request.send()).await.unwrap();
    (response.status(), in_time("the body", response.json()).await.unwrap())
}

#[tokio::test]
async fn a_conversation_of_others_is_like_none_on_every_route() {
    let server = Server::start().await;
    let (mei, eve) = (Person::come(&server, "mei").await, Person::come(&server, "eve").await);
    let secret = mei.group("Secret", &[]).await;
    mei.connect().await.send_text(secret, "between us").await;
    let routes: [(Method, &str, Value); 26] = [
        (Method::GET, "", Value::Null),
        (Method::PATCH, "", json!({ "client_id": client_id(), "title": "Mine" })),
        (Method::GET, "/members", Value::Null),
        (Method::POST, "/members", json!({ "client_id": client_id(), "users": ["eve"] })),
        (Method::POST, "/leave", json!({ "client_id": client_id() })),
        (Method::POST, "/join", json!({ "client_id": client_id() })),
        (Method::DELETE, "/join", Value::Null),
        (Method::PUT, "/topic", json!({ "client_id": client_id(), "topic": "Mine" })),
        (Method::PUT, "/unread", json!({ "seq": 1 })),
        (Method::GET, "/draft", Value::Null),
        (Method::PUT, "/draft", json!({ "text": "hi", "version": 0 })),
        (Method::GET, "/events?after=0", Value::Null),
        (Method::GET, "/messages", Value::Null),
        (Method::GET, "/messages?around=2", Value::Null),
        (Method::POST, "/messages", json!({ "client_id": client_id(), "text": "hi" })),
        (Method::PATCH, "/messages/2", json!({ "client_id": client_id(), "text": "hi" })),
        (Method::DELETE, "/messages/2", json!({ "client_id": client_id() })),
        (
            Method::PUT,
            "/messages/2/reactions",
            json!({ "client_id": client_id(), "emoji": "👍", "on": true }),
        ),
        (Method::PUT, "/messages/2/pin", json!({ "client_id": client_id(), "on": true })),
        (Method::GET, "/messages/2/revisions", Value::Null),
        (Method::GET, "/messages/2/readers", Value::Null),
        (Method::GET, "/pins", Value::Null),
        (Method::GET, "/messages?thread=2", Value::Null),
        (Method::POST, "/messages", json!({ "client_id": client_id(), "text": "hi", "thread": 2 })),
        (Method::GET, "/threads/2", Value::Null),
        (Method::PUT, "/threads/2", json!({ "following": true })),
    ];
    for (method, path, body) in routes {
        let ask = async |id: ConversationId| {
            let request = eve.request(method.clone(), &format!("/conversations/{id}{path}"));
            answered(if body.is_null() { request } else { request.json(&body) }).await
        };
        let (others, none) = (ask(secret).await, ask(NOBODYS).await);
        assert_eq!(others, none, "{method} {path}");
        assert_eq!(others.0, StatusCode::NOT_FOUND, "{method} {path}");
    }
    assert_eq!(mei.view(secret).await.head_seq, Seq(2), "nothing was done");
}

#[tokio::test]
async fn a_conversation_of_others_is_like_none_over_the_socket() {
    let server = Server::start().await;
    let (mei, eve) = (Person::come(&server, "mei").await, Person::come(&server, "eve").await);
    let secret = mei.group("Secret", &[]).await;
    mei.connect().await.send_text(secret, "between us").await;
    let mut socket = eve.connect().await;
    let frames = |conversation: ConversationId| {
        let (client_id, target) = (client_id(), Seq(2));
        let text = "hi".to_owned();
        [
            ClientFrame::from(Command::from(Edit { client_id, conversation, target, text })),
            ClientFrame::from(Command::from(Delete { client_id, conversation, target })),
            ClientFrame::from(Command::from(Join { client_id, conversation })),
            ClientFrame::from(Command::from(React {
                client_id,
                conversation,
                target,
                emoji: "👍".to_owned(),
                on: true,
            })),
            ClientFrame::Read { conversation, seq: target, thread: None },
            ClientFrame::Typing { conversation, stopped: false },
        ]
    };
    for (others, none) in frames(secret).into_iter().zip(frames(NOBODYS)) {
        let mut answers = Vec::new();
        for frame in [others.clone(), none] {
            socket.send(&frame).await;
            let mut error = socket.next_error().await;
            error.client_id = None;
            answers.push(ServerFrame::Error(error));
        }
        assert_eq!(answers[0], answers[1], "{others:?}");
    }
}

#[tokio::test]
async fn names_and_links_tell_nothing_to_who_may_not_come_in() {
    let mut server = Server::with().flags(["--access", "accounts"]).start().await;
    server.sigterm().await;
    add_account(&server, "mei", SEA);
    server.restart().await;
    let sign_in = async |name: &str, password: Option<&str>, code: Option<&str>| {
        let (password, code) = (password.map(str::to_owned), code.map(str::to_owned));
        let body = SignIn { name: name.to_owned(), guest_key: None, password, code };
        answered(http().post(server.url("/api/v1/sessions")).json(&body)).await
    };
    for (password, code) in [(None, None), (Some("a guess"), None), (Some("a guess"), Some("123456"))] {
        assert_eq!(sign_in("mei", password, code).await, sign_in("nobody-x", password, code).await);
    }
    let create = async |token: Option<&str>, name: &str| {
        let (token, name) = (token.map(str::to_owned), name.to_owned());
        let body = NewAccount { token, name, password: SEA.to_owned(), display_name: None };
        answered(http().post(server.url("/api/v1/accounts")).json(&body)).await
    };
    for token in [None, Some("a guess")] {
        assert_eq!(create(token, "mei").await, create(token, "nobody-x").await);
        assert_eq!(create(token, "mei").await.0, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn accounts_and_invitations_of_others_are_like_none() {
    let server = Server::with().flags(["--access", "accounts"]).start().await;
    let link = std::fs::read_to_string(server.data().join("setup-link")).unwrap();
    let come = async |token: &str, name: &str| {
        let body = NewAccount {
            token: Some(token.to_owned()),
            name: name.to_owned(),
            password: SEA.to_owned(),
            display_name: None,
        };
        let (status, body) = answered(http().post(server.url("/api/v1/accounts")).json(&body)).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        Person::of(&server, serde_json::from_value(body).unwrap())
    };
    let olga = come(link.trim_end().split_once('#').unwrap().1, "olga").await;
    let invite = async |person: &Person, role| {
        let new = NewInvitation { role, uses: 1, expires_in: 3_600, groups: Vec::new() };
        answered(person.request(Method::POST, "/invitations").json(&new)).await.1
    };
    let token = |created: &Value| created["token"].as_str().unwrap().to_owned();
    let ada = come(&token(&invite(&olga, ServerRole::Admin).await), "ada").await;
    let mei = come(&token(&invite(&olga, ServerRole::Member).await), "mei").await;
    // A member learns of nobody's account.
    for path in [format!("/accounts/{}", olga.user.id), "/accounts/999999".to_owned()] {
        let answer = answered(mei.request(Method::PATCH, &path).json(&json!({}))).await;
        assert_eq!(answer.0, StatusCode::FORBIDDEN, "{path}");
        let answer = answered(mei.request(Method::GET, &format!("{path}/sessions"))).await;
        assert_eq!(answer.0, StatusCode::FORBIDDEN, "{path}");
    }
    // An admin revokes their own invitations; others' are like none.
    let olgas = invite(&olga, ServerRole::Member).await["id"].as_u64().unwrap();
    let revoke = async |id: u64| answered(ada.request(Method::DELETE, &format!("/invitations/{id}"))).await;
    assert_eq!(revoke(olgas).await, revoke(999_999).await);
    // A link that was used is like one that never was.
    let used = token(&invite(&olga, ServerRole::Member).await);
    come(&used, "li").await;
    let look_up = async |token: &str| {
        let body = json!({ "token": token });
        answered(http().post(server.url("/api/v1/invitations/lookup")).json(&body)).await
    };
    assert_eq!(look_up(&used).await, look_up("never was").await);
    // Somebody else's device is like none.
    let sessions = answered(olga.request(Method::GET, "/me/sessions")).await.1;
    let olgas = sessions["sessions"][0]["id"].as_u64().unwrap();
    let end = async |id: u64| answered(mei.request(Method::DELETE, &format!("/me/sessions/{id}"))).await;
    assert_eq!(end(olgas).await, end(999_999).await);
}
