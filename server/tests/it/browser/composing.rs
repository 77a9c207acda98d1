//! The composer.

use super::{door_of, turn_to};
use crate::support::{
    Person, Server,
    browser::{Browser, Tab},
};

const BOX: &str = "document.querySelector('[data-testid=composer-input]')";

async fn anna_with_mei(server: &Server, browser: &Browser) -> Tab {
    Person::come(server, "mei").await;
    let anna = browser.open(&door_of(server, "anna")).await;
    turn_to(&anna, "mei").await;
    anna
}

#[tokio::test]
async fn shift_enter_breaks_the_line_and_enter_sends() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = anna_with_mei(&server, &browser).await;
    // WebDriver's keys: U+E008 is Shift, U+E007 Enter, U+E000 lets go.
    anna.type_into("composer-input", "one\u{e008}\u{e007}\u{e000}two").await;
    let height = format!("{BOX}.clientHeight");
    assert_eq!(anna.run(&format!("return {BOX}.value")).await, "one\ntwo");
    let tall = anna.run(&format!("return {height}")).await.as_f64();
    anna.type_into("composer-input", "\u{e007}").await;
    anna.said("one\ntwo").await;
    assert_eq!(anna.run(&format!("return {BOX}.value")).await, "");
    let low = anna.run(&format!("return {height}")).await.as_f64();
    assert!(low < tall, "the composer grows with the text and shrinks after it: {tall:?}, {low:?}");
}

#[tokio::test]
async fn an_input_methods_enter_never_sends() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = anna_with_mei(&server, &browser).await;
    anna.type_into("composer-input", "ni hao").await;
    anna.run(&format!(
        "for (const how of [{{ isComposing: true }}, {{ keyCode: 229 }}]) \
         {BOX}.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, cancelable: true, ...how }}))"
    ))
    .await;
    assert_eq!(anna.run(&format!("return {BOX}.value")).await, "ni hao");
    anna.type_into("composer-input", "\u{e007}").await;
    anna.said("ni hao").await;
    anna.shows_messages(&["ni hao"]).await;
}

#[tokio::test]
async fn a_draft_stays_with_its_conversation() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = anna_with_mei(&server, &browser).await;
    anna.type_into("composer-input", "not yet").await;
    anna.choose("Everyone").await;
    assert_eq!(anna.run(&format!("return {BOX}.value")).await, "");
    anna.back().await;
    anna.until("the draft", &format!("{BOX}?.value === 'not yet'")).await;
    anna.reload().await;
    anna.until("the draft after a reload", &format!("{BOX}?.value === 'not yet'")).await;
}

#[tokio::test]
async fn what_is_too_long_or_empty_is_not_sent() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = anna_with_mei(&server, &browser).await;
    anna.type_into("composer-input", "  \u{e007}").await;
    anna.run(&format!(
        "const box = {BOX}; box.value = 'x'.repeat(16 * 1024 + 1); \
         box.dispatchEvent(new Event('input', {{ bubbles: true }}))"
    ))
    .await;
    anna.type_into("composer-input", "\u{e007}").await;
    anna.part("composer-error").await;
    anna.shows_messages(&[]).await;
}
