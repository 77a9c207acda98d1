//! What lies over the page: on a phone the browser's Back closes it, and Escape does where there is a keyboard.

use super::{door_of, turn_to};
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
    network::Network,
};

async fn phone_at_everyone(server: &Server) -> (Browser, Tab) {
    let browser = Browser::looking(Look::PHONE).await;
    let tab = browser.open(&door_of(server, "anna")).await;
    tab.choose("Everyone").await;
    (browser, tab)
}

async fn at(tab: &Tab, path: &str) {
    tab.until(path, &format!("location.pathname === '{path}' && history.state === null")).await;
}

#[tokio::test]
async fn back_closes_the_details_and_then_leaves_the_conversation() {
    let server = Server::start().await;
    let (_browser, tab) = phone_at_everyone(&server).await;
    tab.click("details").await;
    tab.part("details-panel").await;
    tab.back().await;
    tab.gone("details-panel").await;
    tab.shows("conversation-title", "Everyone").await;
    at(&tab, "/c/1").await;
    // There is nothing to go forward to.
    tab.forward().await;
    at(&tab, "/c/1").await;
    tab.gone("details-panel").await;
    tab.back().await;
    at(&tab, "/").await;
}

#[tokio::test]
async fn details_that_are_closed_otherwise_leave_nothing_to_go_back_to() {
    let server = Server::start().await;
    let (_browser, tab) = phone_at_everyone(&server).await;
    tab.click("details").await;
    tab.part("details-panel").await;
    tab.escape().await;
    tab.gone("details-panel").await;
    at(&tab, "/c/1").await;
    tab.click("details").await;
    tab.click_on("[data-testid=details-panel] header button").await;
    tab.gone("details-panel").await;
    at(&tab, "/c/1").await;
    tab.back().await;
    at(&tab, "/").await;
}

#[tokio::test]
async fn a_reload_with_details_shows_the_conversation_without() {
    let server = Server::start().await;
    let (_browser, tab) = phone_at_everyone(&server).await;
    tab.click("details").await;
    tab.part("details-panel").await;
    tab.reload().await;
    tab.shows("conversation-title", "Everyone").await;
    at(&tab, "/c/1").await;
    tab.gone("details-panel").await;
    tab.back().await;
    at(&tab, "/").await;
}

#[tokio::test]
async fn who_leaves_a_group_from_its_details_does_not_come_back_to_them() {
    let server = Server::start().await;
    let browser = Browser::looking(Look::PHONE).await;
    let mei = Person::come(&server, "mei").await;
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    mei.group("Weekend trip", &["anna"]).await;
    tab.choose("Weekend trip").await;
    tab.click("details").await;
    tab.click("leave").await;
    tab.click("leave-confirm").await;
    at(&tab, "/").await;
    tab.gone("details-panel").await;
    tab.back().await;
    tab.part("not-found").await;
}

#[tokio::test]
async fn on_a_desktop_details_are_no_step_of_the_history() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.choose("Everyone").await;
    let before = tab.run("return history.length").await;
    tab.click("details").await;
    tab.part("details-panel").await;
    tab.escape().await;
    tab.gone("details-panel").await;
    tab.click("details").await;
    tab.part("details-panel").await;
    assert_eq!(tab.run("return history.length").await, before);
    tab.back().await;
    at(&tab, "/").await;
    tab.gone("details-panel").await;
}

#[tokio::test]
async fn back_closes_a_dialog_and_what_it_begins_leads_back_to_the_list() {
    let server = Server::start().await;
    Person::come(&server, "mei").await;
    let browser = Browser::looking(Look::PHONE).await;
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.click("new-conversation").await;
    tab.part("dialog").await;
    tab.back().await;
    tab.gone("dialog").await;
    at(&tab, "/").await;
    tab.click("new-conversation").await;
    tab.part("dialog").await;
    tab.escape().await;
    tab.gone("dialog").await;
    at(&tab, "/").await;

    turn_to(&tab, "mei").await;
    tab.gone("dialog").await;
    tab.until("the conversation", "location.pathname.startsWith('/c/') && history.state === null").await;
    tab.back().await;
    at(&tab, "/").await;
    tab.gone("dialog").await;
}

#[tokio::test]
async fn back_closes_the_menu_and_the_question_before_signing_out() {
    let server = Server::start().await;
    let network = Network::to(&server).await;
    let browser = Browser::looking(Look::PHONE).await;
    let tab = browser.open(&network.url("/?userID=anna")).await;
    tab.choose("Everyone").await;
    network.cut_sockets();
    tab.part("connection-banner").await;
    tab.say("unsent").await;
    tab.click("back").await;
    at(&tab, "/").await;

    let menu_is_open = "!!document.querySelector('[data-testid=settings-menu]:popover-open')";
    tab.click("settings").await;
    tab.until("the menu", menu_is_open).await;
    tab.until("its step", "history.state !== null").await;
    tab.back().await;
    tab.until("no menu", &format!("!{menu_is_open}")).await;
    at(&tab, "/").await;

    tab.click("settings").await;
    tab.click("sign-out").await;
    tab.part("sign-out-dialog").await;
    tab.until("its step alone", &format!("!{menu_is_open} && history.state === 1")).await;
    tab.back().await;
    tab.gone("sign-out-dialog").await;
    at(&tab, "/").await;
    tab.shows("me-name", "anna").await;
}
