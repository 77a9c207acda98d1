//! Consent to be added to a group: strangers are asked, and are no members until they join.

use confab_shared::{
    api::{Me, MeChange, NewAccount, NewInvitation},
    command::{AddMembers, Join},
    error::ErrorCode,
    event::{Event, EventBody, Invited, Joined},
    group_request::{GroupRequest, MAX_GROUP_REQUESTS_BY_ONE},
    id::{ConversationId, Seq},
    protocol::ServerFrame,
    user::ServerRole,
};
use reqwest::Method;
use serde_json::Value;

use crate::{
    support::{
        Demo, Mirror, Person, Server, Socket, client_id, http,
        person::{EVERYONE, answer},
    },
    user_command::add_account,
};

async fn requests(person: &Person) -> Vec<GroupRequest> {
    person.connect().await.welcome.group_requests
}

async fn next_request(socket: &mut Socket) -> GroupRequest {
    let pick = |frame: &ServerFrame| match frame {
        ServerFrame::GroupRequest(request) => Some(request.clone()),
        _ => None,
    };
    socket.find("a request to join a group", pick).await
}

async fn me(person: &Person) -> Me {
    answer(person.request(Method::GET, "/me")).await.unwrap()
}

/// Both say something in their conversation with each other.
async fn meet(one: &Person, other: &Person) {
    let direct = one.direct(other.name()).await;
    one.post_text(direct, "hello").await;
    other.post_text(direct, "hello").await;
}

fn invited(event: &Event) -> Option<&Invited> {
    match &event.body {
        EventBody::Invited(invited) => Some(invited),
        _ => None,
    }
}

#[tokio::test]
async fn a_stranger_is_asked_sees_the_request_and_joins() {
    let server = Server::start().await;
    let (mei, zoe) = (Person::come(&server, "mei").await, Person::come_as_stranger(&server, "zoe").await);
    let (mut mei_socket, mut zoe_socket) = (mei.connect().await, zoe.connect().await);
    let id = mei.group("Trip", &["zoe"]).await;
    assert_eq!(mei.view(id).await.member_count, 1);
    mei_socket.next_event().await;
    let event = mei_socket.next_event().await;
    assert_eq!(event.body, Invited { users: vec![zoe.user.id] }.into());

    let request = next_request(&mut zoe_socket).await;
    assert_eq!((request.conversation, request.title.as_str()), (id, "Trip"));
    assert_eq!((&request.by, request.at), (&mei.user, event.at));
    assert_eq!(requests(&zoe).await, [request], "the welcome has it, too");
    mei_socket.send_text(id, "between us").await;
    zoe_socket.no_more_events(zoe.direct("zoe").await).await;

    let view = zoe.join(id, client_id()).await.unwrap().conversation;
    assert_eq!((view.member_count, view.unread(), view.head_seq), (2, 0, Seq(4)));
    let joined = zoe.log(id).await.pop().unwrap();
    assert_eq!((joined.by, &joined.body), (zoe.user.id, &Joined { users: vec![zoe.user.id] }.into()));
    assert_eq!(zoe_socket.next_event().await, joined);
    assert_eq!(requests(&zoe).await, []);
    zoe_socket.send_text(id, "here I am").await;
    assert_eq!(mei.view(id).await.message_count, 2);
}

#[tokio::test]
async fn who_is_asked_sees_nothing_of_the_group() {
    let server = Server::start().await;
    let (mei, zoe) = (Person::come(&server, "mei").await, Person::come_as_stranger(&server, "zoe").await);
    let id = mei.group("Trip", &["zoe"]).await;
    mei.post_text(id, "between us").await;
    zoe.try_view(id).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    zoe.members(id).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    zoe.page(id, "").await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    zoe.messages(id, "").await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    zoe.add(id, client_id(), &["zoe"]).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    zoe.leave(id, client_id()).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    let socket = zoe.connect().await;
    assert!(socket.welcome.conversations.iter().all(|conversation| conversation.id != id));
    assert_eq!(mei.members(id).await.unwrap().users, std::slice::from_ref(&mei.user));
}

