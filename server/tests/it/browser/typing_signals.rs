//! The typing signals of the page.

use confab_shared::protocol::ServerFrame;

use super::{door_of, turn_to};
use crate::support::{Person, Server, browser::Browser};

#[tokio::test]
async fn typing_ends_when_the_text_is_cleared_or_sent() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.online().await;
    turn_to(&tab, "mei").await;
    let signal = |frame: &ServerFrame| match frame {
        ServerFrame::Typing { stopped, .. } => Some(*stopped),
        _ => None,
    };
    tab.type_into("composer-input", "hi").await;
    assert!(!socket.find("a typing signal", signal).await);
    tab.type_into("composer-input", "\u{e003}\u{e003}").await;
    assert!(socket.find("the end of typing", signal).await);
    tab.type_into("composer-input", "hello").await;
    assert!(!socket.find("a typing signal", signal).await);
    tab.type_into("composer-input", "\u{e007}").await;
    assert!(socket.find("the end of typing", signal).await);
}
