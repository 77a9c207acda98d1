//! Requests to join groups on the page: a guest of an open server is asked by strangers.

use confab_shared::event::EventBody;

use super::door_of;
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
};

async fn open(browser: &Browser, server: &Server, name: &str) -> Tab {
    let tab = browser.open(&door_of(server, name)).await;
    tab.online().await;
    tab
}

fn item(name: &str) -> String {
    format!("document.querySelector(`[data-testid=conversation-item][data-name='{name}']`)")
}

#[tokio::test]
async fn a_guest_accepts_the_request_of_a_stranger_and_talks() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mei = Person::come(&server, "mei").await;
    let anna = open(&browser, &server, "anna").await;
    let elsewhere = open(&browser, &server, "ben").await;
    let trip = mei.group("Trip", &["anna", "ben"]).await;
    for tab in [&anna, &elsewhere] {
        tab.shows("group-request", "Trip").await;
        tab.shows("group-request", "mei").await;
        tab.until("no such conversation", &format!("!{}", item("Trip"))).await;
    }
    // A reload finds it in the welcome.
    anna.reload().await;
    anna.shows("group-request", "Trip").await;
    anna.click("accept-request").await;
    anna.shows("conversation-title", "Trip").await;
    anna.gone("group-requests").await;
    anna.say("thanks for asking").await;
    anna.said("thanks for asking").await;
    let notices = "[...document.querySelectorAll('[data-testid=notice]')].map(n => n.textContent).join('|')";
    let told = format!("({notices}).match(/invited .*ben/) && ({notices}).match(/anna.* joined/)");
    anna.until("both notices", &format!("!!({told})")).await;
    // Who was asked, too, is still asked.
    elsewhere.shows("group-request", "Trip").await;
    assert_eq!(mei.view(trip).await.member_count, 2);
}

#[tokio::test]
async fn a_declined_request_is_gone_and_nobody_learns_it() {
    let server = Server::start().await;
    let browser = Browser::looking(Look::PHONE.dark().chinese()).await;
    let mei = Person::come(&server, "mei").await;
    let tab = open(&browser, &server, "anna").await;
    let (trip, home) = (mei.group("Trip", &["anna"]).await, mei.group("Home", &["anna"]).await);
    tab.until("both", "document.querySelectorAll('[data-testid=group-request]').length === 2").await;
    // Buttons are large enough for a thumb, and nothing is wider than the screen.
    let fits = "[...document.querySelectorAll('.request button')].every(b => b.offsetHeight >= 44) && \
         document.documentElement.scrollWidth <= innerWidth";
    tab.until("buttons that fit", fits).await;
    tab.click_on("[data-testid=group-request][data-name=Trip] [data-testid=decline-request]").await;
    tab.until("one", "document.querySelectorAll('[data-testid=group-request]').length === 1").await;
    tab.reload().await;
    tab.shows("group-request", "Home").await;
    assert_eq!(mei.log(trip).await.len(), 2, "the title and whom mei asked");
    // It may be gone by the time that the user answers.
    mei.leave(home, crate::support::client_id()).await.unwrap();
    tab.click("accept-request").await;
    tab.gone("group-requests").await;
}

#[tokio::test]
async fn whether_strangers_must_ask_is_set_in_the_menu() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mei = Person::come(&server, "mei").await;
    let tab = open(&browser, &server, "anna").await;
    let is = |on| format!("document.querySelector('[data-testid=asks-before-groups]')?.checked === {on}");
    tab.click("settings").await;
    tab.click("privacy").await;
    tab.until("asked by default", &is(true)).await;
    tab.click("asks-before-groups").await;
    tab.until("not asked", &is(false)).await;
    tab.until("an answer", "!document.querySelector('[data-testid=asks-before-groups]').disabled").await;
    let trip = mei.group("Trip", &["anna"]).await;
    assert!(mei.log(trip).await.iter().all(|event| !matches!(event.body, EventBody::Invited(_))));
    tab.escape().await;
    tab.choose("Trip").await;
    tab.reload().await;
    tab.online().await;
    tab.click("settings").await;
    tab.click("privacy").await;
    tab.until("kept", &is(false)).await;
}