#[tokio::test]
async fn one_command_adds_who_was_met_and_asks_strangers() {
    let server = Server::start().await;
    let (mei, li) = (Person::come(&server, "mei").await, Person::come_as_stranger(&server, "li").await);
    let (ada, zoe) =
        (Person::come_as_stranger(&server, "ada").await, Person::come_as_stranger(&server, "zoe").await);
    meet(&mei, &ada).await;
    let make = client_id();
    for _ in 0..2 {
        let view = mei.try_group(make, "Trip", &["ada", "zoe"]).await.unwrap().conversation;
        assert_eq!((view.member_count, view.head_seq), (2, Seq(3)), "a retry, too");
    }
    let id = mei.try_group(make, "Trip", &["ada", "zoe"]).await.unwrap().conversation.id;
    let log = ada.log(id).await;
    assert_eq!(log[1].body, Joined { users: vec![ada.user.id] }.into());
    assert_eq!(log[2].body, Invited { users: vec![zoe.user.id] }.into());

    // Over the socket: an event each, and the ack names the first.
    let bob = Person::come(&server, "bob").await;
    let mut socket = mei.connect().await;
    let users = vec!["li".to_owned(), "bob".to_owned()];
    let add = AddMembers { client_id: client_id(), conversation: id, users };
    let ack = socket.carry_out(add.clone()).await.unwrap();
    assert_eq!((ack.seq, socket.carry_out(add.clone()).await.unwrap()), (Seq(4), ack.clone()));
    let log = bob.log(id).await;
    assert_eq!(log.len(), 5);
    assert_eq!(
        (&log[3].body, log[3].client_id),
        (&Joined { users: vec![bob.user.id] }.into(), Some(add.client_id))
    );
    assert_eq!((invited(&log[4]).unwrap().users.as_slice(), log[4].client_id), (&[li.user.id][..], None));
    // Over HTTP it is the same command.
    let view = mei.add(id, add.client_id, &["li", "bob"]).await.unwrap().conversation;
    assert_eq!(view.head_seq, Seq(5));
    let other = Join { client_id: add.client_id, conversation: EVERYONE };
    assert_eq!(socket.carry_out(other).await.unwrap_err().code, ErrorCode::IdempotencyConflict);
    // One who only wrote to somebody has not met them.
    let direct = mei.direct("zoe").await;
    mei.post_text(direct, "may I add you?").await;
    assert_eq!(mei.add(id, client_id(), &["zoe"]).await.unwrap().conversation.member_count, 3);
    zoe.post_text(direct, "yes").await;
    assert_eq!(mei.add(id, client_id(), &["zoe"]).await.unwrap().conversation.member_count, 4);
    assert_eq!(requests(&zoe).await, [], "the request ended with it");
}

#[tokio::test]
async fn a_group_in_which_both_wrote_is_a_meeting_and_everyone_is_none() {
    let server = Server::start().await;
    let (mei, zoe) = (Person::come(&server, "mei").await, Person::come_as_stranger(&server, "zoe").await);
    mei.post_text(EVERYONE, "hello").await;
    zoe.post_text(EVERYONE, "hello").await;
    let first = mei.group("First", &["zoe"]).await;
    assert_eq!(mei.view(first).await.member_count, 1);
    zoe.join(first, client_id()).await.unwrap();
    // To join is not to talk.
    let second = mei.group("Second", &["zoe"]).await;
    assert_eq!(mei.view(second).await.member_count, 1);
    zoe.post_text(first, "hello").await;
    let third = mei.group("Third", &["zoe"]).await;
    assert_eq!(mei.view(third).await.member_count, 2);
}

