//! Names: who may have which, how a message calls one, and those that are older than the rules.

use confab_shared::{
    error::ErrorCode,
    event::{EventBody, Posted, Renamed},
    id::{ConversationId, UserId},
};
use rusqlite::Connection;

use crate::support::{Demo, Person, Server, Socket, client_id, demo::private, person::EVERYONE};

/// Whom a message calls.
async fn called(socket: &mut Socket, conversation: ConversationId, text: &str) -> Vec<UserId> {
    let id = client_id();
    socket.post(id, conversation, text).await;
    let event = socket.next_event().await;
    assert_eq!(event.client_id, Some(id));
    let EventBody::Posted(Posted { mentions, .. }) = event.body else { panic!("a message: {event:?}") };
    mentions
}

#[tokio::test]
async fn a_mention_ends_where_its_word_does_in_every_script() {
    let server = Server::start().await;
    let (mei, bob) = (Person::come(&server, "mei").await, Person::come(&server, "bob").await);
    let lei = Person::come(&server, "李雷").await;
    let id = mei.group("Trip", &["bob", "李雷"]).await;
    let mut socket = mei.connect().await;
    for text in [
        "@bob，",
        "@bob：",
        "@bob。",
        "@bob！",
        "@bob？",
        "@bob、",
        "@bob…",
        "@bob—ok",
        "@bob’s",
        "（@bob）",
        "“@bob”",
        "@bob」",
        "请@bob看一下",
        "你好@bob",
        "@bob.",
        "@BOB",
        "＠ｂｏｂ",
    ] {
        assert_eq!(called(&mut socket, id, text).await, [bob.user.id], "{text}");
    }
    for text in ["@bobcat", "mail@bob.example", "@bob.example", "@bob2", "a_@bob"] {
        assert!(called(&mut socket, id, text).await.is_empty(), "{text}");
    }
    assert_eq!(called(&mut socket, id, "@李雷你好，@bob也来").await, [bob.user.id, lei.user.id]);
}

#[tokio::test]
async fn the_longest_name_of_a_member_is_called() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let zoe = Person::come(&server, "zoe").await;
    let (bob, bobby) = (Person::come(&server, "bob").await, Person::come(&server, "bobby").await);
    // No members: their longer names hide nobody's, and the names beside them are looked past.
    for stranger in ["bob看", "bob看一下吧", "bob看一", "bob.x"] {
        Person::come(&server, stranger).await;
    }
    let id = mei.group("Trip", &["zoe", "bob", "bobby"]).await;
    let mut socket = mei.connect().await;
    for (text, wanted) in [
        ("@zoe here?", vec![zoe.user.id]),
        ("@zoe. Here?", vec![zoe.user.id]),
        ("@bobby", vec![bobby.user.id]),
        ("@bob看一下", vec![bob.user.id]),
        ("@bob看一下吧！", vec![bob.user.id]),
    ] {
        assert_eq!(called(&mut socket, id, text).await, wanted, "{text}");
    }
    // In Everyone everybody is a member.
    let longest = called(&mut socket, EVERYONE, "@bob看一下吧！").await;
    assert!(longest.len() == 1 && longest[0] != bob.user.id, "{longest:?}");
    // Who calls themselves calls nobody with a shorter name.
    let mut theirs = bobby.connect().await;
    assert!(called(&mut theirs, id, "@bobby is me").await.is_empty());
}

