//! The search within a conversation, with Ctrl+F.

use super::Scene;
use crate::support::browser::Tab;

const FIND: &str = "\u{e009}f\u{e000}";

const FIELD: &str = "document.activeElement.dataset.testid === 'find-field'";

/// Waits until the count says this, and this text is tinted as the hit where one is.
async fn is_at(tab: &Tab, count: &str, row: &str) {
    tab.until(
        count,
        &format!("document.querySelector('[data-testid=find-count]')?.textContent === '{count}'"),
    )
    .await;
    let at = "[...CSS.highlights.get('found-current') ?? []].map(range => range.startContainer.parentElement.closest('.bubble')\
        .querySelector('[data-testid=message-text]').textContent)[0]";
    tab.until(&format!("at {row:?}"), &format!("{at} === '{row}'")).await;
}

#[tokio::test]
async fn hits_are_stepped_through_in_their_places() {
    let mut scene = Scene::start().await;
    scene.says(&["the first train", "坐火车去"]).await;
    for number in 0..60 {
        scene.socket.send_text(scene.trip, &format!("line {number}")).await;
    }
    scene.says(&["the last train", "the train **after** it", "the end"]).await;
    let anna = &scene.anna;
    anna.choose("Trip").await;
    // At the first of what is unread: the others are not there yet.
    anna.hears("the first train").await;
    anna.type_into("composer-input", FIND).await;
    anna.until("the field", FIELD).await;
    anna.type_into("find-field", "trai").await;
    is_at(anna, "1 of 3", "the train after it").await;
    anna.until("the others tinted", "[...CSS.highlights.get('found')].map(String).join() === 'trai'").await;
    anna.press("Enter").await;
    is_at(anna, "2 of 3", "the last train").await;
    anna.press("Enter").await;
    is_at(anna, "3 of 3", "the first train").await;
    let in_view = "(({ top, bottom }) => top > 0 && bottom < innerHeight)(document.querySelector('.row.found').getBoundingClientRect())";
    anna.until("in view", in_view).await;
    anna.press_with_shift("Enter").await;
    is_at(anna, "2 of 3", "the last train").await;
    anna.click("find-newer").await;
    is_at(anna, "1 of 3", "the train after it").await;
    anna.type_into("find-field", "\u{e009}a\u{e000}火").await;
    is_at(anna, "1 of 1", "坐火车去").await;
    anna.type_into("find-field", "\u{e009}a\u{e000}nowhere").await;
    anna.shows("find-count", "Nothing found").await;
    anna.until("no tint", "!CSS.highlights.has('found-current')").await;
    anna.escape().await;
    anna.gone("find-bar").await;
    anna.until("back", "document.activeElement.dataset.testid === 'composer-input'").await;
    anna.until("no tint", "!CSS.highlights.has('found')").await;
}

#[tokio::test]
async fn pressed_twice_the_key_is_the_browsers() {
    let mut scene = Scene::start().await;
    scene.says(&["the train"]).await;
    scene.anna.choose("Trip").await;
    scene.anna.run("addEventListener('keydown', event => window.prevented = event.key === 'f' ? event.defaultPrevented : window.prevented)").await;
    scene.anna.type_into("composer-input", FIND).await;
    scene.anna.until("the field", FIELD).await;
    assert_eq!(scene.anna.run("return window.prevented").await, true);
    scene.anna.type_into("find-field", FIND).await;
    scene.anna.until("the browser's", "window.prevented === false").await;
    // From elsewhere, the key leads back to the field.
    scene.anna.type_into("composer-input", FIND).await;
    scene.anna.until("the field", FIELD).await;
    assert_eq!(scene.anna.run("return window.prevented").await, true);
}

#[tokio::test]
async fn the_bar_leads_to_the_list_of_hits() {
    let mut scene = Scene::start().await;
    scene.says(&["the train"]).await;
    scene.anna.choose("Trip").await;
    scene.anna.click("find").await;
    scene.anna.until("the field", FIELD).await;
    scene.anna.type_into("find-field", "train").await;
    is_at(&scene.anna, "1 of 1", "the train").await;
    scene.anna.click("find-all").await;
    super::finds(&scene.anna, &["the train"]).await;
    scene.anna.shows("search-chip", "Trip").await;
}