#[tokio::test]
async fn a_declined_request_is_gone_for_one_side_and_silent_for_the_other() {
    let server = Server::start().await;
    let (mei, zoe) = (Person::come(&server, "mei").await, Person::come_as_stranger(&server, "zoe").await);
    let (mut one, mut other) = (zoe.connect().await, zoe.again(&server).await.connect().await);
    let id = mei.group("Trip", &["zoe"]).await;
    next_request(&mut one).await;
    next_request(&mut other).await;
    let mut mei_socket = mei.connect().await;
    for _ in 0..2 {
        zoe.decline(id).await.unwrap();
    }
    for socket in [&mut one, &mut other] {
        let pick = |frame: &ServerFrame| match frame {
            ServerFrame::GroupRequestDeclined { conversation } => Some(*conversation),
            _ => None,
        };
        assert_eq!(socket.find("that it was declined", pick).await, id);
    }
    assert_eq!(requests(&zoe).await, []);
    zoe.join(id, client_id()).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    // Asking again is acknowledged, and does nothing.
    let users = vec!["zoe".to_owned()];
    let add = AddMembers { client_id: client_id(), conversation: id, users };
    assert_eq!(mei_socket.carry_out(add).await.unwrap().seq, Seq(2));
    mei_socket.no_more_events(mei.direct("mei").await).await;
    assert_eq!(requests(&zoe).await, []);
    // Declining stays declined, although the two have met: then she is asked again.
    meet(&mei, &zoe).await;
    assert_eq!(mei.add(id, client_id(), &["zoe"]).await.unwrap().conversation.member_count, 1);
    assert_eq!(next_request(&mut one).await.conversation, id);
    assert_eq!(zoe.join(id, client_id()).await.unwrap().conversation.member_count, 2);
}

#[tokio::test]
async fn joining_is_carried_out_once_over_the_socket_and_over_http() {
    let server = Server::start().await;
    let (mei, zoe) = (Person::come(&server, "mei").await, Person::come_as_stranger(&server, "zoe").await);
    let id = mei.group("Trip", &["zoe"]).await;
    let mut socket = zoe.connect().await;
    let join = Join { client_id: client_id(), conversation: id };
    let ack = socket.carry_out(join.clone()).await.unwrap();
    assert_eq!(socket.carry_out(join.clone()).await.unwrap(), ack);
    assert_eq!(zoe.join(id, join.client_id).await.unwrap().conversation.head_seq, Seq(3));
    // A member who joins makes no event.
    assert_eq!(mei.join(id, client_id()).await.unwrap().conversation.head_seq, Seq(3));
    zoe.leave(id, client_id()).await.unwrap();
    zoe.join(id, client_id()).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    for other in [EVERYONE, mei.direct("zoe").await] {
        zoe.join(other, client_id()).await.unwrap_err().is(409, ErrorCode::WrongKind);
        zoe.decline(other).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    }
}

#[tokio::test]
async fn a_request_outlives_who_made_it_and_not_the_last_member() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let zoe = Person::come_as_stranger(&server, "zoe").await;
    let id = mei.group("Trip", &["ada", "zoe"]).await;
    mei.leave(id, client_id()).await.unwrap();
    assert_eq!(requests(&zoe).await.len(), 1);
    assert_eq!(zoe.join(id, client_id()).await.unwrap().conversation.member_count, 2);
    let alone = mei.group("Alone", &["zoe"]).await;
    mei.leave(alone, client_id()).await.unwrap();
    assert_eq!(requests(&zoe).await, []);
    zoe.join(alone, client_id()).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    ada.view(id).await;
}

