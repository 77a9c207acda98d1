//! The topic of a conversation, set in its header.

use std::path::{Path, PathBuf};

use confab_shared::command::SetTopic;

use crate::support::{
    Person, Server,
    browser::{Browser, Look},
    client_id,
};

#[tokio::test]
async fn a_topic_is_set_in_the_header_and_seen_by_the_others() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mei = Person::come(&server, "mei").await;
    let (anna, ben) = (browser.open(&server.url("/")).await, browser.open(&server.url("/")).await);
    anna.sign_in("anna").await;
    ben.sign_in("ben").await;
    mei.group("Trip", &["anna", "ben"]).await;
    anna.choose("Trip").await;
    ben.choose("Trip").await;
    anna.shows("topic", "Add a topic").await;
    anna.click("topic").await;
    anna.type_into("topic-input", "Where to go in June\u{e007}".to_owned()).await;
    for tab in [&anna, &ben] {
        tab.shows("topic", "Where to go in June").await;
    }
    anna.until("the notice", "[...document.querySelectorAll('[data-testid=notice]')].some(n => n.textContent.includes('You set the topic: Where to go in June'))").await;
    ben.until("the notice", "[...document.querySelectorAll('[data-testid=notice]')].some(n => n.textContent.includes('anna set the topic: Where to go in June'))").await;
    // Ben removes it.
    ben.click("topic").await;
    ben.type_into("topic-input", "\u{e009}a\u{e000}\u{e017}\u{e007}".to_owned()).await;
    for tab in [&anna, &ben] {
        tab.shows("topic", "Add a topic").await;
    }
}

#[tokio::test]
async fn everyone_has_no_topic_to_set() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&server.url("/")).await;
    tab.sign_in("anna").await;
    tab.choose("Everyone").await;
    tab.part("composer-input").await;
    tab.gone("topic").await;
}

#[tokio::test]
async fn on_a_phone_the_topic_stands_below_the_title_and_its_dialog_fits() {
    let (server, browser) = (Server::start().await, Browser::looking(Look::PHONE.dark()).await);
    let mei = Person::come(&server, "mei").await;
    let tab = browser.open(&server.url("/")).await;
    tab.sign_in("anna").await;
    let trip = mei.group("Weekend trip", &["anna"]).await;
    let topic = "Saturday, 07:50 at the station, and back on Sunday evening".to_owned();
    let set = SetTopic { client_id: client_id(), conversation: trip, topic };
    mei.connect().await.carry_out(set).await.unwrap();
    tab.choose("Weekend trip").await;
    tab.shows("topic", "Saturday, 07:50").await;
    let fits = "document.documentElement.scrollWidth <= innerWidth";
    tab.until("nothing is wider than the screen", fits).await;
    tab.picture(&picture("topic-phone-dark")).await;
    tab.click("topic").await;
    tab.part("topic-input").await;
    tab.until("nothing is wider than the screen", fits).await;
    tab.picture(&picture("topic-dialog-phone-dark")).await;
}

fn picture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pictures");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder.join(format!("{name}.png"))
}
