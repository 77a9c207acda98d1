//! Files in messages: uploads that are cut off and go on, pictures and their viewer, voice messages, link previews.

pub mod link_previews;
mod uploading;
mod viewing;
mod voice;

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{door_of, turn_to};
use crate::support::{
    Server,
    browser::{Browser, Tab},
};

/// A file beside the tests.
pub fn fixture(name: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/files").join(name);
    file.canonicalize().expect("the fixture is there")
}

/// Anna and Mei, each in the conversation with the other.
pub async fn two_tabs(server: &Server, browser: &Browser) -> (Tab, Tab) {
    let mei = browser.open(&door_of(server, "mei")).await;
    mei.online().await;
    let anna = browser.open(&door_of(server, "anna")).await;
    anna.online().await;
    turn_to(&anna, "mei").await;
    turn_to(&mei, "anna").await;
    (anna, mei)
}

/// Attaches files and waits until they are complete.
pub async fn attach(tab: &Tab, files: &[PathBuf]) {
    tab.choose_files("attach-input", files).await;
    ready(tab, files.len()).await;
}

/// Waits until so many files beside the field are complete.
pub async fn ready(tab: &Tab, count: usize) {
    let done = format!("document.querySelectorAll('[data-testid=tray-file].done').length === {count}");
    tab.until("complete files", &done).await;
}

/// Waits until so many pictures are there.
pub async fn pictures(tab: &Tab, count: usize) {
    let there = format!(
        "(all => all.length === {count} && all.every(img => img.complete && img.naturalWidth > 0))\
         ([...document.querySelectorAll('[data-testid=picture] img')])"
    );
    tab.until(&format!("{count} pictures"), &there).await;
}

/// The SHA-256 of what the link of a file leads to, in hexadecimal.
async fn digest_of_link(tab: &Tab) -> String {
    let link = "[data-testid=file]";
    tab.until("a link", &format!("!!document.querySelector('{link}')?.href")).await;
    let fetch = format!(
        "return (async () => {{ const bytes = await (await fetch(document.querySelector({}).href)).arrayBuffer(); \
         return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]\
         .map(b => b.toString(16).padStart(2, '0')).join('') }})()",
        json!(link)
    );
    tab.run(&fetch).await.as_str().expect("a digest is a text").to_owned()
}
