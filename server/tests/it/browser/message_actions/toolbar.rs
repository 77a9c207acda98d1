//! The toolbar of the message below the mouse or with the focus.

use super::{FOCUSED, Scene, toolbar_at, use_toolbar};
use crate::support::browser::Look;

#[tokio::test]
async fn the_toolbar_is_at_the_message_below_the_mouse_and_reacts() {
    let scene = Scene::start().await;
    let first = scene.anna_says("who is in?").await;
    let second = scene.anna_says("the early train").await;
    use_toolbar(&scene.ben, &first, "quick-reaction").await;
    for tab in [&scene.anna, &scene.ben] {
        tab.until("one reaction", "document.querySelector('[data-testid=reaction]')?.dataset.emoji === '👍'")
            .await;
    }
    scene.ben.gone("action-edit").await;
    scene.ben.hover(&second).await;
    toolbar_at(&scene.ben, &second).await;
    let toolbars =
        scene.ben.run("return document.querySelectorAll('[data-testid=message-toolbar]').length").await;
    assert_eq!(toolbars, 1, "one serves all messages");
    scene.anna.hover(&first).await;
    scene.anna.part("action-edit").await;
    scene.anna.hover("[data-testid=composer-input]").await;
    scene.anna.until("no toolbar", "document.querySelector('[data-testid=message-toolbar]').hidden").await;
}

#[tokio::test]
async fn the_arrows_walk_the_messages_and_tab_leads_into_the_toolbar() {
    let scene = Scene::start().await;
    let first = scene.anna_says("who is in?").await;
    let second = scene.anna_says("the early train").await;
    let seq = |selector: &str| selector.replace(|c: char| !c.is_ascii_digit(), "");
    let focused = |selector: &str| format!("{FOCUSED} === '{}'", seq(selector));
    scene.ben.run("document.querySelector('[data-testid=timeline]').focus()").await;
    scene.ben.press("ArrowUp").await;
    scene.ben.until("the last message", &focused(&second)).await;
    scene.ben.press("ArrowUp").await;
    scene.ben.until("the one above", &focused(&first)).await;
    toolbar_at(&scene.ben, &first).await;
    scene.ben.press("Tab").await;
    scene.ben.until("a button", &format!("{FOCUSED} === 'quick-reaction'")).await;
    scene.ben.press("Enter").await;
    scene.anna.part("reaction").await;
    scene.ben.press("Escape").await;
    scene.ben.until("the message", &focused(&first)).await;
    scene.ben.press("ArrowDown").await;
    scene.ben.until("the one below", &focused(&second)).await;
    scene.ben.press("Escape").await;
    scene.ben.until("the timeline", &format!("{FOCUSED} === 'timeline'")).await;
}

#[tokio::test]
async fn the_message_at_the_keyboard_keeps_the_toolbar() {
    let scene = Scene::start().await;
    let first = scene.anna_says("who is in?").await;
    let second = scene.anna_says("the early train").await;
    scene.ben.run("document.querySelector('[data-testid=timeline]').focus()").await;
    scene.ben.press("ArrowUp").await;
    toolbar_at(&scene.ben, &second).await;
    // The mouse takes it, and gives it back.
    scene.ben.hover(&first).await;
    toolbar_at(&scene.ben, &first).await;
    scene.ben.hover("[data-testid=composer-input]").await;
    toolbar_at(&scene.ben, &second).await;
    // The menu that it opened gives the focus back to it.
    scene.ben.press("Tab").await;
    scene.ben.until("a button", &format!("{FOCUSED} === 'quick-reaction'")).await;
    scene.ben.run("document.querySelector('[data-testid=action-more]').focus()").await;
    scene.ben.press("Enter").await;
    scene.ben.part("message-menu").await;
    scene.ben.press("Escape").await;
    scene.ben.gone("message-menu").await;
    scene.ben.until("the button", &format!("{FOCUSED} === 'action-more'")).await;
    toolbar_at(&scene.ben, &second).await;
}

#[tokio::test]
async fn in_a_narrow_window_the_toolbar_is_not_cut_off() {
    let scene = Scene::looking(Look { size: (390, 800), ..Look::DESKTOP }).await;
    let short = scene.anna_says("hi").await;
    let long = scene.anna_says(&"many words in it ".repeat(8)).await;
    let inside = "(r => r.width > 0 && r.left >= 0 && r.right <= innerWidth)\
        (document.querySelector('[data-testid=message-toolbar]').getBoundingClientRect())";
    for tab in [&scene.anna, &scene.ben] {
        for message in [&short, &long] {
            tab.hover(message).await;
            toolbar_at(tab, message).await;
            tab.until("the whole toolbar on the screen", inside).await;
        }
    }
}
