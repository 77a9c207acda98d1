//! Messages written while disconnected: they survive a reload and a crash of the tab, and are sent once, in order, by
//! their author.

use confab_shared::id::ConversationId;

use crate::support::{
    Person, Server, Socket,
    browser::{Browser, Tab},
    client::text_of,
    network::Network,
};

const PENDING: &str = "document.querySelectorAll('[data-testid=message][data-state=pending]').length";
const KEPT: &str = "Object.keys(localStorage).filter(key => key.startsWith('confab.outbox.')).length";

/// Mei listens; Anna writes through a network that lets no sockets through.
struct Scene {
    server: Server,
    network: Network,
    browser: Browser,
    mei: Person,
    conversation: ConversationId,
    _socket: Socket,
}

impl Scene {
    /// Anna has asked to stay signed in and is in the conversation with Mei, out of touch.
    async fn out_of_touch() -> (Self, Tab) {
        let (scene, tab) = Self::in_touch().await;
        scene.network.cut_sockets();
        tab.part("connection-banner").await;
        (scene, tab)
    }

    async fn in_touch() -> (Self, Tab) {
        let (server, browser) = (Server::start().await, Browser::start().await);
        let network = Network::to(&server).await;
        let mei = Person::come(&server, "mei").await;
        let mut socket = mei.connect().await;
        let tab = browser.open(&network.url("/")).await;
        tab.part("sign-in-name").await;
        tab.click("stay-signed-in").await;
        tab.sign_in("anna").await;
        let conversation = mei.direct("anna").await;
        socket.send_text(conversation, "hello").await;
        tab.choose("mei").await;
        tab.hears("hello").await;
        (Self { server, network, browser, mei, conversation, _socket: socket }, tab)
    }

    /// What stands in the log, after Mei's greeting.
    async fn log(&self) -> Vec<String> {
        let log = self.mei.log(self.conversation).await;
        log.iter().skip(1).filter_map(text_of).map(str::to_owned).collect()
    }
}

async fn writes(tab: &Tab, texts: &[&str]) {
    for text in texts {
        tab.say(text).await;
    }
    tab.until("all as pending", &format!("{PENDING} === {}", texts.len())).await;
}

async fn leaves(tab: &Tab) {
    tab.click("settings").await;
    tab.click("sign-out").await;
}

#[tokio::test]
async fn what_waits_survives_a_reload_and_arrives_once_and_in_order() {
    let (scene, tab) = Scene::out_of_touch().await;
    writes(&tab, &["one", "two", "three"]).await;
    tab.shows("connection-banner", "3").await;
    tab.reload().await;
    tab.shows("connection-banner", "3").await;
    assert_eq!(scene.log().await, [""; 0], "nothing went out yet");
    scene.network.heal();
    tab.said("three").await;
    tab.shows_messages(&["hello", "one", "two", "three"]).await;
    assert_eq!(scene.log().await, ["one", "two", "three"]);
    tab.until("nothing kept", &format!("{KEPT} === 0")).await;
    tab.reload().await;
    tab.shows_messages(&["hello", "one", "two", "three"]).await;
    assert_eq!(scene.log().await, ["one", "two", "three"]);
}

#[tokio::test]
async fn what_waits_survives_the_crash_of_its_tab_and_a_restart_of_the_server() {
    let (mut scene, tab) = Scene::in_touch().await;
    let other = scene.browser.open("about:blank").await;
    scene.server.sigkill().await;
    tab.part("connection-banner").await;
    writes(&tab, &["one", "two"]).await;
    tab.crash().await;
    scene.server.restart().await;
    other.go(&scene.network.url("/")).await;
    other.online().await;
    other.choose("mei").await;
    other.said("two").await;
    other.shows_messages(&["hello", "one", "two"]).await;
    assert_eq!(scene.log().await, ["one", "two"]);
}

#[tokio::test]
async fn two_tabs_of_one_person_lose_and_double_nothing() {
    let (scene, tab) = Scene::out_of_touch().await;
    writes(&tab, &["one"]).await;
    let other = scene.browser.open(&scene.network.url(&format!("/c/{}", scene.conversation))).await;
    other.shows("connection-banner", "1").await;
    tab.say("two").await;
    tab.until("both as pending", &format!("{PENDING} === 2")).await;
    scene.network.heal();
    tab.said("two").await;
    other.said("two").await;
    tab.shows_messages(&["hello", "one", "two"]).await;
    other.shows_messages(&["hello", "one", "two"]).await;
    assert_eq!(scene.log().await, ["one", "two"]);
}

