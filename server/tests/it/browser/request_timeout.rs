//! A request that a network swallows ends with an error, and can be made again.

use crate::support::{Person, Server, browser::Browser, network::Network};

#[tokio::test]
async fn a_request_without_an_answer_fails_and_can_be_retried() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let network = Network::to(&server).await;
    let mei = Person::come(&server, "mei").await;
    let tab = browser.open(&network.url("/")).await;
    tab.sign_in("anna").await;
    mei.group("Trip", &["anna"]).await;
    tab.choose("Trip").await;
    // The code of the dialogs is there.
    tab.click("new-conversation").await;
    tab.part("direct-name").await;
    tab.escape().await;
    tab.gone("direct-name").await;
    network.swallow();
    tab.click("details").await;
    tab.shows("details-panel", "The members could not be fetched.").await;
    network.heal();
    tab.click("retry-members").await;
    tab.until("mei as a member", "!!document.querySelector('[data-testid=member][data-name=mei]')").await;
}
