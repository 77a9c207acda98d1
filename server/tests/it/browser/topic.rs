//! The topic of a conversation, set in its header.

use crate::support::{Person, Server, browser::Browser};

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
