//! What one searched for last.

use super::{Scene, finds, open, search_for};
use crate::support::browser::Look;

const RECENT: &str = "[...document.querySelectorAll('[data-testid=recent-search]')].map(entry => entry.textContent).join(' | ')";

#[tokio::test]
async fn recent_searches_are_remembered_and_can_be_forgotten() {
    let mut scene = Scene::start().await;
    scene.says(&["the early train", "火车几点开？"]).await;
    open(&scene.anna).await;
    scene.anna.part("search-start").await;
    search_for(&scene.anna, "early\u{e007}").await;
    finds(&scene.anna, &["the early train"]).await;
    // Opening a hit remembers the search as well.
    search_for(&scene.anna, "from:mei 火车").await;
    finds(&scene.anna, &["火车几点开？"]).await;
    scene.anna.click_on("[data-testid=search-hit] a").await;
    scene.anna.shows("conversation-title", "Trip").await;
    scene.anna.click("search").await;
    scene.anna.until("both", &format!("{RECENT} === 'From: mei火车 | early'")).await;
    scene.anna.reload().await;
    scene.anna.until("both", &format!("{RECENT} === 'From: mei火车 | early'")).await;
    // With the keyboard.
    scene.anna.type_into("search-field", "\u{e015}").await;
    scene.anna.press("ArrowDown").await;
    scene.anna.press("Enter").await;
    finds(&scene.anna, &["the early train"]).await;
    scene.anna.click("search-clear").await;
    scene.anna.click_on("[data-testid=search-recent] li:first-child [data-testid=forget-search]").await;
    scene.anna.until("the other", &format!("{RECENT} === 'early'")).await;
    scene.anna.click("forget-searches").await;
    scene.anna.part("search-start").await;
    scene.anna.reload().await;
    scene.anna.part("search-start").await;
}

#[tokio::test]
async fn on_a_phone_the_search_is_a_view_of_its_own() {
    let mut scene = Scene::looking(Look::PHONE).await;
    scene.says(&["the early train"]).await;
    scene.anna.click("search").await;
    scene.anna.part("search-page").await;
    scene.anna.until("alone", "!document.querySelector('[data-testid=sidebar]').checkVisibility()").await;
    scene.anna.type_into("search-field", "train").await;
    finds(&scene.anna, &["the early train"]).await;
    let wide = "document.documentElement.scrollWidth <= innerWidth && \
        [...document.querySelectorAll('.search-body *')].every(part => part.closest('.search-filters') \
        || part.getBoundingClientRect().right <= innerWidth + 1)";
    scene.anna.until("nothing is wider than the page", wide).await;
    scene.anna.click_on("[data-testid=search-hit] a").await;
    scene.anna.hears("the early train").await;
    scene.anna.back().await;
    finds(&scene.anna, &["the early train"]).await;
    scene.anna.click("back").await;
    scene.anna.until("the list", "document.querySelector('[data-testid=sidebar]').checkVisibility()").await;
}
