//! Lists that come part by part: of conversations, and of members.

use confab_shared::id::ConversationId;

use crate::support::{
    Person, Server,
    browser::{Browser, Tab},
    network::Network,
};

/// How many groups there are: more than a welcome of ten and one part of the list have.
const GROUPS: usize = 230;

/// How many members a long group has: more than a page.
const MEMBERS: usize = 105;

const ITEMS: &str = "[...document.querySelectorAll('[data-testid=conversation-item]')]";
const SHOWN_MEMBERS: &str = "document.querySelectorAll('[data-testid=member]').length";

fn has(name: &str) -> String {
    format!("{ITEMS}.some(item => item.dataset.name === '{name}')")
}

fn counts(conversations: usize) -> String {
    format!("document.querySelector('[data-testid=conversations]')?.dataset.count === '{conversations}'")
}

/// Anna's page, of a server whose welcomes have ten conversations; she is in many groups, "Group 000" the oldest.
struct Scene {
    _server: Server,
    network: Network,
    _browser: Browser,
    groups: Vec<ConversationId>,
}

impl Scene {
    async fn start() -> (Self, Tab) {
        let server = Server::with().flags(["--welcome-conversations", "10"]).start().await;
        let (network, browser) = (Network::to(&server).await, Browser::start().await);
        let mei = Person::come(&server, "mei").await;
        let tab = browser.open(&network.url("/?userID=anna")).await;
        tab.online().await;
        tab.may_be_added().await;
        tab.go("about:blank").await;
        let mut groups = Vec::new();
        for number in 0..GROUPS {
            groups.push(mei.group(&format!("Group {number:03}"), &["anna"]).await);
        }
        tab.go(&network.url("/?userID=anna")).await;
        tab.online().await;
        (Self { _server: server, network, _browser: browser, groups }, tab)
    }
}

#[tokio::test]
async fn the_rest_of_the_list_is_fetched_when_its_end_comes_into_view() {
    let (_scene, tab) = Scene::start().await;
    tab.until("the welcome and one part", &counts(10 + 200)).await;
    tab.until("the newest", &has(&format!("Group {:03}", GROUPS - 1))).await;
    // A search finds what is there, and says so.
    tab.type_into("filter", "Group 000").await;
    tab.shows("list-more", "Older conversations have not been searched yet.").await;
    tab.until("nothing found", &format!("{ITEMS}.length === 0")).await;
    tab.click("load-more").await;
    tab.until("the oldest", &has("Group 000")).await;
    tab.gone("list-more").await;

    tab.reload().await;
    tab.online().await;
    tab.until("the welcome and one part", &counts(10 + 200)).await;
    tab.run("document.querySelector('.sidebar-list').scrollTop = 1e6").await;
    tab.until("all of it, and Everyone", &counts(GROUPS + 1)).await;
    tab.run("document.querySelector('.sidebar-list').scrollTop = 1e6").await;
    tab.until("the oldest", &has("Group 000")).await;
    tab.gone("list-more").await;
}

#[tokio::test]
async fn a_conversation_that_no_welcome_has_opens_by_its_address_and_stays_open() {
    let (scene, tab) = Scene::start().await;
    tab.go(&scene.network.url(&format!("/c/{}", scene.groups[0]))).await;
    tab.shows("conversation-title", "Group 000").await;
    tab.say("is anybody here?").await;
    tab.said("is anybody here?").await;
    tab.go(&scene.network.url(&format!("/c/{}", scene.groups[1]))).await;
    tab.shows("conversation-title", "Group 001").await;
    scene.network.cut_sockets();
    tab.part("connection-banner").await;
    scene.network.heal();
    tab.online().await;
    tab.shows("conversation-title", "Group 001").await;
    assert_eq!(
        tab.run("return location.pathname").await,
        format!("/c/{}", scene.groups[1]),
        "a welcome without it sends nobody away"
    );
}

#[tokio::test]
async fn a_long_list_of_members_comes_by_page_and_can_be_searched() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&format!("http://localhost:{}/?userID=anna", server.port())).await;
    tab.online().await;
    tab.may_be_added().await;
    let mei = Person::come(&server, "mei").await;
    let mut names = vec!["anna".to_owned()];
    for number in 2..MEMBERS {
        let name = format!("user{number:03}");
        Person::come(&server, &name).await;
        names.push(name);
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    mei.group("Trip", &names).await;
    tab.choose("Trip").await;
    tab.click("details").await;
    tab.until("a page", &format!("{SHOWN_MEMBERS} === 100")).await;
    tab.shows("details-panel", &MEMBERS.to_string()).await;
    tab.click("more-members").await;
    tab.until("all", &format!("{SHOWN_MEMBERS} === {MEMBERS}")).await;
    tab.gone("more-members").await;
    tab.type_into("find-member", "user10").await;
    tab.until("those who are found", &format!("{SHOWN_MEMBERS} === 5")).await;
    tab.type_into("find-member", "x").await;
    tab.shows("details-panel", "No member").await;
}

#[tokio::test]
async fn a_guest_sees_no_members_of_everyone() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    Person::come(&server, "mei").await;
    let tab = browser.open(&format!("http://localhost:{}/?userID=anna", server.port())).await;
    tab.choose("Everyone").await;
    tab.click("details").await;
    tab.part("members-hidden").await;
    assert_eq!(tab.run(&format!("return {SHOWN_MEMBERS}")).await, 0);
    tab.gone("retry-members").await;
}
