//! Signing in, returning, and the identities of tabs.

use crate::{
    support::{
        Person, Server,
        browser::{Browser, Look},
        client_id,
    },
    user_command::add_account,
};

fn front(server: &Server) -> String {
    format!("http://localhost:{}/", server.port())
}

#[tokio::test]
async fn two_tabs_of_one_browser_are_two_people() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let one = browser.open(&front(&server)).await;
    one.sign_in("anna").await;
    let other = browser.open(&front(&server)).await;
    other.sign_in("ben").await;
    one.reload().await;
    one.shows("me-name", "anna").await;
    other.reload().await;
    other.shows("me-name", "ben").await;
}

#[tokio::test]
async fn a_name_is_its_browsers_and_nobody_elses() {
    let server = Server::start().await;
    let (home, elsewhere) = (Browser::start().await, Browser::start().await);
    let anna = home.open(&front(&server)).await;
    anna.sign_in("anna").await;

    let stranger = elsewhere.open(&front(&server)).await;
    stranger.type_into("sign-in-name", "anna").await;
    stranger.click("sign-in-submit").await;
    stranger.part("sign-in-error").await;

    anna.click("settings").await;
    anna.click("sign-out").await;
    anna.sign_in("anna").await;
}

#[tokio::test]
async fn a_guest_of_one_tab_is_told_whose_the_name_is_and_can_set_a_password() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&front(&server)).await;
    anna.sign_in("anna").await;
    anna.click("settings").await;
    anna.shows("name-note", "only this browser").await;
    anna.click("name-note-password").await;
    anna.type_into("password-new", "a long walk by the sea").await;
    anna.click("password-save").await;
    anna.click("password-done").await;
    anna.gone("password-dialog").await;
    anna.click("settings").await;
    anna.part("sign-out").await;
    anna.gone("name-note").await;

    let kept = Browser::start().await;
    let ben = kept.open(&front(&server)).await;
    ben.part("sign-in-name").await;
    ben.click("stay-signed-in").await;
    ben.sign_in("ben").await;
    // The server has said that the name has no password.
    ben.until("the role", "document.querySelector('.account-text span').textContent.includes('stays')").await;
    ben.click("settings").await;
    ben.part("sign-out").await;
    ben.gone("name-note").await;
}

#[tokio::test]
async fn who_asks_to_stay_signed_in_is_there_in_the_next_tab() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let one = browser.open(&front(&server)).await;
    one.part("sign-in-name").await;
    one.click("stay-signed-in").await;
    one.sign_in("anna").await;
    let next = browser.open(&front(&server)).await;
    next.shows("me-name", "anna").await;
}

#[tokio::test]
async fn who_leaves_a_group_in_one_tab_looks_at_it_in_no_other() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mei = Person::come(&server, "mei").await;
    let one = browser.open(&front(&server)).await;
    one.part("sign-in-name").await;
    one.click("stay-signed-in").await;
    one.sign_in("anna").await;
    let other = browser.open(&front(&server)).await;
    other.online().await;
    let group = mei.group("Weekend trip", &["anna"]).await;
    for tab in [&one, &other] {
        tab.choose("Weekend trip").await;
    }
    one.click("details").await;
    one.click("leave").await;
    one.click("leave-confirm").await;
    for tab in [&one, &other] {
        tab.until("home", "location.pathname === '/'").await;
        tab.until("the group gone", "!document.querySelector(`[data-name='Weekend trip']`)").await;
    }
    mei.add(group, client_id(), &["anna"]).await.unwrap();
    other.choose("Weekend trip").await;
    other.say("here I am again").await;
    one.choose("Weekend trip").await;
    one.hears("here I am again").await;
}

#[tokio::test]
async fn a_name_that_cannot_be_is_refused_at_the_field() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&front(&server)).await;
    tab.type_into("sign-in-name", "two words").await;
    tab.click("sign-in-submit").await;
    tab.part("sign-in-error").await;
}

#[tokio::test]
async fn where_accounts_are_needed_name_and_password_come_in() {
    let mut server = Server::with().flags(["--access", "accounts"]).start().await;
    server.sigterm().await;
    add_account(&server, "mei", "a long walk by the sea");
    server.restart().await;
    let browser = Browser::start().await;
    let tab = browser.open(&front(&server)).await;
    for (name, password) in [("mei", "something else"), ("nobody2", "a long walk by the sea")] {
        tab.run("document.querySelectorAll('.sign-in-form input[type=text], .sign-in-form input[type=password]').forEach(i => i.value = '')").await;
        tab.type_into("sign-in-name", name).await;
        tab.type_into("sign-in-password", password).await;
        tab.click("sign-in-submit").await;
        tab.shows("sign-in-error", "not the password").await;
    }
    tab.run("document.querySelectorAll('.sign-in-form input[type=text], .sign-in-form input[type=password]').forEach(i => i.value = '')").await;
    tab.type_into("sign-in-name", "mei").await;
    tab.type_into("sign-in-password", "a long walk by the sea").await;
    tab.click("sign-in-submit").await;
    tab.online().await;
}

#[tokio::test]
async fn the_language_follows_the_browser_and_can_be_switched_for_good() {
    let server = Server::start().await;
    let browser = Browser::looking(Look::DESKTOP.chinese()).await;
    let tab = browser.open(&front(&server)).await;
    tab.part("sign-in-name").await;
    let lang = "document.documentElement.lang";
    tab.until("Chinese", &format!("{lang}.startsWith('zh')")).await;
    tab.click("language-switch").await;
    tab.until("English", &format!("{lang}.startsWith('en')")).await;
    tab.reload().await;
    tab.part("sign-in-name").await;
    tab.until("English still", &format!("{lang}.startsWith('en')")).await;
}

#[tokio::test]
async fn a_session_that_was_ended_leads_to_the_door() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&front(&server)).await;
    tab.sign_in("anna").await;
    // Signed out behind the page's back, as from another place.
    tab.run(
        "const token = [...Object.values(sessionStorage), ...Object.values(localStorage)].join(' ')\
         .match(/[A-Za-z0-9_-]{43}/)[0]; \
         fetch('/api/v1/session', { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })",
    )
    .await;
    tab.part("sign-in-name").await;
}

#[tokio::test]
async fn an_answer_that_comes_after_signing_out_leads_nowhere() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let _mei = Person::come(&server, "mei").await;
    let tab = browser.open(&front(&server)).await;
    tab.sign_in("anna").await;
    tab.click("new-conversation").await;
    tab.click("new-direct-tab").await;
    tab.type_into("direct-name", "mei").await;
    // Held back until the person is gone.
    tab.run(
        "const real = window.fetch; const gone = new Promise(done => { window.answer = done }); \
         window.fetch = (...asked) => real(...asked).then(async response => { \
         if (asked[0].method === 'POST') { window.asked = true; await gone; } return response })",
    )
    .await;
    tab.click("start-conversation").await;
    tab.until("the command on its way", "window.asked").await;
    tab.run("document.querySelector('[data-testid=sign-out]').click()").await;
    tab.part("sign-in-name").await;
    tab.run("window.answer(); return new Promise(done => setTimeout(done))").await;
    tab.sign_in("anna").await;
    tab.until("home", "location.pathname === '/'").await;
}
