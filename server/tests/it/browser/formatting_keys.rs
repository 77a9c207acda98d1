//! How messages are formatted while they are typed: shortcuts, the bar, pasting, short codes, and Enter on a phone.

use serde_json::json;

use super::{door_of, turn_to};
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
};

const FIELD: &str = "document.querySelector('[data-testid=composer-input]')";

async fn anna_with_mei(server: &Server, browser: &Browser) -> Tab {
    Person::come(server, "mei").await;
    let anna = browser.open(&door_of(server, "anna")).await;
    anna.online().await;
    turn_to(&anna, "mei").await;
    anna
}

/// Puts a text into the field and selects a part of it.
async fn select(tab: &Tab, text: &str, part: &str) {
    let script = format!(
        "const field = {FIELD}; field.focus(); field.value = {text}; \
         field.dispatchEvent(new InputEvent('input', {{ bubbles: true }})); \
         const at = field.value.indexOf({part}); field.setSelectionRange(at, at + {part}.length)",
        text = json!(text),
        part = json!(part)
    );
    tab.run(&script).await;
}

async fn field_has(tab: &Tab, text: &str) {
    tab.until(&format!("the field with {text:?}"), &format!("{FIELD}.value === {}", json!(text))).await;
}

/// Presses Ctrl and a key in the field.
async fn control(tab: &Tab, key: &str) {
    tab.focused().await.send_keys(format!("\u{e009}{key}\u{e000}")).await.expect("keys can be pressed");
}

/// What a paste does: the browser's own is done by hand where nobody prevents it.
async fn paste(tab: &Tab, text: &str) {
    let script = format!(
        "const data = new DataTransfer(); data.setData('text/plain', {text}); \
         const event = new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }}); \
         if ({FIELD}.dispatchEvent(event)) document.execCommand('insertText', false, {text})",
        text = json!(text)
    );
    tab.run(&script).await;
}

#[tokio::test]
async fn shortcuts_format_what_is_selected_and_can_be_undone() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = anna_with_mei(&server, &browser).await;
    for (key, text) in
        [("b", "a **word** b"), ("i", "a *word* b"), ("e", "a `word` b"), ("\u{e008}x", "a ~~word~~ b")]
    {
        select(&anna, "a word b", "word").await;
        control(&anna, key).await;
        field_has(&anna, text).await;
        let selected = format!("{FIELD}.value.slice({FIELD}.selectionStart, {FIELD}.selectionEnd)");
        assert_eq!(anna.run(&format!("return {selected}")).await, "word");
        control(&anna, key).await;
        field_has(&anna, "a word b").await;
    }
    select(&anna, "a word b", "word").await;
    control(&anna, "b").await;
    control(&anna, "z").await;
    field_has(&anna, "a word b").await;
    select(&anna, "the map", "map").await;
    control(&anna, "k").await;
    field_has(&anna, "the [map](https://)").await;
    anna.type_into("composer-input", "https://a.example\u{e007}").await;
    anna.said("the map").await;
    let href = "document.querySelector('[data-testid=message-text] a').href";
    assert_eq!(anna.run(&format!("return {href}")).await, "https://a.example/");
    // Without a selection the key is that of the search.
    control(&anna, "k").await;
    anna.until("the search", "document.activeElement.dataset.testid === 'filter'").await;
}

#[tokio::test]
async fn the_bar_shows_on_demand_and_is_remembered() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = anna_with_mei(&server, &browser).await;
    anna.gone("format-bar").await;
    anna.click("format-toggle").await;
    anna.part("format-bar").await;
    for (button, text) in [
        ("bold", "a **word** b"),
        ("strike", "a ~~word~~ b"),
        ("spoiler", "a ||word|| b"),
        ("quote", "> a word b"),
        ("list", "- a word b"),
        ("numbers", "1. a word b"),
        ("codeblock", "a \n```\nword\n```\n b"),
    ] {
        select(&anna, "a word b", "word").await;
        anna.click(&format!("format-{button}")).await;
        field_has(&anna, text).await;
        anna.until("the keyboard in the field", &format!("document.activeElement === {FIELD}")).await;
    }
    // Tab stops at it once; the arrows move in it.
    let stops = "[...document.querySelectorAll('[data-testid=format-bar] button')].filter(b => b.tabIndex === 0).map(b => b.dataset.testid).join()";
    assert_eq!(anna.run(&format!("return {stops}")).await, "format-bold");
    anna.run("document.querySelector('[data-testid=format-bold]').focus()").await;
    for (key, button) in [
        ("ArrowRight", "italic"),
        ("End", "spoiler"),
        ("ArrowRight", "bold"),
        ("ArrowLeft", "spoiler"),
        ("Home", "bold"),
        ("ArrowRight", "italic"),
    ] {
        anna.press(key).await;
        anna.until(button, &format!("document.activeElement.dataset.testid === 'format-{button}'")).await;
    }
    assert_eq!(anna.run(&format!("return {stops}")).await, "format-italic");
    select(&anna, "a word b", "word").await;
    anna.run("document.querySelector('[data-testid=format-italic]').focus()").await;
    anna.press("Enter").await;
    field_has(&anna, "a *word* b").await;
    anna.reload().await;
    anna.part("format-bar").await;
    anna.click("format-toggle").await;
    anna.gone("format-bar").await;
    anna.reload().await;
    anna.part("format-toggle").await;
    anna.gone("format-bar").await;
}

