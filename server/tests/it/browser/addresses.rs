//! An address that is opened before signing in opens after it.

use super::door_of;
use crate::support::{
    Server,
    browser::{Browser, Tab},
};

async fn at_everyone(tab: &Tab) {
    tab.shows("conversation-title", "Everyone").await;
    tab.until("the address", "location.pathname === '/c/1' && location.search === ''").await;
}

/// Ends the tab's session behind the page's back, as from another place.
async fn end_session(tab: &Tab) {
    tab.run(
        "const token = [...Object.values(sessionStorage), ...Object.values(localStorage)].join(' ')\
         .match(/[A-Za-z0-9_-]{43}/)[0]; \
         fetch('/api/v1/session', { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })",
    )
    .await;
    tab.part("sign-in-name").await;
}

#[tokio::test]
async fn who_signs_in_gets_to_the_conversation_that_was_opened() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&format!("http://localhost:{}/c/1", server.port())).await;
    tab.sign_in("anna").await;
    at_everyone(&tab).await;
    tab.reload().await;
    at_everyone(&tab).await;
}

#[tokio::test]
async fn who_is_signed_in_by_the_address_gets_to_its_conversation() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let address = format!("http://localhost:{}/c/1?userID=123", server.port());
    let tab = browser.open(&address).await;
    at_everyone(&tab).await;
    tab.shows("me-name", "123").await;
    // Once more, with an existing session; and as another user.
    tab.go(&address).await;
    at_everyone(&tab).await;
    tab.go(&address.replace("123", "456")).await;
    tab.shows("me-name", "456").await;
    at_everyone(&tab).await;
}

#[tokio::test]
async fn whose_session_ended_comes_back_to_where_they_were_and_others_do_not() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&format!("http://localhost:{}/", server.port())).await;
    tab.sign_in("anna").await;
    tab.choose("Everyone").await;
    end_session(&tab).await;
    tab.sign_in("anna").await;
    at_everyone(&tab).await;

    end_session(&tab).await;
    tab.sign_in("ben").await;
    tab.until("the list", "location.pathname === '/'").await;
    tab.gone("conversation-title").await;
}

#[tokio::test]
async fn who_signs_out_by_hand_comes_back_to_the_list() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.choose("Everyone").await;
    tab.click("settings").await;
    tab.click("sign-out").await;
    tab.sign_in("anna").await;
    tab.until("the list", "location.pathname === '/'").await;
    tab.gone("conversation-title").await;
}
