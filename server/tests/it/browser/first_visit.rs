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

/// The most that a first visit may fetch until the page can be used, in bytes of brotli, without the headers.
const LIMIT: u64 = 300_000;

/// A debug page is a single module of more bytes than this. There is nothing to measure.
const DEBUG_MODULE: u64 = 4_000_000;

/// A file of the page that a tab has fetched.
struct File {
    path: String,
    /// Its bytes as they came.
    encoded: u64,
    decoded: u64,
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

/// Refuses what the page fetches on demand.
async fn refuse_parts(browser: &Browser, refused: bool) {
    let cdp = browser.driver.cdp();
    cdp.send_raw("Network.enable", json!({})).await.expect("the network is watched");
    let urls = if refused { json!(["*-split_*", "*-chunk_*"]) } else { json!([]) };
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
    let total: u64 = files.iter().map(|file| file.encoded).sum();
    let list: Vec<_> = files.iter().map(|file| format!("{:>8} {}", file.encoded, file.path)).collect();
    println!("a first visit: {total} bytes\n{}", list.join("\n"));
    assert!(total < LIMIT, "{total} bytes:\n{}", list.join("\n"));
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
    refuse_parts(&browser, true).await;
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
    refuse_parts(&browser, false).await;
    tab.click("on-demand-retry").await;
    tab.part("direct-name").await;
    tab.gone("on-demand-failed").await;
}
