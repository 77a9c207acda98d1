//! The typing signals of the page.

use confab_shared::protocol::ServerFrame;

use super::{door_of, turn_to};
use crate::support::{
    Person, Server, Socket,
    browser::{Browser, Tab},
};

/// Anna types to Mei, who is connected.
struct Scene {
    socket: Socket,
    tab: Tab,
    _browser: Browser,
    _server: Server,
}

impl Scene {
    async fn typing() -> Self {
        let (server, browser) = (Server::start().await, Browser::start().await);
        let mei = Person::come(&server, "mei").await;
        let socket = mei.connect().await;
        let tab = browser.open(&door_of(&server, "anna")).await;
        tab.online().await;
        turn_to(&tab, "mei").await;
        tab.type_into("composer-input", "hi").await;
        let mut scene = Self { socket, tab, _browser: browser, _server: server };
        assert!(!scene.next_signal().await, "typing");
        scene
    }

    /// Whether the next typing signal says that Anna has stopped.
    async fn next_signal(&mut self) -> bool {
        let stopped = |frame: &ServerFrame| match frame {
            ServerFrame::Typing { stopped, .. } => Some(*stopped),
            _ => None,
        };
        self.socket.find("a typing signal", stopped).await
    }
}

#[tokio::test]
async fn typing_ends_when_the_text_is_cleared() {
    let mut scene = Scene::typing().await;
    scene.tab.type_into("composer-input", "\u{e003}\u{e003}").await;
    assert!(scene.next_signal().await, "stopped");
}

#[tokio::test]
async fn typing_ends_when_the_text_is_sent() {
    let mut scene = Scene::typing().await;
    scene.tab.type_into("composer-input", "\u{e007}").await;
    assert!(scene.next_signal().await, "stopped");
}
