//! Display names: the names under which users are shown, beside their unique names.

use confab_shared::{
    api::{Me, MeChange, NewAccount, SignedIn},
    error::ErrorCode,
    protocol::ServerFrame,
    user::User,
};
use reqwest::Method;
use serde_json::json;

use crate::{
    support::{
        Mirror, Person, Server, Socket, client_id, http,
        person::{Refused, answer},
    },
    user_command,
};

const SEA: &str = "a long walk by the sea";

/// Sets the display name.
pub async fn set(person: &Person, display_name: &str) -> Result<User, Refused> {
    let change = MeChange { display_name: Some(display_name.to_owned()), ..MeChange::default() };
    let me: Me = answer(person.request(Method::PATCH, "/me").json(&change)).await?;
    Ok(me.user)
}

/// Signs in with the password.
async fn come(server: &Server, name: &str) -> Person {
    let body = json!({ "name": name, "password": SEA });
    Person::of(server, answer(http().post(server.url("/api/v1/sessions")).json(&body)).await.unwrap())
}

async fn of_me(person: &Person) -> Me {
    answer(person.request(Method::GET, "/me")).await.unwrap()
}

fn display_name(user: &User) -> Option<&str> {
    user.display_name.as_ref().map(|name| name.as_str())
}

/// The next signal that somebody has changed.
async fn changed(socket: &mut Socket) -> User {
    let user = |frame: &ServerFrame| match frame {
        ServerFrame::User { user } => Some(user.clone()),
        _ => None,
    };
    socket.find("somebody who changed", user).await
}

#[tokio::test]
async fn a_display_name_is_set_kept_and_removed() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    assert_eq!(display_name(&of_me(&mei).await.user), None);
    let user = set(&mei, "  Mei \u{2003} Ling ").await.unwrap();
    assert_eq!((user.id, user.name.as_str(), display_name(&user)), (mei.user.id, "mei", Some("Mei Ling")));
    assert!(server.sigterm().await.success());
    server.restart().await;
    let mei = mei.again(&server).await;
    assert_eq!(display_name(&mei.user), Some("Mei Ling"), "signing in says it, by the name");
    assert_eq!(of_me(&mei).await.user, mei.user);
    assert_eq!(mei.connect().await.welcome.you, mei.user);
    for removed in [json!(null), json!("  ")] {
        set(&mei, "Ms Ling").await.unwrap();
        let change = json!({ "display_name": removed });
        let me: Me = answer(mei.request(Method::PATCH, "/me").json(&change)).await.unwrap();
        assert_eq!(display_name(&me.user), None);
        let json: serde_json::Value = answer(mei.request(Method::GET, "/me")).await.unwrap();
        assert!(json["user"].get("display_name").is_none(), "{json}");
    }
    set(&mei, "Ms Ling").await.unwrap();
    let me: Me = answer(mei.request(Method::PATCH, "/me").json(&json!({}))).await.unwrap();
    assert_eq!(display_name(&me.user), Some("Ms Ling"), "what is not given stays");
}

#[tokio::test]
async fn what_cannot_be_shown_or_looks_like_somebody_else_is_refused() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    set(&ada, "Ada L").await.unwrap();
    for (text, code) in [
        ("a\nb", ErrorCode::TextControlCharacter),
        (&*"a".repeat(65), ErrorCode::TextTooLong),
        ("mei", ErrorCode::NameTaken),
        ("Mei ✓", ErrorCode::NameTaken),
        ("mei\u{307}", ErrorCode::NameTaken),
        ("Ada @bob", ErrorCode::NameTaken),
        ("\u{301}Ada", ErrorCode::BadName),
        ("@rnei", ErrorCode::NameTaken),
        ("m\u{200b}ei", ErrorCode::NameTaken),
        ("Admin", ErrorCode::NameTaken),
        ("所有人", ErrorCode::NameTaken),
    ] {
        let status = if code == ErrorCode::NameTaken { 409 } else { 400 };
        set(&ada, text).await.unwrap_err().is(status, code);
    }
    assert_eq!(display_name(&of_me(&ada).await.user), Some("Ada L"), "nothing changed");
    assert_eq!(display_name(&set(&ada, "Ada\u{3164}\u{200b} B\u{2800}").await.unwrap()), Some("Ada B"));
    assert_eq!(display_name(&set(&ada, "ADA").await.unwrap()), Some("ADA"), "it is her own");
    set(&ada, "Mei Ling").await.unwrap();
    assert_eq!(
        display_name(&set(&mei, "Mei Ling").await.unwrap()),
        Some("Mei Ling"),
        "two may have the same"
    );
    // A display name keeps nobody from a name.
    set(&ada, "Countess").await.unwrap();
    Person::come(&server, "countess").await;
}

