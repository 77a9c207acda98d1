//! Files in messages: uploads that are cut off and go on, pictures and their viewer, voice messages, link previews.

pub mod link_previews;
mod tabs;
mod uploading;
mod viewing;
mod voice;

use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::{door_of, turn_to};
use crate::support::{
    Server,
    browser::{Browser, Tab, input::Line},
};

/// What an upload of the tests goes at, in bytes a second.
const SLOW: Line = Line::Slow(400_000);

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

/// A file of noise in a folder of its own, and its digest.
fn noise(name: &str, bytes: usize) -> (TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join(name);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let content: Vec<u8> = (0..bytes)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        })
        .collect();
    std::fs::write(&path, &content).expect("a file can be written");
    let digest = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    (folder, path, digest)
}

/// Waits until an upload beside the field has come so far, in percent.
async fn has_come_to(tab: &Tab, percent: u32) {
    let there =
        format!("+document.querySelector('[data-testid=upload-toggle]')?.dataset.percent >= {percent}");
    tab.until(&format!("{percent} %"), &there).await;
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