#[tokio::test]
async fn requests_of_one_person_to_another_are_bounded() {
    let server = Server::start().await;
    let (mei, zoe) = (Person::come(&server, "mei").await, Person::come_as_stranger(&server, "zoe").await);
    for number in 0..MAX_GROUP_REQUESTS_BY_ONE {
        mei.group(&format!("Group {number}"), &["zoe"]).await;
    }
    let one_more = mei.group("One more", &["zoe"]).await;
    let log = mei.log(one_more).await;
    assert_eq!(log.len(), 1, "nobody learns it: {log:?}");
    let listed = requests(&zoe).await;
    assert_eq!(listed.len(), MAX_GROUP_REQUESTS_BY_ONE);
    let newest = format!("Group {}", MAX_GROUP_REQUESTS_BY_ONE - 1);
    assert_eq!(listed[0].title.as_str(), newest, "the newest first");
    let ada = Person::come(&server, "ada").await;
    let other = ada.group("Of somebody else", &["zoe"]).await;
    assert_eq!(requests(&zoe).await[0].conversation, other);
    zoe.decline(listed[0].conversation).await.unwrap();
    mei.add(one_more, client_id(), &["zoe"]).await.unwrap();
    assert_eq!(requests(&zoe).await[0].conversation, one_more);
}

#[tokio::test]
async fn everybody_decides_whether_they_are_asked() {
    let server = Server::start().await;
    let (mei, zoe) = (Person::come(&server, "mei").await, Person::come_as_stranger(&server, "zoe").await);
    assert!(me(&zoe).await.asks_before_groups, "a guest where anybody may come in");
    zoe.ask_before_groups(false).await;
    let id = mei.group("Trip", &["zoe"]).await;
    assert_eq!(mei.view(id).await.member_count, 2);
    zoe.ask_before_groups(true).await;
    let id = mei.group("Another", &["zoe"]).await;
    assert_eq!(mei.view(id).await.member_count, 1);
    // Without a decision a guest who gets an account is asked no more.
    let ada = Person::come_as_stranger(&server, "ada").await;
    ada.set_password("a long walk by the sea").await;
    assert!(!me(&ada).await.asks_before_groups);
    // A change of something else leaves it as it is.
    let changed: Me = answer(zoe.request(Method::PATCH, "/me").json(&MeChange::default())).await.unwrap();
    assert!(changed.asks_before_groups);
}

#[tokio::test]
async fn a_server_for_accounts_asks_only_who_wants_that() {
    const SEA: &str = "a long walk by the sea";
    let mut server = Server::with().flags(["--access", "accounts"]).start().await;
    server.sigterm().await;
    for name in ["mei", "ada", "zoe"] {
        add_account(&server, name, SEA);
    }
    server.restart().await;
    let come = async |name: &str| {
        let body = serde_json::json!({ "name": name, "password": SEA });
        let signed_in = answer(http().post(server.url("/api/v1/sessions")).json(&body)).await;
        Person::of(&server, signed_in.unwrap())
    };
    let (mei, zoe) = (come("mei").await, come("zoe").await);
    zoe.ask_before_groups(true).await;
    let id = mei.group("Trip", &["ada", "zoe"]).await;
    assert_eq!(mei.view(id).await.member_count, 2);
    assert_eq!(requests(&zoe).await[0].conversation, id);
    let request: Value = answer(zoe.request(Method::GET, "/me")).await.unwrap();
    assert_eq!(request["asks_before_groups"], true);
}

#[tokio::test]
async fn who_follows_a_link_to_a_group_has_consented() {
    let server = Server::with().flags(["--access", "accounts"]).start().await;
    let link = std::fs::read_to_string(server.data().join("setup-link")).unwrap();
    let come = async |token: &str, name: &str| -> Person {
        let (token, password) = (Some(token.to_owned()), "a long walk by the sea".to_owned());
        let body = NewAccount { token, name: name.to_owned(), display_name: None, password };
        let made = answer(http().post(server.url("/api/v1/accounts")).json(&body)).await;
        Person::of(&server, made.unwrap_or_else(|refused| panic!("{refused:?}")))
    };
    let olga = come(link.trim_end().split_once('#').unwrap().1, "olga").await;
    let trip = olga.group("Trip", &[]).await;
    let new = NewInvitation { role: ServerRole::Guest, uses: 1, expires_in: 3_600, groups: vec![trip] };
    let created: Value = answer(olga.request(Method::POST, "/invitations").json(&new)).await.unwrap();
    let zoe = come(created["token"].as_str().unwrap(), "zoe").await;
    assert_eq!(zoe.view(trip).await.member_count, 2);
}

