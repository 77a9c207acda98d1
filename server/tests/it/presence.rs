//! Presence: told to those who share a conversation with the user by choice.

use confab_shared::{
    id::ConversationId,
    protocol::ServerFrame,
    user::{Presence, User},
};

use crate::support::{Mirror, Person, Server, Socket};

async fn next_of(socket: &mut Socket, user: &User) -> Presence {
    let id = user.id;
    let pick = |frame: &ServerFrame| match frame {
        ServerFrame::Presence(presence) if presence.user == id => Some(*presence),
        _ => None,
    };
    socket.find("somebody who came or went", pick).await
}

#[tokio::test]
async fn those_one_talks_to_are_told_who_comes_and_goes() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    mei.post_text(id, "hello").await;
    ada.post_text(id, "hello").await;
    let mut socket = mei.connect().await;
    let known = socket.welcome.presence.iter().find(|p| p.user == ada.user.id).copied();
    assert!(known.is_none_or(|presence| !presence.online), "{known:?}");

    let here = ada.connect().await;
    assert!(next_of(&mut socket, &ada.user).await.online);
    assert!(mei.try_view(id).await.unwrap().presence.iter().any(|p| p.user == ada.user.id && p.online));
    let also = ada.connect().await;
    here.leave().await;
    also.leave().await;
    let gone = next_of(&mut socket, &ada.user).await;
    assert!(!gone.online, "a second connection is no news, nor is the end of the first");
    assert!(gone.last_seen.is_some());

    let welcome = mei.connect().await.welcome;
    assert!(welcome.presence.contains(&gone), "{:?}", welcome.presence);
    let members = mei.members(id).await.unwrap();
    assert!(members.presence.contains(&gone));
    assert_eq!(members.users, [ada.user.clone(), mei.user.clone()]);
}

/// Whether a person is told somebody's presence: in the welcome, with the conversation, and in its list of members.
async fn is_told(person: &Person, id: ConversationId, of: &User) -> bool {
    let in_list = |presence: &[Presence]| presence.iter().any(|presence| presence.user == of.id);
    let welcome = person.connect().await.welcome;
    let (view, members) = (person.try_view(id).await.unwrap(), person.members(id).await.unwrap());
    let page = person.list("").await.unwrap();
    let told = [&welcome.presence, &view.presence, &members.presence, &page.presence].map(|all| in_list(all));
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    told[0]
}

#[tokio::test]
async fn a_stranger_who_opens_a_conversation_is_told_nothing_until_there_is_an_answer() {
    let server = Server::start().await;
    let (mei, eve) = (Person::come(&server, "mei").await, Person::come(&server, "eve").await);
    let id = eve.direct("mei").await;
    let notes = eve.direct("eve").await;
    eve.post_text(id, "are you there?").await;
    let mut socket = eve.connect().await;
    let here = mei.connect().await;
    assert!(!is_told(&eve, id, &mei.user).await, "she is there");
    assert!(!is_told(&mei, id, &eve.user).await, "and does not learn it either, before she answers");
    let frames = socket.frames_so_far(notes).await;
    let of_mei = |frame: &ServerFrame| matches!(frame, ServerFrame::Presence(p) if p.user == mei.user.id);
    assert!(!frames.iter().any(of_mei), "{frames:#?}");
    mei.post_text(id, "who are you?").await;
    assert!(is_told(&eve, id, &mei.user).await && is_told(&mei, id, &eve.user).await);
    here.leave().await;
    assert!(!next_of(&mut socket, &mei.user).await.online);
}

#[tokio::test]
async fn with_the_answer_both_pages_learn_who_is_there() {
    let server = Server::start().await;
    let (mei, eve) = (Person::come(&server, "mei").await, Person::come(&server, "eve").await);
    let id = eve.direct("mei").await;
    let (mut at_mei, mut at_eve) = (Mirror::of(&mei).await, Mirror::of(&eve).await);
    at_eve.socket.send_text(id, "are you there?").await;
    at_mei.settle().await;
    at_eve.settle().await;
    assert_eq!((at_eve.state.presence(mei.user.id), at_mei.state.presence(eve.user.id)), (None, None));
    at_mei.socket.send_text(id, "yes").await;
    at_mei.settle().await;
    at_eve.settle().await;
    assert!(at_eve.state.presence(mei.user.id).is_some_and(|presence| presence.online));
    assert!(at_mei.state.presence(eve.user.id).is_some_and(|presence| presence.online));
}

#[tokio::test]
async fn strangers_are_not_told() {
    let server = Server::start().await;
    let (mei, eve) = (Person::come(&server, "mei").await, Person::come(&server, "eve").await);
    let notes = eve.direct("eve").await;
    let mut socket = eve.connect().await;
    mei.connect().await;
    let frames = socket.frames_so_far(notes).await;
    let of_mei = |frame: &ServerFrame| matches!(frame, ServerFrame::Presence(p) if p.user == mei.user.id);
    assert!(!frames.iter().any(of_mei), "{frames:#?}");
}
