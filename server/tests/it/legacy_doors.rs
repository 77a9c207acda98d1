//! The demo's dialect and the page: two doors, and no user comes through both.

use confab_shared::error::ErrorCode;

use crate::{
    support::{
        Demo, Person, Server,
        client::{open, text_of},
        client_id,
        demo::private,
        person::EVERYONE,
        refusal,
    },
    user_command::user,
};

/// Checks that the page refuses a name, and says why.
async fn is_of_the_dialect(server: &Server, name: &str) {
    for key in [None, Some("a guess")] {
        let refused = Person::try_come(server, name, key).await.err().unwrap();
        refused.is(409, ErrorCode::NameTaken);
        assert!(refused.body.message.contains("/ws?userID="), "{refused:?}");
    }
}

#[tokio::test]
async fn an_id_that_was_connected_is_never_one_of_the_page() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut demo = Demo::connect(&server, "123").await;
    is_of_the_dialect(&server, "123").await;
    let direct = mei.direct("123").await;
    mei.connect().await.send_text(direct, "for the program").await;
    assert_eq!(demo.next().await, private("mei", "123", "for the program"));
    demo.leave().await;
    is_of_the_dialect(&server, "123").await;
    server.sigkill().await;
    server.restart().await;
    is_of_the_dialect(&server, "123").await;
    // Nobody locked it out.
    let mut demo = Demo::connect(&server, "123").await;
    demo.say("mei", "still here").await;
    let mark = private("123", "123", "up to here");
    demo.send(&mark).await;
    // What it has not confirmed comes once more.
    while demo.next().await != mark {}
    assert_eq!(text_of(mei.log(direct).await.last().unwrap()), Some("still here"));
    // Nor does the command line make it an account.
    server.sigterm().await;
    for action in ["add", "set-password"] {
        let output = user(&server, &[action, "123"], Some("a long walk by the sea"));
        assert_eq!(output.status.code(), Some(1), "{action}: {output:?}");
    }
}

#[tokio::test]
async fn a_name_that_was_only_written_to_is_theirs_who_come_first() {
    let server = Server::start().await;
    let mut demo = Demo::connect(&server, "123").await;
    for name in ["mei", "456"] {
        demo.say(name, "are you there").await;
    }
    demo.nothing_more().await;
    let mei = Person::come(&server, "mei").await;
    let refused = Demo::refused(&server, "?userID=mei").await;
    assert_eq!((refused.status, refused.body.code), (409, ErrorCode::NameTaken));
    let mut other = Demo::connect(&server, "456").await;
    assert_eq!(other.next().await, private("123", "456", "are you there"));
    is_of_the_dialect(&server, "456").await;
    let id = mei.direct("123").await;
    assert_eq!(mei.view(id).await.unread(), 1);
    mei.connect().await.send_text(id, "I am").await;
    assert_eq!(demo.next().await, private("mei", "123", "I am"));
}

#[tokio::test]
async fn the_page_does_not_know_a_name_that_was_only_written_to() {
    let server = Server::start().await;
    let (ada, mut demo) = (Person::come(&server, "ada").await, Demo::connect(&server, "123").await);
    let before = ada.view(EVERYONE).await.member_count;
    demo.say("mei", "are you there").await;
    demo.nothing_more().await;
    let trip = ada.group("Trip", &[]).await;
    ada.try_direct("mei").await.unwrap_err().is(404, ErrorCode::UnknownUser);
    ada.add(trip, client_id(), &["mei"]).await.unwrap_err().is(404, ErrorCode::UnknownUser);
    ada.try_group(client_id(), "Other", &["mei"]).await.unwrap_err().is(404, ErrorCode::UnknownUser);
    assert!(ada.find("mei").await.unwrap().users.is_empty());
    assert_eq!(ada.view(EVERYONE).await.member_count, before);
    // What is said to all before somebody comes is not for them.
    ada.connect().await.send_text(EVERYONE, "to all who are here").await;
    let mei = Person::come(&server, "mei").await;
    assert_eq!(mei.view(EVERYONE).await.unread(), 0);
    assert_eq!(ada.find("mei").await.unwrap().users, std::slice::from_ref(&mei.user));
    ada.add(trip, client_id(), &["mei"]).await.unwrap();
}

#[tokio::test]
async fn the_dialect_is_for_this_machine_unless_it_is_allowed() {
    let server = Server::with().listen("0.0.0.0:0").flags(["--access", "open"]).start().await;
    for _ in 0..2 {
        let refused = Demo::refused(&server, "?userID=123").await;
        assert_eq!((refused.status, refused.body.code), (403, ErrorCode::Forbidden));
        assert!(refused.body.message.contains("--legacy-dialect"), "{refused:?}");
    }
    Person::come(&server, "123").await;
    server.logs("--legacy-dialect").await;
    assert_eq!(server.log().matches("--legacy-dialect").count(), 1, "not a line for each: {}", server.log());

    let allowed = ["--access", "open", "--legacy-dialect"];
    let server = Server::with().listen("0.0.0.0:0").flags(allowed).start().await;
    Demo::connect(&server, "123").await.nothing_more().await;
}

#[tokio::test]
async fn who_comes_by_a_reverse_proxy_is_not_of_this_machine() {
    let site = ["--allow-origin", "https://chat.example"];
    let server = Server::with().flags(site).start().await;
    let by_proxy = async |server: &Server| {
        let headers = [("host", "chat.example")];
        open(&server.socket_url("?userID=123"), &headers).await
    };
    let refused = refusal(by_proxy(&server).await.unwrap_err());
    assert_eq!((refused.status, refused.body.code), (403, ErrorCode::Forbidden));
    Demo::connect(&server, "123").await.nothing_more().await;
    let allowed = Server::with().flags(site).variable("CONFAB_LEGACY_DIALECT", "1").start().await;
    by_proxy(&allowed).await.unwrap();
}

#[tokio::test]
async fn who_comes_by_a_reverse_proxy_that_changes_host_is_not_of_this_machine() {
    let by_proxy = async |server: &Server, header| {
        open(&server.socket_url("?userID=123"), &[(header, "203.0.113.5")]).await
    };
    let server = Server::start().await;
    for header in ["x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "via"] {
        let refused = refusal(by_proxy(&server, header).await.unwrap_err());
        assert_eq!((refused.status, refused.body.code), (403, ErrorCode::Forbidden), "{header}");
    }
    Demo::connect(&server, "123").await.nothing_more().await;
    let allowed = Server::with().flags(["--legacy-dialect"]).start().await;
    by_proxy(&allowed, "x-forwarded-for").await.unwrap();
}