#[tokio::test]
async fn a_new_name_has_no_punctuation_of_any_script() {
    let server = Server::start().await;
    for name in ["bob，", "“bob”", "bob’s", "「bob」", "a—b", "€uro", "a\u{e000}"] {
        Person::try_come(&server, name, None).await.err().unwrap().is(400, ErrorCode::BadName);
    }
    let refused = Demo::refused(&server, "?userID=bob%EF%BC%8C").await;
    assert_eq!((refused.status, refused.body.code), (400, ErrorCode::BadName));
    let mut demo = Demo::connect(&server, "123").await;
    demo.send(r#"{"userID1":"123","userID2":"“bob”","data":"x"}"#).await;
    demo.expect_error(ErrorCode::BadName).await;
}

#[tokio::test]
async fn nobody_looks_like_somebody_else() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    for name in ["mei.", "..", "-mei", "\u{301}", "m\u{435}i"] {
        Person::try_come(&server, name, None).await.err().unwrap().is(400, ErrorCode::BadName);
    }
    for name in ["rnei", "me\u{131}", "\u{ff2d}EI", "you", "Admin", "system", "\u{ff25}veryone", "所有人"]
    {
        Person::try_come(&server, name, None).await.err().unwrap().is(409, ErrorCode::NameTaken);
        let refused = Demo::refused(&server, &format!("?userID={name}")).await;
        assert_eq!(refused.body.code, ErrorCode::NameTaken, "{name}");
    }
    for title in ["Everyone", "\u{ff25}VERYONE", "Every\u{43e}ne", "所有人"] {
        mei.try_group(client_id(), title, &[]).await.unwrap_err().is(409, ErrorCode::NameTaken);
    }
    let trip = mei.group("Trip", &[]).await;
    mei.rename(trip, client_id(), "Everyone").await.unwrap_err().is(409, ErrorCode::NameTaken);
    for name in ["meiling", "李雷", "Анна", "سارة", "bob看"] {
        Person::come(&server, name).await;
    }
}

#[tokio::test]
async fn an_invisible_joiner_is_part_of_the_names_that_are_written_with_it() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    for (name, without) in [("علی\u{200c}رضا", "علیرضا"), ("ශ්\u{200d}රී", "ශ්රී")]
    {
        let person = Person::come(&server, name).await;
        assert_eq!(person.name(), name);
        // Both spellings are one person.
        Person::try_come(&server, without, None).await.err().unwrap().is(409, ErrorCode::NameTaken);
        let again = Person::try_come(&server, without, Some(&person.guest_key)).await;
        assert_eq!(again.map_err(|r| r.body).unwrap().user, person.user);
        assert_eq!(mei.find(without).await.unwrap().users, std::slice::from_ref(&person.user));
        let id = mei.direct(without).await;
        let mut socket = mei.connect().await;
        for text in [format!("@{name}، hi"), format!("hi @{without}!")] {
            assert_eq!(called(&mut socket, id, &text).await, [person.user.id], "{text}");
        }
        let mut theirs = Demo::connect(&server, "123").await;
        theirs.say(name, "by its name").await;
        theirs.nothing_more().await;
        assert_eq!(person.view(person.direct("123").await).await.message_count, 1);
        theirs.leave().await;
    }
}

#[tokio::test]
async fn an_invisible_character_makes_no_other_name() {
    let server = Server::start().await;
    Person::come(&server, "eve").await;
    for name in [
        "e\u{200c}ve",
        "eve\u{200d}",
        "eve\u{1d173}",
        "eve\u{1bca1}",
        "eve\u{2060}",
        "\u{e000}",
        "\u{301}",
        "é\u{200d}é",
        "👩\u{200d}👧",
    ] {
        let refused = Person::try_come(&server, name, None).await.err().unwrap();
        refused.is(400, ErrorCode::BadName);
        assert!(!refused.body.message.contains("spaces"), "{name:?}: {refused:?}");
    }
}

#[tokio::test]
async fn what_shows_nothing_is_refused_and_what_is_invisible_in_a_text_stays() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.group("Trip", &[]).await;
    let mut socket = mei.connect().await;
    for blank in ["\u{200b}", "\u{3164}", "\u{2800}\u{2800}", "\u{115f}", "\u{feff} \u{202e}"] {
        Person::try_come(&server, blank, None).await.err().unwrap().is(400, ErrorCode::TextEmpty);
        mei.try_group(client_id(), blank, &[]).await.unwrap_err().is(400, ErrorCode::TextEmpty);
        mei.rename(id, client_id(), blank).await.unwrap_err().is(400, ErrorCode::TextEmpty);
        socket.post(client_id(), id, blank).await;
        let error = socket.expect_error(ErrorCode::TextEmpty).await;
        assert!(error.message.contains("seen"), "{error:?}");
    }
    let family = "👩\u{200d}👧 \u{202b}שלום\u{202c} ❤\u{fe0f}";
    socket.post(client_id(), id, family).await;
    assert_eq!(socket.next_text().await, family);
    // A title turns round nothing beside it.
    let view = mei.rename(id, client_id(), "Trip\u{202e} 2\u{2069}").await.unwrap();
    assert_eq!(view.conversation.title.unwrap().as_str(), "Trip 2");
}