#[tokio::test]
async fn a_deactivated_person_finds_the_request_when_they_are_back() {
    let server = Server::start().await;
    let (mei, zoe) = (Person::come(&server, "mei").await, Person::come_as_stranger(&server, "zoe").await);
    let set_active = async |subcommand: &str| {
        let mut command = crate::support::server::confab();
        let output = command.args(["user", subcommand, "zoe", "--data"]).arg(server.data()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let before = mei.group("Before", &["zoe"]).await;
    set_active("deactivate").await;
    let meanwhile = mei.group("Meanwhile", &["zoe"]).await;
    set_active("reactivate").await;
    let zoe = zoe.again(&server).await;
    let ids: Vec<ConversationId> = requests(&zoe).await.iter().map(|request| request.conversation).collect();
    assert_eq!(ids, [meanwhile, before]);
    zoe.join(before, client_id()).await.unwrap();
}

#[tokio::test]
async fn a_user_of_the_demos_dialect_cannot_answer_and_is_added() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let zoe = Person::come_as_stranger(&server, "zoe").await;
    let mut demo = Demo::connect(&server, "123").await;
    let id = mei.group("Trip", &["123", "zoe"]).await;
    assert_eq!(mei.view(id).await.member_count, 2);
    demo.send(r#"{"type":2,"userID1":"123","userID2":"Trip","data":"hi all"}"#).await;
    demo.nothing_more().await;
    zoe.join(id, client_id()).await.unwrap();
    zoe.post_text(id, "hello").await;
    assert_eq!(demo.next().await, r#"{"type":2,"userID1":"zoe","userID2":"Trip","data":"hello"}"#);
}

#[tokio::test]
async fn stale_state_and_what_came_since_is_fresh_state() {
    let server = Server::start().await;
    let (mei, zoe) = (Person::come(&server, "mei").await, Person::come_as_stranger(&server, "zoe").await);
    let (mut mei_mirror, mut zoe_mirror) = (Mirror::of(&mei).await, Mirror::of(&zoe).await);
    let (trip, home) = (mei.group("Trip", &["zoe"]).await, mei.group("Home", &["zoe"]).await);
    mei_mirror.settle().await;
    zoe_mirror.settle().await;
    assert_eq!(zoe_mirror.state.group_requests(), requests(&zoe).await);
    assert_eq!(mei_mirror.state.conversation(trip), Some(&mei.view(trip).await));
    zoe.join(trip, client_id()).await.unwrap();
    zoe.decline(home).await.unwrap();
    zoe_mirror.settle().await;
    mei_mirror.settle().await;
    assert_eq!(zoe_mirror.state.group_requests(), []);
    assert_eq!(zoe_mirror.state.conversation(trip), Some(&zoe.view(trip).await));
    assert_eq!(mei_mirror.state.conversation(trip), Some(&mei.view(trip).await));
}

#[tokio::test]
async fn requests_survive_a_kill() {
    let mut server = Server::start().await;
    let (mei, zoe) = (Person::come(&server, "mei").await, Person::come_as_stranger(&server, "zoe").await);
    let (trip, home) = (mei.group("Trip", &["zoe"]).await, mei.group("Home", &["zoe"]).await);
    zoe.decline(home).await.unwrap();
    server.sigkill().await;
    server.restart().await;
    let listed = requests(&zoe).await;
    assert_eq!((listed.len(), listed[0].conversation), (1, trip));
    zoe.join(trip, client_id()).await.unwrap();
}
