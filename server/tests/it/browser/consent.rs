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

/// Waits until the list has all of the room between what stands above it and the user's bar at the bottom.
async fn list_fills_sidebar(tab: &Tab) {
    let fills = "(() => { const [nav, bar] = ['.sidebar-nav', '.account'].map(part => \
         document.querySelector(part).getBoundingClientRect()); \
         return Math.abs(bar.bottom - innerHeight) <= 1 && Math.abs(nav.bottom - bar.top) <= 1; })()";
    tab.until("the list up to the bar at the bottom", fills).await;
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
    let shown = format!("({notices}).match(/invited .*ben/) && ({notices}).match(/You joined/)");
    anna.until("both notices", &format!("!!({shown})")).await;
    // The request to the other invited user remains.
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
    let in_next = "document.activeElement.matches('[data-name=Home] [data-testid=accept-request]')";
    tab.until("the keyboard at the next request", in_next).await;
    tab.reload().await;
    tab.shows("group-request", "Home").await;
    assert_eq!(mei.log(trip).await.len(), 2, "the title and whom mei asked");
    // It may be gone by the time that the user answers.
    mei.leave(home, crate::support::client_id()).await.unwrap();
    tab.click("accept-request").await;
    tab.shows("request-over", "此邀请已结束").await;
    let at_close = "document.activeElement.dataset.testid === 'close-request'";
    tab.until("the keyboard at the button that is left", at_close).await;
    tab.click("close-request").await;
    tab.gone("group-requests").await;
    tab.until("the keyboard at the search", "document.activeElement.id === 'filter'").await;
}

#[tokio::test]
async fn a_request_that_arrives_is_announced_and_moves_no_other() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mei = Person::come(&server, "mei").await;
    let tab = open(&browser, &server, "anna").await;
    list_fills_sidebar(&tab).await;
    mei.group("Trip", &["anna"]).await;
    tab.shows("request-announced", "Trip").await;
    list_fills_sidebar(&tab).await;
    tab.run("window.first = document.querySelector('[data-testid=accept-request]'); first.focus()").await;
    mei.group("Home", &["anna"]).await;
    tab.shows("request-announced", "Home").await;
    tab.until("both", "document.querySelectorAll('[data-testid=group-request]').length === 2").await;
    let stays = "document.activeElement === first && document.querySelector('[data-testid=accept-request]') === first";
    tab.until("the first where it was", stays).await;
    // What is gone makes nothing else news.
    tab.click_on("[data-testid=group-request][data-name=Home] [data-testid=decline-request]").await;
    tab.until("one", "document.querySelectorAll('[data-testid=group-request]').length === 1").await;
    let announced = tab.part("request-announced").await.text().await.unwrap();
    assert!(!announced.contains("Trip"), "{announced}");
}

#[tokio::test]
async fn the_privacy_dialog_follows_what_the_server_says() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = open(&browser, &server, "anna").await;
    let is = |on| format!("document.querySelector('[data-testid=asks-before-groups]')?.checked === {on}");
    tab.click("settings").await;
    tab.click("privacy").await;
    tab.until("asked by default", &is(true)).await;
    tab.escape().await;
    tab.gone("privacy-dialog").await;
    // Set elsewhere; the answer to the page's next question takes its time.
    tab.may_be_added().await;
    tab.run(
        "const send = window.fetch; window.fetch = (...request) => \
         new Promise(done => window.release = () => done(send.apply(window, request)))",
    )
    .await;
    tab.click("settings").await;
    tab.click("privacy").await;
    tab.until("what is known", &is(true)).await;
    tab.run("window.release()").await;
    tab.until("what was set elsewhere", &is(false)).await;
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