#[tokio::test]
async fn nobody_else_of_the_browser_sends_it() {
    let (scene, tab) = Scene::out_of_touch().await;
    writes(&tab, &["of anna"]).await;
    // The session ends without the page's knowledge: the next user to sign in may be another one.
    tab.run("localStorage.removeItem('confab.session'); sessionStorage.removeItem('confab.session')").await;
    tab.go(&scene.network.url("/")).await;
    scene.network.heal();
    tab.sign_in("ben").await;
    tab.begin_with("mei").await;
    tab.say("of ben").await;
    tab.said("of ben").await;
    assert_eq!(scene.log().await, [""; 0]);
    leaves(&tab).await;
    tab.sign_in("anna").await;
    tab.choose("mei").await;
    tab.said("of anna").await;
    assert_eq!(scene.log().await, ["of anna"]);
}

#[tokio::test]
async fn signing_out_asks_before_it_discards() {
    let (scene, tab) = Scene::out_of_touch().await;
    writes(&tab, &["one", "two"]).await;
    leaves(&tab).await;
    tab.shows("sign-out-dialog", "2").await;
    tab.shows("unsent-conversations", "mei").await;
    tab.until("staying as the default", "document.activeElement.dataset.testid === 'sign-out-stay'").await;
    tab.click("sign-out-stay").await;
    tab.gone("sign-out-dialog").await;
    tab.until("the keyboard where it was", "document.activeElement.dataset.testid === 'settings'").await;
    tab.until("both still there", &format!("{PENDING} === 2 && {KEPT} === 2")).await;

    leaves(&tab).await;
    tab.click("sign-out-confirm").await;
    tab.part("sign-in-name").await;
    tab.until("nothing kept", &format!("{KEPT} === 0")).await;
    scene.network.heal();
    tab.sign_in("anna").await;
    tab.choose("mei").await;
    tab.say("later").await;
    tab.said("later").await;
    assert_eq!(scene.log().await, ["later"]);
    leaves(&tab).await;
    tab.part("sign-in-name").await;
}

#[tokio::test]
async fn what_cannot_be_sent_any_more_can_still_be_read() {
    let (scene, tab) = Scene::in_touch().await;
    tab.begin_group("Trip", &["mei"]).await;
    scene.network.cut_sockets();
    tab.part("connection-banner").await;
    writes(&tab, &["see you at six"]).await;
    tab.run(
        "const { token } = JSON.parse(localStorage['confab.session']); \
         fetch(`/api/v1/conversations${location.pathname.replace('/c', '')}/leave`, { method: 'POST', \
         headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, \
         body: JSON.stringify({ client_id: '0190d0a0-0000-7000-8000-00000000f00d' }) }) \
         .then(response => { window.left = response.status })",
    )
    .await;
    tab.until("out of the group", "window.left === 204").await;
    tab.go(&scene.network.url("/")).await;
    scene.network.heal();
    tab.click("stranded-notice").await;
    tab.shows("stranded-message", "see you at six").await;
    tab.reload().await;
    tab.click("stranded-notice").await;
    tab.click("stranded-message discard").await;
    tab.gone("stranded-notice").await;
    tab.gone("stranded-dialog").await;
    tab.until("nothing kept", &format!("{KEPT} === 0")).await;
}

#[tokio::test]
async fn a_full_browser_says_so_and_sends_all_the_same() {
    let (scene, tab) = Scene::out_of_touch().await;
    // The tab's own storage has a room of its own, and is lost with the tab.
    tab.run(
        "const set = Storage.prototype.setItem; Storage.prototype.setItem = function (...entry) { \
         if (this === localStorage) throw new DOMException('full', 'QuotaExceededError'); \
         set.apply(this, entry) }",
    )
    .await;
    writes(&tab, &["one"]).await;
    tab.shows("connection-banner", "Keep this page open").await;
    scene.network.heal();
    tab.said("one").await;
    assert_eq!(scene.log().await, ["one"]);
}

#[tokio::test]
async fn what_is_broken_in_the_browsers_storage_hides_nothing_that_is_not() {
    let (scene, tab) = Scene::out_of_touch().await;
    writes(&tab, &["one"]).await;
    tab.run(
        "const key = Object.keys(localStorage).find(key => key.startsWith('confab.outbox.')); \
         const stem = key.slice(0, -36); \
         localStorage[stem + 'x'] = 'not JSON'; \
         localStorage[stem + '0190d0a0-0000-7000-8000-00000000f00d'] = '{\"text\":1}'",
    )
    .await;
    tab.reload().await;
    tab.shows("connection-banner", "1").await;
    scene.network.heal();
    tab.said("one").await;
    assert_eq!(scene.log().await, ["one"]);
}
