//! The outbox of one user in several tabs: each shows what another has unsent, and what became of it.

use crate::support::{
    Person, Server,
    browser::{Browser, Tab},
    client::text_of,
    network::Network,
};

const STATES: &str = "[...document.querySelectorAll('[data-testid=message]')].map(m => m.dataset.state)";
const STORED: &str = "Object.keys(localStorage).filter(key => key.startsWith('confab.outbox.'))";

/// Two tabs of Anna in her conversation with Mei, without a socket.
struct Scene {
    network: Network,
    _server: Server,
    _browser: Browser,
    mei: Person,
    conversation: confab_shared::id::ConversationId,
}

impl Scene {
    async fn disconnected() -> (Self, Tab, Tab) {
        let (server, browser) = (Server::start().await, Browser::start().await);
        let network = Network::to(&server).await;
        let mei = Person::come(&server, "mei").await;
        let one = browser.open(&network.url("/")).await;
        one.part("sign-in-name").await;
        one.click("stay-signed-in").await;
        one.sign_in("anna").await;
        let conversation = mei.direct("anna").await;
        mei.connect().await.send_text(conversation, "hello").await;
        one.choose("mei").await;
        one.hears("hello").await;
        let other = browser.open(&network.url(&format!("/c/{conversation}"))).await;
        other.hears("hello").await;
        network.cut_sockets();
        one.part("connection-banner").await;
        other.part("connection-banner").await;
        (Self { network, _server: server, _browser: browser, mei, conversation }, one, other)
    }
}

#[tokio::test]
async fn a_new_unsent_message_shows_in_the_other_tab() {
    let (scene, one, other) = Scene::disconnected().await;
    one.say("from one").await;
    other.hears("from one").await;
    other.say("from the other").await;
    one.hears("from the other").await;
    one.shows("connection-banner", "2").await;
    scene.network.heal();
    for tab in [&one, &other] {
        tab.said("from the other").await;
        tab.shows_messages(&["hello", "from one", "from the other"]).await;
    }
    one.until("nothing stored", &format!("{STORED}.length === 0")).await;
    let log = scene.mei.log(scene.conversation).await;
    assert_eq!(log.iter().filter_map(text_of).collect::<Vec<_>>(), ["hello", "from one", "from the other"]);
}

#[tokio::test]
async fn a_refusal_and_a_discard_show_in_the_other_tab() {
    let (_scene, one, other) = Scene::disconnected().await;
    one.say("refused").await;
    other.until("pending", &format!("{STATES}.includes('pending')")).await;
    // What a tab stores when the server refuses a message; the other tab learns of it from the browser.
    one.run(&format!(
        "const key = {STORED}[0]; \
         const entry = {{ ...JSON.parse(localStorage[key]), refused: {{ code: 'store_failed', message: 'No.' }} }}; \
         localStorage[key] = JSON.stringify(entry)"
    ))
    .await;
    other.until("failed", &format!("{STATES}.includes('failed')")).await;
    other.click("discard").await;
    for tab in [&one, &other] {
        tab.shows_messages(&["hello"]).await;
    }
    one.until("nothing stored", &format!("{STORED}.length === 0")).await;
}