#[tokio::test]
async fn one_thing_is_changed_at_a_time() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    for change in [
        json!({ "display_name": "Mei Ling", "password": { "new": "short" } }),
        json!({ "display_name": null, "asks_before_groups": false }),
        json!({ "password": { "new": SEA }, "asks_before_groups": false }),
    ] {
        let refused = answer::<Me>(mei.request(Method::PATCH, "/me").json(&change)).await;
        refused.unwrap_err().is(400, ErrorCode::BadRequest);
    }
    let me = of_me(&mei).await;
    assert_eq!((display_name(&me.user), me.has_password, me.asks_before_groups), (None, false, false));
}

#[tokio::test]
async fn the_newest_name_stays_though_earlier_messages_come_behind_it() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let mut at_ada = Mirror::of(&ada).await;
    let mut at_mei = mei.connect().await;
    for round in 0..10 {
        let name = format!("Mei {round}");
        for number in 0..60 {
            at_mei.post(client_id(), id, &format!("{number}")).await;
        }
        set(&mei, &name).await.unwrap();
        at_mei.frames_so_far(id).await;
        at_ada.settle().await;
        assert_eq!(at_ada.state.user(mei.user.id).map(User::shown_name), Some(&*name));
    }
}

#[tokio::test]
async fn others_learn_of_it_at_once_and_later_events_carry_it() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let (mut at_mei, mut also_at_mei) = (mei.connect().await, mei.connect().await);
    let mut at_ada = Mirror::of(&ada).await;
    let shown = |mirror: &Mirror| mirror.state.user(mei.user.id).map(|user| user.shown_name().to_owned());
    let before = mei.post_text(id, "before").await;
    at_ada.settle().await;
    assert_eq!(shown(&at_ada).as_deref(), Some("mei"));

    let new = set(&mei, "Mei Ling").await.unwrap();
    assert_eq!(changed(&mut at_ada.socket).await, new);
    at_ada.state.user_changed(new.clone());
    assert_eq!(shown(&at_ada).as_deref(), Some("Mei Ling"));
    for socket in [&mut at_mei, &mut also_at_mei] {
        assert_eq!(changed(socket).await, new, "her own pages learn it, too");
        let sent = socket.send_text(id, "after").await;
        let users = |frame: &ServerFrame| match frame {
            ServerFrame::Event(event) if event.event.seq == sent.seq => Some(event.users.clone()),
            _ => None,
        };
        assert!(at_ada.socket.find("the message", users).await.contains(&new), "from a connection of before");
    }
    at_mei.typing(id).await;
    let typing = |frame: &ServerFrame| match frame {
        ServerFrame::Typing { user, .. } => Some(user.clone()),
        _ => None,
    };
    assert_eq!(at_ada.socket.find("that she is typing", typing).await, new);

    // Everything that names her says it, of what she wrote before, too.
    let welcome = ada.connect().await.welcome;
    let view = ada.try_view(id).await.unwrap();
    let members = ada.members(id).await.unwrap();
    let messages = ada.messages(id, &format!("around={}", before.seq)).await.unwrap();
    let events = ada.page(id, "after=0").await.unwrap();
    let list = ada.list("").await.unwrap();
    for users in [welcome.users, view.users, members.users, messages.users, events.users, list.users] {
        assert!(users.contains(&new), "{users:?}");
    }
}

