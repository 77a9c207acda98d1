//! Signing in, returning, and signing out.

use confab_shared::{
    api::{Access, ServerInfo},
    error::ErrorCode,
    protocol::close,
};
use reqwest::StatusCode;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use crate::support::{Demo, Person, Server, http, in_time, person::EVERYONE};

async fn access(server: &Server) -> Access {
    let answer = in_time("an answer", http().get(server.url("/api/v1/server")).send()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let info: ServerInfo = answer.json().await.unwrap();
    assert_eq!(info.version, env!("CARGO_PKG_VERSION"));
    info.access
}

#[tokio::test]
async fn anyone_comes_in_under_a_free_name() {
    let server = Server::start().await;
    assert_eq!(access(&server).await, Access::Open);
    let mei = Person::come(&server, " mei ").await;
    assert_eq!(mei.name(), "mei");
    let welcome = mei.connect().await.welcome;
    assert_eq!(welcome.you, mei.user);
    let ids: Vec<_> = welcome.conversations.iter().map(|c| c.id).collect();
    assert_eq!(ids, [EVERYONE]);
}

#[tokio::test]
async fn a_name_that_somebody_holds_is_refused() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let refused = Person::try_come(&server, "mei", None).await.err().unwrap();
    refused.is(409, ErrorCode::NameTaken);
    let refused = Person::try_come(&server, "mei", Some("a guess")).await.err().unwrap();
    refused.is(409, ErrorCode::NameTaken);
    let other = Person::come(&server, "ada").await;
    let refused = Person::try_come(&server, "mei", Some(&other.guest_key)).await.err().unwrap();
    refused.is(409, ErrorCode::NameTaken);
    mei.connect().await;
}

#[tokio::test]
async fn who_holds_a_name_comes_back_with_its_key() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let again = mei.again(&server).await;
    assert_eq!(again.user, mei.user);
    assert_eq!(again.guest_key, mei.guest_key);
    assert_ne!(again.token, mei.token);
    server.sigterm().await;
    server.restart().await;
    assert_eq!(mei.again(&server).await.user, mei.user);
    assert_eq!(mei.connect().await.welcome.you, mei.user);
}

#[tokio::test]
async fn case_and_width_make_no_other_name() {
    let server = Server::start().await;
    Person::come(&server, "Mei").await;
    for same in ["mei", "MEI", "ｍｅｉ", " Mei"] {
        let refused = Person::try_come(&server, same, None).await.err().unwrap();
        refused.is(409, ErrorCode::NameTaken);
    }
    Person::come(&server, "mei2").await;
}

#[tokio::test]
async fn two_at_once_do_not_get_the_same_name() {
    let server = Server::start().await;
    let tries = (0..8).map(|_| Person::try_come(&server, "mei", None));
    let came = futures_util::future::join_all(tries).await;
    assert_eq!(came.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test]
async fn guests_are_refused_where_only_accounts_come_in() {
    let server = Server::with().flags(["--access", "accounts"]).start().await;
    assert_eq!(access(&server).await, Access::Accounts);
    Person::try_come(&server, "mei", None).await.err().unwrap().is(403, ErrorCode::PasswordRequired);
    let refused = Demo::refused(&server, "?userID=123").await;
    assert_eq!((refused.status, refused.body.code), (403, ErrorCode::AccountsOnly));
}

#[tokio::test]
async fn a_server_for_the_world_wants_accounts_unless_told() {
    let server = Server::with().listen("0.0.0.0:0").start().await;
    assert_eq!(access(&server).await, Access::Accounts);
    let server = Server::with().listen("0.0.0.0:0").flags(["--access", "open"]).start().await;
    assert_eq!(access(&server).await, Access::Open);
    Person::come(&server, "mei").await;
}

#[tokio::test]
async fn signing_out_ends_the_session_and_its_sockets() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let other_tab = mei.again(&server).await;
    let (mut socket, mut second, mut other) =
        (mei.connect().await, mei.connect().await, other_tab.connect().await);
    mei.sign_out().await.unwrap();
    assert_eq!(socket.closed().await, close::BAD_TOKEN);
    assert_eq!(second.closed().await, close::BAD_TOKEN);
    mei.try_view(EVERYONE).await.unwrap_err().is(401, ErrorCode::BadToken);
    mei.sign_out().await.unwrap_err().is(401, ErrorCode::BadToken);
    // Another session of the same person is another matter.
    other.send_text(EVERYONE, "still here").await;
    other_tab.try_view(EVERYONE).await.unwrap();
}

#[tokio::test]
async fn a_good_bye_is_answered() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    socket.send_message(Message::Close(Some(CloseFrame { code: 1000.into(), reason: "".into() }))).await;
    assert_eq!(socket.closed().await, 1000);
}

#[tokio::test]
async fn every_session_of_a_user_is_told() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let tab = mei.again(&server).await;
    let (mut one, mut two, mut three) = (mei.connect().await, mei.connect().await, tab.connect().await);
    let mut ada = ada.connect().await;
    ada.send_text(EVERYONE, "hello").await;
    for socket in [&mut one, &mut two, &mut three] {
        assert_eq!(socket.next_text().await, "hello");
    }
    // One that goes takes nothing from the others.
    two.leave().await;
    ada.send_text(EVERYONE, "again").await;
    assert_eq!(one.next_text().await, "again");
    assert_eq!(three.next_text().await, "again");
}

#[tokio::test]
async fn people_are_found_by_how_their_name_begins() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    for name in ["Meike", "ada", "李雷"] {
        Person::come(&server, name).await;
    }
    let names = async |query: &str| -> Vec<String> {
        let users = mei.find(query).await.unwrap().users;
        users.iter().map(|user| user.name.as_str().to_owned()).collect()
    };
    assert_eq!(names("ME").await, ["mei", "Meike"]);
    assert_eq!(names("李").await, ["李雷"]);
    assert_eq!(names("").await, [""; 0], "nobody is looked for");
    assert_eq!(names("nobody").await, [""; 0]);
}
