//! What one does with a message: by mouse, keyboard and finger, and as the others see it.

mod deleting;
mod editing;
mod menu;
mod picker;
mod pins;
mod reactions;
mod refused;
mod toolbar;

use confab_shared::id::{ConversationId, Seq};

use super::door_of;
use crate::support::{
    Person, Server, Socket,
    browser::{Browser, Look, Tab},
};

/// Anna and Ben, in a tab each, have Mei's group open.
pub(super) struct Scene {
    _server: Server,
    _browser: Browser,
    pub(super) anna: Tab,
    pub(super) ben: Tab,
    pub(super) mei: Person,
    pub(super) socket: Socket,
    pub(super) group: ConversationId,
}

impl Scene {
    pub(super) async fn start() -> Self {
        Self::looking(Look::DESKTOP).await
    }

    pub(super) async fn looking(look: Look) -> Self {
        let (server, browser) = (Server::start().await, Browser::looking(look).await);
        let anna = browser.open(&door_of(&server, "anna")).await;
        anna.online().await;
        anna.may_be_added().await;
        let ben = browser.open(&door_of(&server, "ben")).await;
        ben.online().await;
        ben.may_be_added().await;
        let mei = Person::come(&server, "mei").await;
        let group = mei.group("Trip", &["anna", "ben"]).await;
        let socket = mei.connect().await;
        anna.choose("Trip").await;
        ben.choose("Trip").await;
        Self { _server: server, _browser: browser, anna, ben, mei, socket, group }
    }

    /// Anna says something, and both see it. The selector of the message.
    pub(super) async fn anna_says(&self, text: &str) -> String {
        self.anna.say(text).await;
        self.anna.said(text).await;
        self.ben.hears(text).await;
        selector_of(&self.anna, text).await
    }

    /// Mei says something, wherever the others are.
    pub(super) async fn mei_unseen(&mut self, text: &str) {
        self.socket.send_text(self.group, text).await;
    }

    /// Mei says something, and both see it. The selector of the message.
    pub(super) async fn mei_says(&mut self, text: &str) -> String {
        let seq = self.socket.send_text(self.group, text).await.seq;
        self.anna.hears(text).await;
        self.ben.hears(text).await;
        selector(seq)
    }
}

pub(super) fn selector(seq: Seq) -> String {
    format!("[data-seq='{seq}']")
}

/// The selector of the message with a text.
pub(super) async fn selector_of(tab: &Tab, text: &str) -> String {
    let text = serde_json::json!(text);
    let seq = format!(
        "[...document.querySelectorAll('[data-testid=message][data-seq]')]\
         .find(m => m.querySelector('[data-testid=message-text]')?.textContent === {text})?.dataset.seq"
    );
    let seq = tab.until("the message's seq", &seq).await;
    format!("[data-seq='{}']", seq.as_str().expect("an attribute is a text"))
}

/// Waits until the toolbar is in the row of a message.
async fn toolbar_at(tab: &Tab, message: &str) {
    let there = format!(
        "document.querySelector(\"{message}\").parentElement.querySelector('[data-testid=message-toolbar]:not([hidden])')"
    );
    tab.until("the toolbar", &format!("!!{there}")).await;
}

/// Hovers over a message and clicks on a button of its toolbar.
pub(super) async fn use_toolbar(tab: &Tab, message: &str, button: &str) {
    tab.hover(message).await;
    toolbar_at(tab, message).await;
    tab.click(button).await;
}

/// Opens the menu of a message and chooses an item of it.
pub(super) async fn choose(tab: &Tab, message: &str, item: &str) {
    tab.right_click(message).await;
    tab.part("message-menu").await;
    tab.click(item).await;
    tab.gone("message-menu").await;
}

/// What has the focus: the seq of a message, else its `data-testid`.
pub(super) const FOCUSED: &str =
    "(document.activeElement.dataset.seq ?? document.activeElement.dataset.testid)";
