//! The picker of reactions.

use super::{FOCUSED, Scene, use_toolbar};
use crate::support::browser::Look;

const ALL: &str =
    "[...document.querySelectorAll('[data-testid=reaction]')].map(chip => chip.dataset.emoji).join('')";
const EMOJI: &str = "[data-testid=emoji-picker] [data-emoji]";
const FIRST: &str = "document.querySelector('[data-testid=emoji-picker] [data-emoji]')?.dataset.emoji";

#[tokio::test]
async fn an_emoji_is_found_by_its_name_and_comes_first_the_next_time() {
    let scene = Scene::start().await;
    let message = scene.anna_says("who is in?").await;
    let tab = &scene.ben;
    use_toolbar(tab, &message, "action-react").await;
    tab.part("emoji-picker").await;
    tab.type_into("emoji-search", "tada").await;
    tab.until("what was looked for", &format!("{FIRST} === '🎉'")).await;
    tab.press("Enter").await;
    tab.gone("emoji-picker").await;
    scene.anna.until("the reaction", &format!("{ALL} === '🎉'")).await;
    tab.click("add-reaction").await;
    tab.until("the last used", &format!("{FIRST} === '🎉'")).await;
    tab.type_into("emoji-search", "qqqq").await;
    tab.shows("emoji-picker", "No emoji is called").await;
    tab.escape().await;
    tab.gone("emoji-picker").await;
}

#[tokio::test]
async fn the_picker_works_by_the_keyboard_and_keeps_a_skin_tone() {
    let scene = Scene::start().await;
    let message = scene.anna_says("who is in?").await;
    let tab = &scene.ben;
    let focused = "document.activeElement.dataset.emoji";
    use_toolbar(tab, &message, "action-react").await;
    tab.until("the search", &format!("{FOCUSED} === 'emoji-search'")).await;
    tab.until("the emoji", &format!("!!{FIRST}")).await;
    tab.press("ArrowDown").await;
    tab.until("the first", &format!("{focused} === {FIRST}")).await;
    tab.press("ArrowRight").await;
    tab.press("ArrowDown").await;
    tab.until(
        "the second row",
        &format!("{focused} === [...document.querySelectorAll('{EMOJI}')][9].dataset.emoji"),
    )
    .await;
    tab.press("ArrowUp").await;
    tab.press("ArrowUp").await;
    tab.until("the search", &format!("{FOCUSED} === 'emoji-search'")).await;
    tab.click_on("[data-testid=emoji-tone]:nth-child(4)").await;
    tab.type_into("emoji-search", "thumbs up").await;
    tab.until("its tone", &format!("{FIRST} === '👍🏽'")).await;
    tab.press("ArrowDown").await;
    tab.press("Enter").await;
    scene.anna.until("the reaction", &format!("{ALL} === '👍🏽'")).await;
    tab.reload().await;
    tab.hears("who is in?").await;
    tab.click("add-reaction").await;
    let tone = "document.querySelector('[data-testid=emoji-tone][aria-checked=true]')?.textContent";
    tab.until("the tone", &format!("{tone} === '✋🏽'")).await;
}

#[tokio::test]
async fn on_a_phone_the_picker_comes_from_the_lower_edge_in_the_readers_language() {
    let scene = Scene::looking(Look::PHONE.chinese()).await;
    let message = scene.anna_says("谁来?").await;
    let tab = &scene.ben;
    tab.touch(&message).await;
    tab.part("message-menu").await;
    tab.lift().await;
    tab.click("menu-react").await;
    tab.until("the emoji", &format!("!!{FIRST}")).await;
    let search = format!("{FOCUSED} === 'emoji-search'");
    assert_eq!(tab.run(&format!("return {search}")).await, false, "no keyboard comes");
    tab.type_into("emoji-search", "庆祝").await;
    tab.click_on("[data-testid=emoji-picker] [data-emoji='🎉']").await;
    tab.gone("emoji-picker").await;
    scene.anna.until("the reaction", &format!("{ALL} === '🎉'")).await;
}
