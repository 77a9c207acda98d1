//! The menu of a message.

use super::{FOCUSED, Scene, choose, toolbar_at};
use crate::support::browser::{Look, Tab};

const ITEMS: &str = "[...document.querySelectorAll('[data-testid=message-menu] .menu-item')]\
    .map(item => item.dataset.testid.replace('menu-', '')).join(' ')";

async fn items(tab: &Tab) -> String {
    tab.part("message-menu").await;
    tab.run(&format!("return {ITEMS}")).await.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_right_click_offers_what_one_may_do() {
    let mut scene = Scene::start().await;
    let annas = scene.anna_says("the early train").await;
    let meis = scene.mei_says("fine with me").await;
    scene.anna.right_click(&annas).await;
    assert_eq!(
        items(&scene.anna).await,
        "reply thread copy copy-link edit forward save pin follow readers delete"
    );
    // What belongs together stands together.
    let groups = "[...document.querySelectorAll('[data-testid=message-menu] .menu-group')].map(group => group.childElementCount).join(' ')";
    assert_eq!(scene.anna.run(&format!("return {groups}")).await, "2 5 3 1");
    scene.anna.escape().await;
    scene.anna.gone("message-menu").await;
    scene.anna.right_click(&meis).await;
    assert_eq!(
        items(&scene.anna).await,
        "reply thread copy copy-link forward save pin follow readers unread"
    );
}

#[tokio::test]
async fn a_text_is_copied() {
    let scene = Scene::start().await;
    let message = scene.anna_says("the early train").await;
    choose(&scene.ben, &message, "menu-copy").await;
    scene.ben.type_into("composer-input", "\u{e009}v\u{e000}").await;
    scene
        .ben
        .until(
            "the text",
            "document.querySelector('[data-testid=composer-input]').value === 'the early train'",
        )
        .await;
}

#[tokio::test]
async fn the_menu_is_opened_walked_and_left_by_the_keyboard() {
    let scene = Scene::start().await;
    let message = scene.anna_says("the early train").await;
    let tab = &scene.anna;
    let focus = async |key: &str, on: &str| {
        tab.press(key).await;
        tab.until(on, &format!("{FOCUSED} === '{on}'")).await;
    };
    let focused = format!("document.activeElement.matches(\"{message}\")");
    tab.run("document.querySelector('[data-testid=timeline]').focus()").await;
    tab.press("ArrowUp").await;
    tab.until("the message", &focused).await;
    focus("ContextMenu", "menu-reply").await;
    focus("ArrowDown", "menu-thread").await;
    focus("ArrowDown", "menu-copy").await;
    focus("ArrowDown", "menu-copy-link").await;
    focus("ArrowDown", "menu-edit").await;
    focus("End", "menu-delete").await;
    focus("ArrowDown", "menu-quick-reaction").await;
    focus("ArrowLeft", "menu-react").await;
    focus("ArrowDown", "menu-reply").await;
    focus("Home", "menu-quick-reaction").await;
    focus("ArrowUp", "menu-delete").await;
    tab.press("Escape").await;
    tab.gone("message-menu").await;
    tab.until("the message", &focused).await;
    tab.press_with_shift("F10").await;
    tab.part("message-menu").await;
    tab.until("an item", &format!("{FOCUSED} === 'menu-reply'")).await;
    focus("ArrowDown", "menu-thread").await;
    focus("ArrowDown", "menu-copy").await;
    focus("ArrowDown", "menu-copy-link").await;
    focus("ArrowDown", "menu-edit").await;
    focus("ArrowDown", "menu-forward").await;
    focus("ArrowDown", "menu-save").await;
    focus("ArrowDown", "menu-pin").await;
    tab.press("Enter").await;
    scene.ben.part("message-pinned").await;
    tab.until("the message", &focused).await;
}

#[tokio::test]
async fn the_toolbar_opens_the_menu() {
    let scene = Scene::start().await;
    let message = scene.anna_says("the early train").await;
    scene.ben.hover(&message).await;
    toolbar_at(&scene.ben, &message).await;
    scene.ben.click("action-more").await;
    scene.ben.click("menu-quick-reaction").await;
    scene.ben.gone("message-menu").await;
    scene.anna.part("reaction").await;
}

#[tokio::test]
async fn a_long_press_on_a_phone_opens_the_menu_at_the_lower_edge() {
    let scene = Scene::looking(Look::PHONE).await;
    let message = scene.anna_says("the early train").await;
    let tab = &scene.ben;
    tab.touch(&message).await;
    tab.part("message-menu").await;
    tab.lift().await;
    let place = tab
        .run(
            "const area = document.querySelector('[data-testid=message-menu]').getBoundingClientRect(); \
        return [area.left, area.right, innerWidth, innerHeight - area.bottom]",
        )
        .await;
    tab.until(
        "the lower edge",
        "Math.abs(innerHeight - document.querySelector('[data-testid=message-menu]')\
        .getBoundingClientRect().bottom) < 1",
    )
    .await;
    assert_eq!((place[0].as_f64(), place[1].as_f64()), (Some(0.0), place[2].as_f64()), "{place}");
    tab.click("menu-quick-reaction").await;
    scene.anna.part("reaction").await;
    tab.touch(&message).await;
    tab.part("message-menu").await;
    tab.lift().await;
    tab.back().await;
    tab.gone("message-menu").await;
    tab.part("composer-input").await;
}
