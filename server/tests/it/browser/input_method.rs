//! Keys that belong to an input method while it composes.

use super::door_of;
use crate::support::{
    Person, Server,
    browser::{Browser, Tab},
};

/// Composes in the field that has the keyboard, and presses Escape; what that does, it has done then.
async fn escape_while_composing(tab: &Tab) {
    tab.compose("ni").await;
    tab.escape().await;
    tab.run("return new Promise(done => setTimeout(done))").await;
}

/// Presses Escape once nothing is composed any more.
async fn escape_after_composing(tab: &Tab) {
    tab.compose("").await;
    tab.escape().await;
}

#[tokio::test]
async fn an_input_methods_escape_keeps_the_filter() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    tab.type_into("filter", "every").await;
    escape_while_composing(&tab).await;
    let filter = "document.querySelector('[data-testid=filter]').value";
    let kept = tab.run(&format!("return {filter}")).await;
    assert!(kept.as_str().is_some_and(|kept| kept.starts_with("every")), "the filter: {kept}");
    escape_after_composing(&tab).await;
    tab.until("an empty filter", &format!("{filter} === ''")).await;
}

#[tokio::test]
async fn an_input_methods_escape_closes_no_dialog() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.click("new-conversation").await;
    tab.type_into("direct-name", "me").await;
    escape_while_composing(&tab).await;
    assert_eq!(tab.run("return document.querySelectorAll('[data-testid=dialog]').length").await, 1);
    escape_after_composing(&tab).await;
    tab.gone("dialog").await;
}

#[tokio::test]
async fn an_input_methods_escape_closes_no_details() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mei = Person::come(&server, "mei").await;
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    mei.group("Weekend trip", &["anna"]).await;
    tab.choose("Weekend trip").await;
    tab.click("details").await;
    tab.type_into("add-member-input", "me").await;
    escape_while_composing(&tab).await;
    assert_eq!(tab.run("return document.querySelectorAll('[data-testid=details-panel]').length").await, 1);
    escape_after_composing(&tab).await;
    tab.gone("details-panel").await;
}