#[tokio::test]
async fn a_name_is_what_one_signs_in_with_mentions_and_adds() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    set(&mei, "Zoe").await.unwrap();
    let group = ada.group("trip", &["mei"]).await;
    ada.try_direct("Zoe").await.unwrap_err().is(404, ErrorCode::UnknownUser);
    let mut socket = mei.connect().await;
    for (text, mentions) in [("@Zoe, look", 0), ("@mei, look", 1)] {
        ada.post_text(group, text).await;
        assert_eq!(mei.view(group).await.mentions.len(), mentions, "{text}");
    }
    // Found by either.
    for query in ["me", "zo"] {
        let found = ada.find(query).await.unwrap().users;
        assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), [mei.user.id], "{query}");
        let found = ada.members_page(group, &format!("query={query}")).await.unwrap().users;
        assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), [mei.user.id], "{query}");
    }
    let order = |users: &[User]| users.iter().map(|user| user.name.to_string()).collect::<Vec<_>>();
    assert_eq!(order(&ada.members(group).await.unwrap().users), ["ada", "mei"]);
    set(&ada, "Zz").await.unwrap();
    assert_eq!(
        order(&ada.members(group).await.unwrap().users),
        ["mei", "ada"],
        "in the order of what is shown"
    );
    changed(&mut socket).await;
}

#[tokio::test]
async fn an_account_begins_with_a_display_name_or_none() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let create = async |name: &str, display_name: &str| {
        let body = NewAccount {
            token: None,
            name: name.to_owned(),
            password: SEA.to_owned(),
            display_name: Some(display_name.to_owned()),
        };
        answer::<SignedIn>(http().post(server.url("/api/v1/accounts")).json(&body)).await
    };
    let ada = create("ada", "Ada Lovelace").await.unwrap();
    assert_eq!(display_name(&ada.user), Some("Ada Lovelace"));
    assert_eq!(display_name(&create("li", " ").await.unwrap().user), None);
    create("eve", "Mei").await.unwrap_err().is(409, ErrorCode::NameTaken);
    create("eve", "a\tb").await.unwrap_err().is(400, ErrorCode::TextControlCharacter);
    assert_eq!(mei.find("eve").await.unwrap().users, [], "nobody was made");
    assert!(server.sigterm().await.success());
    let listed = user_command::user(&server, &["list"], None);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.lines().any(|line| line == "ada\tmember\t“Ada Lovelace”"), "{listed}");
    assert!(listed.lines().any(|line| line == "li\tmember"), "{listed}");
}

#[tokio::test]
async fn a_guest_of_a_server_for_accounts_learns_of_those_they_talk_to_only() {
    let mut server = Server::with().flags(["--access", "accounts"]).start().await;
    server.sigterm().await;
    for (name, role) in [("olga", "owner"), ("mei", "member"), ("gast", "guest")] {
        let made = user_command::user(&server, &["add", name, "--role", role], Some(SEA));
        assert!(made.status.success(), "{made:?}");
    }
    server.restart().await;
    let (olga, mei, gast) =
        (come(&server, "olga").await, come(&server, "mei").await, come(&server, "gast").await);
    let notes = gast.direct("gast").await;
    let (mut at_mei, mut at_gast) = (mei.connect().await, gast.connect().await);
    let new = set(&olga, "Olga P").await.unwrap();
    assert_eq!(changed(&mut at_mei).await, new);
    let frames = at_gast.frames_so_far(notes).await;
    assert!(!frames.iter().any(|frame| matches!(frame, ServerFrame::User { .. })), "{frames:?}");
    olga.direct("gast").await;
    let new = set(&olga, "Olga Petrova").await.unwrap();
    assert_eq!(changed(&mut at_gast).await, new);
}

#[tokio::test]
async fn display_names_are_set_seldom() {
    let server = Server::with().flags(["--trusted-proxy", "127.0.0.1"]).start().await;
    let mei = Person::come(&server, "mei").await;
    let mut refused = 0;
    for number in 0..25 {
        let change = json!({ "display_name": format!("Number {number}") });
        let request =
            mei.request(Method::PATCH, "/me").header("x-forwarded-for", "203.0.113.7").json(&change);
        if let Err(error) = answer::<Me>(request).await {
            error.is(429, ErrorCode::RateLimited);
            refused += 1;
        }
    }
    assert_eq!(refused, 5);
}
