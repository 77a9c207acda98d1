//! Pages like the demo's: they know nothing of Confab, and work unchanged.

use std::path::PathBuf;

use axum::{Router, response::Html, routing::get};
use tempfile::TempDir;

use super::{door_of, turn_to};
use crate::support::{
    Server,
    browser::{Browser, Tab},
};

/// Such a page: a target, a text, a button, and what arrives. The demo prints to the console; this one to the page.
fn page(port: u16, id: &str) -> String {
    format!(
        r#"<!doctype html><meta charset="utf-8"><title>{id}</title>
<input id="target"><input id="text"><button id="send">send</button><ul id="came"></ul>
<script>
  const socket = new WebSocket("ws://localhost:{port}/ws?userID={id}");
  socket.onopen = () => document.body.dataset.state = "open";
  socket.onclose = () => document.body.dataset.state = "closed";
  socket.onmessage = (event) => {{
    const item = document.createElement("li");
    item.textContent = event.data;
    came.append(item);
  }};
  send.onclick = () => socket.send(JSON.stringify({{ userID1: "{id}", userID2: target.value, data: text.value }}));
</script>"#
    )
}

async fn open(tab: &Tab) {
    tab.until("an open socket", "document.body?.dataset.state === 'open'").await;
}

async fn send(tab: &Tab, target: &str, text: &str) {
    let (target, text) = (serde_json::json!(target), serde_json::json!(text));
    tab.run(&format!(
        "document.querySelector('#target').value = {target}; document.querySelector('#text').value = {text}; \
         document.querySelector('#send').click()"
    ))
    .await;
}

async fn gets(tab: &Tab, frame: &str) {
    let frame = serde_json::json!(frame);
    tab.until(
        "the frame",
        &format!("[...document.querySelectorAll('#came li')].some(li => li.textContent === {frame})"),
    )
    .await;
}

/// Serves the pages on a loopback port of their own, as another site.
async fn another_site(port: u16) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    let pages = Router::new().route(
        "/{id}",
        get(move |axum::extract::Path(id): axum::extract::Path<String>| async move { Html(page(port, &id)) }),
    );
    tokio::spawn(async move { axum::serve(listener, pages).await });
    format!("http://{address}")
}

#[tokio::test]
async fn two_pages_of_the_demo_and_a_person_talk() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let site = another_site(server.port()).await;
    let one = browser.open(&format!("{site}/123")).await;
    open(&one).await;
    let two = browser.open(&format!("{site}/456")).await;
    open(&two).await;
    let again = browser.open(&format!("{site}/456")).await;
    open(&again).await;

    send(&one, "456", "hi").await;
    for tab in [&two, &again] {
        gets(tab, r#"{"userID1":"123","userID2":"456","data":"hi"}"#).await;
    }

    let mei = browser.open(&door_of(&server, "mei")).await;
    mei.online().await;
    send(&one, "mei", "你好 from the demo").await;
    mei.choose("123").await;
    mei.hears("你好 from the demo").await;
    mei.say("and back").await;
    gets(&one, r#"{"userID1":"mei","userID2":"123","data":"and back"}"#).await;
}

#[tokio::test]
async fn what_is_sent_to_nobody_waits_for_the_page_that_comes() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let site = another_site(server.port()).await;
    let mei = browser.open(&door_of(&server, "mei")).await;
    mei.online().await;
    let one = browser.open(&format!("{site}/123")).await;
    open(&one).await;
    send(&one, "never-here", "are you there?").await;
    let late = browser.open(&format!("{site}/never-here")).await;
    gets(&late, r#"{"userID1":"123","userID2":"never-here","data":"are you there?"}"#).await;
    turn_to(&mei, "never-here").await;
    mei.say("welcome").await;
    gets(&late, r#"{"userID1":"mei","userID2":"never-here","data":"welcome"}"#).await;
}

fn on_disk(port: u16, id: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file: PathBuf = folder.path().join("page.html");
    std::fs::write(&file, page(port, id)).expect("a file can be written");
    let url = format!("file://{}", file.display());
    (folder, url)
}

#[tokio::test]
async fn a_page_from_disk_connects_only_where_it_is_allowed() {
    let browser = Browser::start().await;
    let strict = Server::start().await;
    let (_kept, url) = on_disk(strict.port(), "123");
    let tab = browser.open(&url).await;
    tab.until("a refusal", "document.body?.dataset.state === 'closed'").await;

    let open_to_disk = Server::with().flags(["--allow-origin", "null"]).start().await;
    let (_kept, url) = on_disk(open_to_disk.port(), "123");
    let tab = browser.open(&url).await;
    open(&tab).await;
    send(&tab, "123", "to myself").await;
    gets(&tab, r#"{"userID1":"123","userID2":"123","data":"to myself"}"#).await;
}
