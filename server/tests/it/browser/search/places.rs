//! From a hit to its place, and back.

use confab_shared::command::Send;

use super::{FOCUSED, HITS, Scene, can_be_found, finds, open, search_for};
use crate::support::client_id;

const SELECTED: &str = "document.activeElement.closest('[data-testid=search-hit]')?.dataset.hit";

const SCROLLED: &str = "document.querySelector('.search-body').scrollTop";

#[tokio::test]
async fn back_from_a_place_leads_to_the_same_hit() {
    let mut scene = Scene::start().await;
    for number in 0..45 {
        scene.socket.send_text(scene.trip, &format!("the train number {number}")).await;
        scene.socket.send_text(scene.trip, "and something else").await;
    }
    scene.says(&["the end"]).await;
    open(&scene.anna).await;
    search_for(&scene.anna, "train").await;
    scene.anna.until("a part", &format!("{HITS}.length >= 20")).await;
    for _ in 0..14 {
        scene.anna.press("ArrowDown").await;
    }
    let selected = scene.anna.until("a hit", SELECTED).await;
    let scrolled = scene.anna.until("scrolled", &format!("{SCROLLED} > 0 && {SCROLLED}")).await;
    let seq = selected.as_str().and_then(|hit| hit.split_once('-')).expect("a hit").1.to_owned();
    scene.anna.press("Enter").await;
    scene.anna.shows("conversation-title", "Trip").await;
    scene.anna.until("the place", &format!("!!document.querySelector('[data-row=\"{seq}\"].found')")).await;
    let in_view = format!(
        "(({{ top, bottom }}) => top > 0 && bottom < innerHeight)(document.querySelector('[data-row=\"{seq}\"]').getBoundingClientRect())"
    );
    scene.anna.until("in view", &in_view).await;
    scene.anna.back().await;
    scene.anna.until("the same hit", &format!("{SELECTED} === {selected}")).await;
    scene.anna.until("the same place", &format!("Math.abs({SCROLLED} - {scrolled}) < 2")).await;
    scene
        .anna
        .until("the same text", "document.querySelector('[data-testid=search-field]').value === 'train'")
        .await;
    // The keyboard goes up to the field.
    scene.anna.press("Home").await;
    scene.anna.press("ArrowUp").await;
    scene.anna.until("the field", &format!("{FOCUSED} === 'search-field'")).await;
}

#[tokio::test]
async fn an_address_is_a_search() {
    let mut scene = Scene::start().await;
    scene.says(&["the early train", "火车几点开？"]).await;
    scene.anna.go(&scene.address("train%20from%3Amei")).await;
    finds(&scene.anna, &["the early train"]).await;
    scene.anna.shows("search-chip", "mei").await;
    scene.anna.reload().await;
    finds(&scene.anna, &["the early train"]).await;
    search_for(&scene.anna, "火").await;
    finds(&scene.anna, &["火车几点开？"]).await;
    scene.anna.reload().await;
    finds(&scene.anna, &["火车几点开？"]).await;
    // Somebody else signs in at that address.
    let address = scene.anna.run("return location.href").await.as_str().expect("an address").to_owned();
    let other = scene.browser.open("about:blank").await;
    other.go(&address).await;
    other.run("sessionStorage.clear(); localStorage.clear()").await;
    other.reload().await;
    other.sign_in("ben").await;
    other.part("search-page").await;
    other.until("the query", "document.querySelector('[data-testid=search-field]').value === '火'").await;
    other.part("search-nothing").await;
}

#[tokio::test]
async fn a_reply_of_a_thread_is_found_in_its_thread() {
    let mut scene = Scene::start().await;
    let root = scene.socket.send_text(scene.trip, "who is in?").await.seq;
    let reply = Send { thread: Some(root), ..Send::new(client_id(), scene.trip, "with pleasure".to_owned()) };
    scene.socket.carry_out(reply).await.expect("it is taken");
    can_be_found(&scene.mei, "pleasure").await;
    open(&scene.anna).await;
    search_for(&scene.anna, "pleas").await;
    finds(&scene.anna, &["with pleasure"]).await;
    scene.anna.click_on("[data-testid=search-hit] a").await;
    scene.anna.shows("thread-panel", "with pleasure").await;
    scene.anna.until("marked", "!!document.querySelector('[data-testid=thread-panel] .found')").await;
    scene.anna.until("its address", &format!("location.search === '?thread={root}'")).await;
    scene.anna.back().await;
    finds(&scene.anna, &["with pleasure"]).await;
}

#[tokio::test]
async fn what_was_said_around_a_hit_is_shown_on_demand() {
    let mut scene = Scene::start().await;
    scene.says(&["who is in?", "me", "the early train", "wonderful"]).await;
    open(&scene.anna).await;
    search_for(&scene.anna, "early").await;
    finds(&scene.anna, &["the early train"]).await;
    let around = "[...document.querySelectorAll('[data-testid=search-neighbours] li')].map(line => line.textContent).join(' | ')";
    scene.anna.click("search-around").await;
    scene
        .anna
        .until("three", &format!("{around}.includes('who is in?') && {around}.includes('wonderful')"))
        .await;
    scene.anna.click("search-around").await;
    scene.anna.gone("search-neighbours").await;
    // With the keyboard.
    scene.anna.type_into("search-field", "\u{e015}").await;
    scene.anna.press("ArrowRight").await;
    scene.anna.part("search-neighbours").await;
    scene.anna.press("ArrowLeft").await;
    scene.anna.gone("search-neighbours").await;
    scene.anna.escape().await;
    scene.anna.until("the field", &format!("{FOCUSED} === 'search-field'")).await;
}
