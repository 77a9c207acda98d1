//! Presence: signalled to users who have a direct conversation with the user.

use confab_shared::{
    protocol::ServerFrame,
    user::{Presence, User},
};

use crate::support::{Person, Server, Socket};

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
