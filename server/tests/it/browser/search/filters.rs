//! Filters: as chips, with completions, by keyboard and by mouse.

use confab_shared::command::Pin;

use super::{Scene, can_be_found, finds, open, search_for};
use crate::support::{Person, browser::Tab, client_id};

async fn chips(tab: &Tab, wanted: &str) {
    let chips = "[...document.querySelectorAll('[data-testid=search-chip]')].map(chip => chip.dataset.filter).join(' ')";
    tab.until(&format!("the chips {wanted:?}"), &format!("{chips} === '{wanted}'")).await;
}

#[tokio::test]
async fn a_filter_is_completed_by_the_keyboard() {
    let mut scene = Scene::start().await;
    scene.says(&["mine is the early train"]).await;
    scene.anna.choose("Trip").await;
    scene.anna.say("the train is late").await;
    scene.anna.said("the train is late").await;
    can_be_found(&scene.mei, "late").await;
    scene.anna.run("document.activeElement.blur()").await;
    open(&scene.anna).await;
    scene.anna.type_into("search-field", "train fr").await;
    scene.anna.shows("search-completions", "Written by a person").await;
    // The arrow, since `fr` may be a word.
    scene.anna.press("ArrowDown").await;
    scene.anna.press("Enter").await;
    let text = "document.querySelector('[data-testid=search-field]').value";
    scene.anna.until("the name", &format!("{text} === 'train from:'")).await;
    scene.anna.type_into("search-field", "mei").await;
    scene
        .anna
        .until("mei", "!!document.querySelector('[data-testid=search-completion][data-source=\"from:mei\"]')")
        .await;
    scene.anna.press("Enter").await;
    chips(&scene.anna, "from:mei").await;
    scene.anna.until("the rest", &format!("{text}.trim() === 'train'")).await;
    finds(&scene.anna, &["mine is the early train"]).await;
    // Turned around, and back.
    scene.anna.click_on("[data-testid=search-chip] button").await;
    chips(&scene.anna, "-from:mei").await;
    finds(&scene.anna, &["the train is late"]).await;
    scene.anna.click_on("[data-testid=search-chip] .search-chip-remove").await;
    finds(&scene.anna, &["mine is the early train", "the train is late"]).await;
    // The chip is text again.
    search_for(&scene.anna, "is:pinned ").await;
    chips(&scene.anna, "is:pinned").await;
    scene.anna.type_into("search-field", "\u{e003}").await;
    chips(&scene.anna, "").await;
    scene.anna.until("text", &format!("{text} === 'is:pinned'")).await;
}

#[tokio::test]
async fn filters_are_picked_with_the_mouse() {
    let mut scene = Scene::start().await;
    scene.says(&["the map is at https://oldtown.example", "the map is lost"]).await;
    let ben = Person::come(&scene.server, "ben").await;
    let other = ben.group("Office", &["anna"]).await;
    let mut socket = ben.connect().await;
    let pinned = socket.send_text(other, "the map of the office").await.seq;
    let pin = Pin { client_id: client_id(), conversation: other, target: pinned, on: true };
    socket.carry_out(pin).await.expect("it is pinned");
    can_be_found(&ben, "office is:pinned").await;
    open(&scene.anna).await;
    search_for(&scene.anna, "map").await;
    finds(
        &scene.anna,
        &["the map is at https://oldtown.example", "the map is lost", "the map of the office"],
    )
    .await;
    scene
        .anna
        .until("two groups", "document.querySelectorAll('[data-testid=search-group]').length === 2")
        .await;
    scene.anna.click("filter-in").await;
    scene.anna.click_on(&format!("[data-source='in:#{other}']")).await;
    chips(&scene.anna, &format!("in:#{other}")).await;
    scene.anna.shows("search-chip", "Office").await;
    finds(&scene.anna, &["the map of the office"]).await;
    scene.anna.click("search-clear").await;
    scene.anna.click("filter-has").await;
    scene.anna.click_on("[data-source='has:link']").await;
    finds(&scene.anna, &["the map is at https://oldtown.example"]).await;
    scene.anna.click_on("[data-testid=search-chip] .search-chip-remove").await;
    scene.anna.click("filter-is").await;
    scene.anna.click_on("[data-source='is:pinned']").await;
    finds(&scene.anna, &["the map of the office"]).await;
    scene.anna.click("search-clear").await;
    search_for(&scene.anna, "map").await;
    scene.anna.click("filter-after").await;
    scene.anna.click_on("[data-testid=search-completion]").await;
    finds(
        &scene.anna,
        &["the map is at https://oldtown.example", "the map is lost", "the map of the office"],
    )
    .await;
    scene.anna.click("search-clear").await;
    scene.anna.click("filter-before").await;
    let set = "const day = document.querySelector('[data-testid=search-day]'); day.value = '2020-02-29'; \
        day.dispatchEvent(new Event('change', { bubbles: true }))";
    scene.anna.part("search-day").await;
    scene.anna.run(set).await;
    chips(&scene.anna, "before:2020-02-29").await;
    scene.anna.part("search-nothing").await;
}
