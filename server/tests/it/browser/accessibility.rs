//! What axe-core finds on the views of the page: nothing, by the rules of WCAG 2.2, levels A and AA.

use std::{env, fs};

use serde_json::json;

use super::{
    attachments::{attach, fixture, pictures, ready, two_tabs},
    door_of,
    message_actions::{choose, selector_of},
    search::can_be_found,
};
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
};

/// axe-core, which `scripts/tools.sh test` puts beside the tools; none where it is not installed.
fn axe() -> Option<String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).find_map(|folder| fs::read_to_string(folder.join("axe.min.js")).ok());
    if found.is_none() {
        assert!(env::var_os("CI").is_none(), "axe-core is not installed");
        println!("SKIPPED: axe-core is not on PATH");
    }
    found
}

/// Checks that axe finds nothing on what a tab shows.
async fn finds_nothing(tab: &Tab, axe: &str, view: &str) {
    let rules = json!({ "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    tab.run(&format!("if (!window.axe) {{ {axe} }}")).await;
    let script = format!(
        "await Promise.allSettled(document.getAnimations().map(a => a.effect.getTiming().iterations === Infinity || a.finished)); \
         return (await axe.run(document, {rules})).violations\
         .flatMap(v => v.nodes.map(n => v.id + ': ' + n.target.join(' ') + ' ' + n.failureSummary))"
    );
    let found = tab.run(&format!("return (async () => {{ {script} }})()")).await;
    assert_eq!(found, json!([]), "{view}");
}

#[tokio::test]
async fn nothing_is_found_on_the_main_views() {
    let Some(axe) = axe() else { return };
    for (look, name) in [(Look::DESKTOP, "light"), (Look::DESKTOP.dark(), "dark"), (Look::PHONE, "phone")] {
        let (server, browser) = (Server::start().await, Browser::looking(look).await);
        let check = async |tab: &Tab, view: &str| finds_nothing(tab, &axe, &format!("{view}, {name}")).await;
        let anna = browser.open(&server.url("/")).await;
        anna.part("sign-in-name").await;
        check(&anna, "signing in").await;
        anna.go(&door_of(&server, "anna")).await;
        anna.online().await;
        anna.may_be_added().await;
        let mei = Person::come(&server, "mei").await;
        let trip = mei.group("Trip", &["anna"]).await;
        let mut socket = mei.connect().await;
        for text in ["hello", "@anna look at https://oldtown.example", "and\nlines"] {
            socket.send_text(trip, text).await;
        }
        anna.shows("unread-badge", "@ 3").await;
        check(&anna, "the list").await;
        anna.choose("Trip").await;
        anna.hears("hello").await;
        anna.say("mine").await;
        anna.said("mine").await;
        let head = mei.view(trip).await.head_seq;
        socket.read(trip, head).await;
        anna.part("reader-faces").await;
        check(&anna, "a conversation").await;
        anna.type_into("composer-input", "@").await;
        anna.part("completions").await;
        check(&anna, "the completions").await;
        anna.escape().await;
        anna.gone("completions").await;
        let message = selector_of(&anna, "hello").await;
        anna.right_click(&message).await;
        anna.part("message-menu").await;
        check(&anna, "the menu of a message").await;
        anna.escape().await;
        anna.gone("message-menu").await;
        choose(&anna, &message, "menu-forward").await;
        anna.part("forward-dialog").await;
        check(&anna, "forwarding").await;
        anna.escape().await;
        anna.gone("forward-dialog").await;
        choose(&anna, &message, "menu-save").await;
        anna.part("toast").await;
        check(&anna, "a toast").await;
        choose(&anna, &message, "menu-unread").await;
        anna.part("new-line").await;
        check(&anna, "what is marked as unread").await;
        choose(&anna, &message, "menu-readers").await;
        anna.part("reader").await;
        check(&anna, "who has read a message").await;
        anna.escape().await;
        anna.gone("readers-dialog").await;
        choose(&anna, &message, "menu-thread").await;
        anna.part("thread-panel").await;
        anna.send_from("thread", "a reply").await;
        anna.shows("thread-panel", "a reply").await;
        check(&anna, "a thread").await;
        anna.back().await;
        anna.gone("thread-panel").await;
        anna.part("thread-line").await;
        anna.click("details").await;
        anna.part("details-panel").await;
        check(&anna, "the details").await;
        anna.go(&format!("http://localhost:{}/threads", server.port())).await;
        anna.part("inbox-title").await;
        anna.part("inbox-thread").await;
        check(&anna, "the threads").await;
        anna.go(&format!("http://localhost:{}/", server.port())).await;
        anna.click("settings").await;
        anna.part("settings-menu").await;
        check(&anna, "the settings").await;
        anna.click("privacy").await;
        anna.part("shares-read-positions").await;
        check(&anna, "privacy").await;
        anna.go(&format!("http://localhost:{}/saved", server.port())).await;
        anna.part("saved-message").await;
        check(&anna, "saved messages").await;
    }
}

#[tokio::test]
async fn nothing_is_found_on_the_views_of_files() {
    let Some(axe) = axe() else { return };
    for (look, name) in [(Look::DESKTOP, "light"), (Look::DESKTOP.dark(), "dark"), (Look::PHONE, "phone")] {
        let (server, browser) = (Server::start().await, Browser::looking(look).await);
        let check = async |tab: &Tab, view: &str| finds_nothing(tab, &axe, &format!("{view}, {name}")).await;
        let (anna, mei) = two_tabs(&server, &browser).await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let report = folder.path().join("report.pdf");
        std::fs::write(&report, "a report").expect("a file can be written");
        anna.choose_files("attach-input", &[fixture("dusk.jpg"), fixture("ball.gif"), report]).await;
        ready(&anna, 3).await;
        check(&anna, "files beside the field").await;
        anna.click("composer-send").await;
        pictures(&mei, 2).await;
        anna.click("record").await;
        anna.part("recorder-bars").await;
        check(&anna, "recording").await;
        anna.until("a second", "document.querySelector('[data-testid=recorder-time]').textContent >= '0:01'")
            .await;
        anna.click("recorder-send").await;
        mei.part("voice").await;
        attach(&mei, &[fixture("night.jpg")]).await;
        mei.say("mine").await;
        pictures(&anna, 3).await;
        check(&anna, "messages with files").await;
        check(&mei, "one's own message with files").await;
        mei.click("picture").await;
        mei.until("the picture", "!!document.querySelector('[data-testid=viewer-picture].loaded')").await;
        check(&mei, "the viewer").await;
    }
}

#[tokio::test]
async fn nothing_is_found_on_the_search() {
    let Some(axe) = axe() else { return };
    for (look, name) in [(Look::DESKTOP, "light"), (Look::DESKTOP.dark(), "dark"), (Look::PHONE, "phone")] {
        let (server, browser) = (Server::start().await, Browser::looking(look).await);
        let check = async |tab: &Tab, view: &str| finds_nothing(tab, &axe, &format!("{view}, {name}")).await;
        let anna = browser.open(&door_of(&server, "anna")).await;
        anna.online().await;
        anna.may_be_added().await;
        let mei = Person::come(&server, "mei").await;
        let trip = mei.group("Trip", &["anna"]).await;
        let mut socket = mei.connect().await;
        for text in ["who is in?", "the early train", "wonderful"] {
            socket.send_text(trip, text).await;
        }
        can_be_found(&mei, "wonderful").await;
        anna.shows("unread-badge", "3").await;
        anna.type_into("filter", "tr").await;
        anna.part("search-messages").await;
        check(&anna, "the way to the messages").await;
        anna.type_into("filter", "ain").await;
        anna.click("search-messages").await;
        anna.part("search-hit").await;
        anna.click("search-around").await;
        anna.part("search-neighbours").await;
        check(&anna, "what was found").await;
        anna.type_into("search-field", " -from:anna from:me").await;
        anna.part("search-chip").await;
        anna.part("search-completion").await;
        check(&anna, "the completions of the search").await;
        anna.type_into("search-field", "\u{e007}").await;
        anna.click("filter-before").await;
        anna.part("search-day").await;
        check(&anna, "the days of the search").await;
        anna.type_into("search-field", "2020-01-01\u{e007}\u{e007}").await;
        anna.part("search-nothing").await;
        check(&anna, "nothing found").await;
        anna.click("search-clear").await;
        anna.part("search-recent").await;
        check(&anna, "recent searches").await;
        anna.go(&format!("http://localhost:{}/c/{trip}", server.port())).await;
        anna.hears("wonderful").await;
        anna.click("find").await;
        anna.type_into("find-field", "train").await;
        anna.shows("find-count", "1 of 1").await;
        check(&anna, "the search in a conversation").await;
    }
}
