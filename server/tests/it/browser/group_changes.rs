//! Changes of a group made on the page: they show at once, wait while disconnected, and can be retried when refused.

use confab_shared::{event::EventBody, id::ConversationId};

use crate::support::{
    Person, Server,
    browser::{Browser, Tab},
    network::Network,
};

const STORED: &str = "Object.keys(localStorage).filter(key => key.startsWith('confab.outbox.')).length";

/// Anna has the details of a group with Mei open.
struct Scene {
    server: Server,
    network: Network,
    _browser: Browser,
    mei: Person,
    group: ConversationId,
}

impl Scene {
    async fn start() -> (Self, Tab) {
        let (server, browser) = (Server::start().await, Browser::start().await);
        let network = Network::to(&server).await;
        let mei = Person::come(&server, "mei").await;
        let tab = browser.open(&network.url("/")).await;
        tab.part("sign-in-name").await;
        tab.click("stay-signed-in").await;
        tab.sign_in("anna").await;
        let group = mei.group("Trip", &["anna"]).await;
        tab.choose("Trip").await;
        tab.click("details").await;
        tab.part("add-member-input").await;
        (Self { server, network, _browser: browser, mei, group }, tab)
    }

    async fn disconnect(&self, tab: &Tab) {
        self.network.cut_sockets();
        tab.part("connection-banner").await;
    }

    async fn title(&self) -> Option<String> {
        self.mei.view(self.group).await.title.map(|title| title.to_string())
    }
}

async fn rename(tab: &Tab, title: &str) {
    tab.click("rename").await;
    // Control and A: the title that is there is selected, and replaced.
    tab.type_into("rename-input", format!("\u{e009}a\u{e000}{title}")).await;
    tab.click("rename-save").await;
}

async fn add(tab: &Tab, name: &str) {
    tab.type_into("add-member-input", format!("{name}\u{e007}")).await;
}

#[tokio::test]
async fn a_group_is_renamed_and_members_are_added() {
    let (scene, tab) = Scene::start().await;
    Person::come(&scene.server, "ben").await;
    rename(&tab, "Journey").await;
    tab.shows("conversation-title", "Journey").await;
    add(&tab, "ben").await;
    tab.until("ben as a member", "!!document.querySelector('[data-testid=member][data-name=ben]')").await;
    tab.gone("group-change").await;
    tab.until("nothing stored", &format!("{STORED} === 0")).await;
    assert_eq!(scene.title().await.as_deref(), Some("Journey"));
    let log = scene.mei.log(scene.group).await;
    let renamed = log.iter().filter(|event| matches!(event.body, EventBody::Renamed(_))).count();
    assert_eq!(renamed, 2, "the title of the new group, and the rename");
}

#[tokio::test]
async fn a_rename_while_disconnected_shows_at_once_and_is_sent_later() {
    let (scene, tab) = Scene::start().await;
    scene.disconnect(&tab).await;
    rename(&tab, "Journey").await;
    tab.shows("conversation-title", "Journey").await;
    tab.shows("group-change", "Journey").await;
    tab.shows("connection-banner", "1").await;
    assert_eq!(scene.title().await.as_deref(), Some("Trip"));
    tab.reload().await;
    tab.shows("connection-banner", "1").await;
    scene.network.heal();
    tab.shows("conversation-title", "Journey").await;
    tab.until("nothing stored", &format!("{STORED} === 0")).await;
    assert_eq!(scene.title().await.as_deref(), Some("Journey"));
}

#[tokio::test]
async fn a_refused_change_has_its_reason_and_can_be_retried_or_discarded() {
    let (scene, tab) = Scene::start().await;
    add(&tab, "zoe").await;
    tab.shows("group-change", "Nobody here is called").await;
    add(&tab, "someone-else").await;
    let failed = "document.querySelectorAll('[data-testid=group-change][data-state=failed]').length";
    tab.until("both refused", &format!("{failed} === 2")).await;
    Person::come(&scene.server, "zoe").await;
    tab.click("group-change retry").await;
    tab.until("zoe as a member", "!!document.querySelector('[data-testid=member][data-name=zoe]')").await;
    tab.until("one refused", &format!("{failed} === 1")).await;
    tab.click("group-change discard").await;
    tab.gone("group-change").await;
    tab.until("nothing stored", &format!("{STORED} === 0")).await;
}

#[tokio::test]
async fn an_invalid_title_is_refused_at_the_field() {
    let (scene, tab) = Scene::start().await;
    rename(&tab, &"x".repeat(81)).await;
    tab.until(
        "an error",
        "!!document.querySelector('[data-testid=rename-dialog] .field-error:not([hidden])')",
    )
    .await;
    tab.gone("group-change").await;
    assert_eq!(scene.title().await.as_deref(), Some("Trip"));
}

#[tokio::test]
async fn leaving_while_disconnected_is_sent_after_a_reload() {
    let (scene, tab) = Scene::start().await;
    scene.disconnect(&tab).await;
    tab.click("leave").await;
    tab.click("leave-confirm").await;
    tab.shows("group-change", "Leaving").await;
    tab.reload().await;
    tab.shows("connection-banner", "1").await;
    scene.network.heal();
    tab.until("the group gone", "!document.querySelector(`[data-name='Trip']`)").await;
    tab.until("nothing stored", &format!("{STORED} === 0")).await;
    assert_eq!(scene.mei.view(scene.group).await.member_count, 1);
}
