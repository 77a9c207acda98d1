//! A peer that vanished: its connection stands, and nobody is behind it.

use std::time::Duration;

use confab_shared::protocol::ServerFrame;

use crate::support::{Person, Server};

/// The most that a connection which answers nothing may live, and the moment for which somebody may be away before
/// others are told.
const NOTICED: Duration = Duration::from_secs(30 + 2);

#[tokio::test]
async fn who_answers_no_ping_is_gone_within_half_a_minute() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    mei.direct("ada").await;
    // A socket that nobody reads from answers nothing, and is not closed either.
    let silent = ada.connect().await;
    let mut socket = mei.connect().await;
    assert!(socket.welcome.presence.iter().any(|presence| presence.user == ada.user.id && presence.online));
    let of_ada = |frame: &ServerFrame| match frame {
        ServerFrame::Presence(presence) if presence.user == ada.user.id => Some(*presence),
        _ => None,
    };
    let gone = socket.find_within(NOTICED, "the end of a silent peer", of_ada).await;
    assert!(!gone.online);
    drop(silent);
}
