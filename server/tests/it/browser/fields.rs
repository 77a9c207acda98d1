//! What every field does with an input method's keys, and with what is pasted.

use serde_json::json;

use super::{door_of, turn_to};
use crate::support::{
    Person, Server,
    browser::{Browser, Tab},
};

const MEMBER: &str = "document.querySelector('[data-testid=group-member]')";
const CHIPS: &str = "[...document.querySelectorAll('.chip span')].map(chip => chip.textContent)";

/// The dialog for a group, with a cursor in the field for members.
async fn beginning_a_group(server: &Server, browser: &Browser) -> Tab {
    let tab = browser.open(&door_of(server, "me")).await;
    tab.online().await;
    tab.click("new-conversation").await;
    tab.click("new-group-tab").await;
    tab.part("group-member").await;
    tab
}

async fn chips(tab: &Tab, wanted: &[&str]) {
    let wanted = json!(wanted).to_string();
    tab.until(
        &format!("the chips {wanted}"),
        &format!("JSON.stringify({CHIPS}) === JSON.stringify({wanted})"),
    )
    .await;
}

#[tokio::test]
async fn an_input_methods_enter_takes_no_half_written_name() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = beginning_a_group(&server, &browser).await;
    tab.type_into("group-member", "an").await;
    let taken = tab
        .run(&format!(
            "return [{{ isComposing: true }}, {{ keyCode: 229 }}].map(how => !{MEMBER}.dispatchEvent( \
             new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, cancelable: true, ...how }})))"
        ))
        .await;
    assert_eq!(taken, json!([false, false]), "the page leaves the key to the input method");
    assert_eq!(tab.run(&format!("return {MEMBER}.value")).await, "an");
    tab.type_into("group-member", "na\u{e007}").await;
    chips(&tab, &["anna"]).await;
}

#[tokio::test]
async fn a_comma_of_any_script_ends_a_name_once_it_is_composed() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = beginning_a_group(&server, &browser).await;
    let compose = |text: &str, event: &str| {
        let text = json!(text);
        format!(
            "const field = {MEMBER}; field.dispatchEvent(new CompositionEvent('compositionstart')); \
             field.value = {text}; field.dispatchEvent(new InputEvent('input', {{ bubbles: true, isComposing: true }})); \
             {event} return new Promise(done => setTimeout(done))"
        )
    };
    tab.run(&compose("李，", "")).await;
    assert_eq!(tab.run(&format!("return {MEMBER}.value")).await, "李，", "it is still being composed");
    tab.run(&compose("李雷，", "field.dispatchEvent(new CompositionEvent('compositionend'));")).await;
    chips(&tab, &["李雷"]).await;
    tab.paste("group-member", "anna, ben、mei").await;
    chips(&tab, &["李雷", "anna", "ben"]).await;
    assert_eq!(tab.run(&format!("return {MEMBER}.value")).await, "mei");
}

#[tokio::test]
async fn what_no_text_may_have_is_left_out_of_what_is_pasted() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    Person::come(&server, "mei").await;
    let tab = browser.open(&door_of(&server, "anna")).await;
    turn_to(&tab, "mei").await;
    let field = "document.querySelector('[data-testid=composer-input]')";
    tab.type_into("composer-input", "list: ").await;
    tab.paste("composer-input", "one\u{b}\u{0}\u{2028}two\u{9f}\u{1b}\tthree").await;
    tab.until("all but the control characters", &format!("{field}.value === 'list: one\\ntwo\\tthree'"))
        .await;
    // Control and Z: what was pasted can be taken back.
    tab.type_into("composer-input", "\u{e009}z\u{e000}").await;
    tab.until("what stood there before", &format!("{field}.value === 'list: '")).await;
    tab.paste("composer-input", "one\u{b}\u{2028}two").await;
    tab.type_into("composer-input", "\u{e007}").await;
    tab.said("list: one\ntwo").await;

    tab.click("new-conversation").await;
    tab.click("new-group-tab").await;
    tab.paste("group-title", "Week\u{b}end\u{2028}trip\t2\n").await;
    let title = "document.querySelector('[data-testid=group-title]').value";
    tab.until("one line", &format!("{title} === 'Weekend trip 2'")).await;
}

#[tokio::test]
async fn what_shows_nothing_is_not_sent_and_names_no_group() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    Person::come(&server, "mei").await;
    let tab = browser.open(&door_of(&server, "anna")).await;
    turn_to(&tab, "mei").await;
    tab.type_into("composer-input", "\u{200b}\u{3164}").await;
    assert_eq!(tab.run("return document.querySelector('[data-testid=composer-send]').disabled").await, true);
    tab.type_into("composer-input", "\u{e007}").await;
    tab.shows_messages(&[]).await;

    tab.click("new-conversation").await;
    tab.click("new-group-tab").await;
    tab.type_into("group-title", "\u{200b}").await;
    tab.click("start-conversation").await;
    tab.shows("dialog-error", "seen").await;
}