/// Makes a store that is older than the rules for names and texts.
fn age(server: &Server) {
    let store = Connection::open(server.data().join("confab.db")).unwrap();
    store
        .execute_batch(
            "UPDATE user SET name = 'bob，', name_key = 'bob,' WHERE name = 'oldbob';
             UPDATE user SET name = '“zoe”', name_key = '“zoe”' WHERE name = 'oldzoe';
             UPDATE user SET name = 'zoe.', name_key = 'zoe.' WHERE name = 'olddot';
             UPDATE conversation SET title = char(0x200b) WHERE title = 'Oldtitle';
             UPDATE conversation SET last_text = char(0x3164) WHERE last_text = 'oldtext';
             UPDATE segment SET events = replace(replace(events, 'Oldtitle', char(0x200b)), 'oldtext', char(0x3164));",
        )
        .unwrap();
}

#[tokio::test]
async fn what_was_stored_under_older_rules_lives_on() {
    let mut server = Server::start().await;
    let (mei, bob) = (Person::come(&server, "mei").await, Person::come(&server, "oldbob").await);
    let dotted = Person::come(&server, "olddot").await;
    let demo = Demo::connect(&server, "oldzoe").await;
    let group = mei.group("Oldtitle", &["oldbob", "oldzoe"]).await;
    let direct = mei.direct("oldbob").await;
    let mut socket = mei.connect().await;
    socket.send_text(group, "oldtext").await;
    socket.send_text(direct, "hello").await;
    demo.leave().await;
    server.sigterm().await;
    age(&server);
    server.restart().await;

    // A session that goes on, and a welcome that names them.
    let welcome = mei.connect().await.welcome;
    assert!(welcome.users.iter().any(|user| user.name.as_str() == "bob，"), "{welcome:?}");
    let members = mei.members(group).await.unwrap().users;
    assert!(members.iter().any(|user| user.name.as_str() == "“zoe”"));
    let log = mei.log(group).await;
    assert_eq!(log.len(), 3);
    assert!(
        matches!(&log[0].body, EventBody::Renamed(Renamed { title }) if title.as_str() == "\u{200b}"),
        "{log:?}"
    );
    assert!(
        matches!(&log[2].body, EventBody::Posted(Posted { text, .. }) if text.as_str() == "\u{3164}"),
        "{log:?}"
    );
    // They come back in, with their keys alone.
    let again = Person::try_come(&server, "bob，", Some(&bob.guest_key)).await.map_err(|r| r.body).unwrap();
    assert_eq!(again.user.id, bob.user.id);
    assert_eq!(bob.connect().await.welcome.you.name.as_str(), "bob，");
    Person::try_come(&server, "bob，", None).await.err().unwrap().is(409, ErrorCode::NameTaken);
    let ours = mei.group("Ours", &["zoe."]).await;
    let mut calling = mei.connect().await;
    assert_eq!(called(&mut calling, ours, "@zoe. here?").await, [dotted.user.id]);
    // They can be found and written to, and write.
    assert_eq!(mei.direct("bob，").await, direct);
    let other = mei.group("Other", &["bob，"]).await;
    let mut socket = mei.connect().await;
    socket.send_text(other, "still there?").await;
    let mut demo = Demo::connect(&server, "%E2%80%9Czoe%E2%80%9D").await;
    demo.send(&private("“zoe”", "mei", "I am")).await;
    assert_eq!(socket.next_text().await, "still there?");
    let mut other = Demo::connect(&server, "123").await;
    other.say("“zoe”", "hi").await;
    // Behind what they missed.
    while demo.next().await != private("123", "“zoe”", "hi") {}
}