#[tokio::test]
async fn a_pasted_address_makes_a_link_and_pasted_code_stays_code() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = anna_with_mei(&server, &browser).await;
    select(&anna, "see the map", "map").await;
    paste(&anna, "https://a.example/m").await;
    field_has(&anna, "see the [map](https://a.example/m)").await;
    // Nothing is selected, or it is code.
    select(&anna, "see ", "none").await;
    paste(&anna, "https://a.example/m").await;
    anna.until("the address alone", &format!("!{FIELD}.value.includes('[')")).await;
    select(&anna, "```\nmap\n```", "map").await;
    paste(&anna, "https://a.example/m").await;
    field_has(&anna, "```\nhttps://a.example/m\n```").await;

    let code = "def f(x):\n\tif x:\n    \treturn **x**\n\n\n    # _done_";
    select(&anna, "```\nhere\n```", "here").await;
    paste(&anna, code).await;
    let fenced = format!("```\n{code}\n```");
    field_has(&anna, &fenced).await;
    anna.run(&format!("{FIELD}.setSelectionRange(99, 99)")).await;
    anna.type_into("composer-input", "\u{e007}").await;
    anna.until("the code", &format!("document.querySelector('pre code')?.textContent === {}", json!(code)))
        .await;
}

#[tokio::test]
async fn short_codes_become_emoji_while_they_are_typed_and_when_they_are_sent() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = anna_with_mei(&server, &browser).await;
    // The file is on its way while one types on.
    anna.type_into("composer-input", "well done :tad").await;
    let fetched = "performance.getEntriesByType('resource').some(file => file.name.endsWith('/shortcodes.json') && file.responseEnd > 0)";
    anna.until("the codes", fetched).await;
    anna.type_into("composer-input", "a").await;
    anna.type_into("composer-input", ":").await;
    field_has(&anna, "well done 🎉").await;
    anna.type_into("composer-input", " at 10:30:15\u{e007}").await;
    anna.said("well done 🎉 at 10:30:15").await;
    // The list: the arrow keys move in it, Enter and Tab take, and Escape leaves what is typed.
    anna.type_into("composer-input", ":smi").await;
    anna.until("completions", "document.querySelectorAll('[data-testid=completion]').length > 2").await;
    let chosen = "document.querySelector('[data-testid=completion][aria-selected=true]')";
    let first = anna.run(&format!("return {chosen}.dataset.text")).await;
    anna.press("ArrowDown").await;
    let second =
        anna.until("another", &format!("{chosen}?.dataset.text !== {first} && {chosen}.dataset.text")).await;
    anna.press("Enter").await;
    field_has(&anna, &format!("{} ", second.as_str().expect("an emoji"))).await;
    anna.gone("completions").await;
    select(&anna, "", "").await;
    anna.type_into("composer-input", ":smi").await;
    anna.part("completions").await;
    anna.press("Escape").await;
    anna.gone("completions").await;
    field_has(&anna, ":smi").await;
    // Pasted ones are replaced when the message is sent, and those in code are code.
    select(&anna, "", "").await;
    paste(&anna, "`:tada:` :+1: :nope:").await;
    anna.type_into("composer-input", "\u{e007}").await;
    anna.said(":tada: 👍 :nope:").await;
}

#[tokio::test]
async fn on_a_phone_enter_breaks_the_line_and_the_button_sends() {
    let (server, browser) = (Server::start().await, Browser::looking(Look::PHONE).await);
    let anna = anna_with_mei(&server, &browser).await;
    anna.type_into("composer-input", "one\u{e007}two").await;
    field_has(&anna, "one\ntwo").await;
    assert_eq!(anna.run(&format!("return {FIELD}.enterKeyHint")).await, "enter");
    anna.click("composer-send").await;
    anna.said("one\ntwo").await;
    anna.shows_messages(&["one\ntwo"]).await;
}
