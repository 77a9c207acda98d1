//! What a first visit fetches, and what the page fetches once it is needed.

use serde_json::json;

use super::{
    accounts::{accounts_server, administration, owner},
    door_of,
};
use crate::support::{
    Server,
    browser::{Browser, Tab},
};

/// The most that a first visit may fetch until the sign-in form can be used, in bytes of brotli, without the headers.
const LIMIT: u64 = 300_000;

/// The most that a browser without a cache may fetch until the chat is connected.
const CHAT_LIMIT: u64 = 540_000;

/// A debug page is a single module of more bytes than this. There is nothing to measure.
const DEBUG_MODULE: u64 = 4_000_000;

/// A file of the page that a tab has fetched.
struct File {
    path: String,
    /// Its bytes as they came.
    encoded: u64,
    decoded: u64,
}

impl File {
    /// Whether it is fetched on demand.
    fn is_part(&self) -> bool {
        self.path.contains("-split_") || self.path.contains("-chunk_")
    }
}

/// What a tab has fetched, without the answers of the API.
async fn files(tab: &Tab) -> Vec<File> {
    let entries = "return ['navigation', 'resource'].flatMap(type => performance.getEntriesByType(type))\
         .map(entry => [new URL(entry.name).pathname, entry.encodedBodySize, entry.decodedBodySize])";
    let entries = tab.run(entries).await;
    let entries = entries.as_array().expect("a list");
    let file = |entry: &serde_json::Value| File {
        path: entry[0].as_str().expect("a path").to_owned(),
        encoded: entry[1].as_u64().expect("a number of bytes"),
        decoded: entry[2].as_u64().expect("a number of bytes"),
    };
    entries.iter().map(file).filter(|file| !file.path.starts_with("/api/")).collect()
}

async fn has_fetched(tab: &Tab, part: &str) -> bool {
    files(tab).await.iter().any(|file| file.path.contains(part))
}

/// Whether the server has a release page; says so where not.
fn is_release(files: &[File]) -> bool {
    let is_debug = files.iter().any(|file| file.path.ends_with(".wasm") && file.decoded > DEBUG_MODULE);
    if is_debug {
        eprintln!("SKIPPED: the server has a debug page (`trunk build --release` makes one for release)");
    }
    !is_debug
}

/// Refuses the dialogs.
async fn refuse_dialogs(browser: &Browser, refused: bool) {
    let cdp = browser.driver.cdp();
    cdp.send_raw("Network.enable", json!({})).await.expect("the network is watched");
    let urls = if refused { json!(["*-split_dialogs*"]) } else { json!([]) };
    cdp.send_raw("Network.setBlockedURLs", json!({ "urls": urls })).await.expect("addresses are refused");
}

#[tokio::test]
async fn a_first_visit_fetches_less_than_the_limit() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&format!("http://localhost:{}/", server.port())).await;
    tab.part("sign-in-name").await;
    let files = files(&tab).await;
    if !is_release(&files) {
        return;
    }
    assert!(files.iter().any(|file| file.path.ends_with("_bg.wasm") && file.encoded > 0), "it has no module");
    // The form does not wait for the parts.
    assert_below("the sign-in form", LIMIT, files.iter().filter(|file| !file.is_part()));
}

#[tokio::test]
async fn the_chat_fetches_less_than_its_limit() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.online().await;
    let files = files(&tab).await;
    if !is_release(&files) {
        return;
    }
    // The dialogs are fetched once it is connected.
    assert!(files.iter().any(|file| file.path.contains("-split_chat")), "the chat has no part");
    assert_below("the chat", CHAT_LIMIT, files.iter().filter(|file| !file.path.contains("-split_dialogs")));
}

fn assert_below<'a>(what: &str, limit: u64, files: impl Iterator<Item = &'a File>) {
    let (mut total, mut list) = (0, String::new());
    for file in files {
        total += file.encoded;
        list += &format!("{:>8} {}\n", file.encoded, file.path);
    }
    println!("{what}: {total} bytes\n{list}");
    assert!(total < limit, "{what}: {total} bytes, more than {limit}:\n{list}");
}

#[tokio::test]
async fn the_administration_is_fetched_when_it_is_first_shown() {
    let (server, browser) = (accounts_server().await, Browser::start().await);
    let tab = owner(&server, &browser).await;
    if !is_release(&files(&tab).await) {
        return;
    }
    assert!(!has_fetched(&tab, "administration").await);
    administration(&tab).await;
    assert!(has_fetched(&tab, "administration").await);
}

#[tokio::test]
async fn a_dialog_whose_code_does_not_come_can_be_asked_for_again() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open("about:blank").await;
    refuse_dialogs(&browser, true).await;
    tab.go(&door_of(&server, "anna")).await;
    tab.online().await;
    if !is_release(&files(&tab).await) {
        return;
    }
    tab.click("new-conversation").await;
    tab.shows("on-demand-failed", "could not be loaded").await;
    // As after an update of the server: the page of the new version has its own.
    tab.run("window.isOld = true").await;
    tab.click("on-demand-reload").await;
    tab.until("a new page", "!window.isOld && !!document.querySelector('[data-testid=new-conversation]')")
        .await;
    tab.online().await;
    tab.click("new-conversation").await;
    tab.part("on-demand-failed").await;
    refuse_dialogs(&browser, false).await;
    tab.click("on-demand-retry").await;
    tab.part("direct-name").await;
    tab.gone("on-demand-failed").await;
}
