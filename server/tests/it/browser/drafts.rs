//! Drafts, in two windows of one person.

use super::{
    door_of,
    message_actions::{selector_of, use_toolbar},
};
use crate::support::{
    Person, Server,
    browser::{Browser, Tab},
    network::Network,
};

const BOX: &str = "document.querySelector('[data-testid=composer-input]')";

/// Two windows of anna, each a session of its own, with the conversation with mei open.
async fn two_windows(server: &Server, browser: &Browser) -> [Tab; 2] {
    let mei = Person::come(server, "mei").await;
    let [one, two] =
        [browser.open(&door_of(server, "anna")).await, browser.open(&door_of(server, "anna")).await];
    for tab in [&one, &two] {
        tab.online().await;
    }
    let id = mei.direct("anna").await;
    mei.connect().await.send_text(id, "hello").await;
    for tab in [&one, &two] {
        tab.choose("mei").await;
        tab.hears("hello").await;
    }
    [one, two]
}

async fn field_is(tab: &Tab, text: &str) {
    tab.until(text, &format!("{BOX}.value === {text:?}")).await;
}

async fn write(tab: &Tab, text: &str) {
    tab.run(&format!(
        "const box = {BOX}; box.value = {text:?}; box.dispatchEvent(new Event('input', {{ bubbles: true }}))"
    ))
    .await;
}

#[tokio::test]
async fn a_draft_follows_to_another_window_and_ends_when_it_is_sent() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let [one, two] = two_windows(&server, &browser).await;
    one.type_into("composer-input", "not yet").await;
    field_is(&two, "not yet").await;
    // The list shows it where the conversation is not open.
    two.choose("Everyone").await;
    let draft = "[...document.querySelectorAll('[data-testid=last-message]')].some(m => m.textContent.includes('Draft: not yet'))";
    two.until("the draft in the list", draft).await;
    let word = "(words => words.length === 1 && words[0].textContent === 'Draft: ' && getComputedStyle(words[0]).color !== \
         getComputedStyle(words[0].parentElement).color)([...document.querySelectorAll('[data-testid=last-message] .draft-word')])";
    two.until("its word in a colour of its own", word).await;
    two.choose("mei").await;
    field_is(&two, "not yet").await;
    two.type_into("composer-input", " but now\u{e007}").await;
    two.said("not yet but now").await;
    field_is(&two, "").await;
    field_is(&one, "").await;
    // It does not come back, whatever was saved last.
    for tab in [&one, &two] {
        tab.reload().await;
        tab.online().await;
        tab.hears("hello").await;
        tab.until("no draft in the list", &format!("!{draft}")).await;
        field_is(tab, "").await;
    }
}

#[tokio::test]
async fn a_draft_that_is_sent_while_disconnected_is_listed_no_more() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let network = Network::to(&server).await;
    let mei = Person::come(&server, "mei").await;
    let anna = browser.open(&network.url("/")).await;
    anna.sign_in("anna").await;
    let id = mei.direct("anna").await;
    mei.connect().await.send_text(id, "hello").await;
    anna.choose("mei").await;
    anna.hears("hello").await;
    anna.type_into("composer-input", "on my way").await;
    let last = |text: &str| {
        format!(
            "[...document.querySelectorAll('[data-testid=last-message]')].some(m => m.textContent.includes('{text}'))"
        )
    };
    anna.choose("Everyone").await;
    anna.until("the draft", &last("Draft: on my way")).await;
    anna.choose("mei").await;
    field_is(&anna, "on my way").await;
    network.cut_sockets();
    anna.part("connection-banner").await;
    anna.type_into("composer-input", "\u{e007}").await;
    anna.choose("Everyone").await;
    anna.until("the message", &last("You: on my way")).await;
    assert_eq!(anna.run(&format!("return {}", last("Draft"))).await, false);
}

#[tokio::test]
async fn the_draft_of_a_thread_follows_to_another_window() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let [one, two] = two_windows(&server, &browser).await;
    let root = selector_of(&one, "hello").await;
    let open = async |tab: &Tab| use_toolbar(tab, &root, "action-thread").await;
    const THREAD: &str = "document.querySelector('[data-testid=thread-input]')";
    let field = |text: &str| format!("{THREAD}.value === {text:?}");
    open(&one).await;
    one.type_into("thread-input", "not yet").await;
    // Below the message, which has no reply.
    two.shows("thread-draft", "Draft: not yet").await;
    two.click("thread-line").await;
    two.until("the draft", &field("not yet")).await;
    two.gone("thread-draft").await;
    two.until("the conversation has none", &format!("{BOX}.value === ''")).await;
    two.type_into("thread-input", " but now\u{e007}").await;
    for tab in [&one, &two] {
        tab.shows("thread-panel", "not yet but now").await;
        tab.until("it is sent", &field("")).await;
    }
    // In the inbox, of a thread that one follows.
    one.type_into("thread-input", "more").await;
    two.until("the draft", &field("more")).await;
    two.click("threads").await;
    two.shows("inbox-draft", "Draft: more").await;
    two.click("inbox-thread").await;
    two.until("the draft", &field("more")).await;
    // Of two at once both are kept.
    let write = async |tab: &Tab, text: &str| {
        let script = format!(
            "const box = {THREAD}; box.value = {text:?}; box.dispatchEvent(new Event('input', {{ bubbles: true }}))"
        );
        tab.run(&script).await;
    };
    write(&one, "the first").await;
    write(&two, "the second").await;
    two.shows("other-draft", "the first").await;
    two.click("other-draft-use").await;
    two.until("the other", &field("the first")).await;
    one.close().await;
    two.reload().await;
    two.until("the draft", &format!("{THREAD} && {}", field("the first"))).await;
}

#[tokio::test]
async fn a_draft_outlives_its_window() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let [one, two] = two_windows(&server, &browser).await;
    one.type_into("composer-input", "for later").await;
    field_is(&two, "for later").await;
    let later = browser.open(&door_of(&server, "anna")).await;
    one.close().await;
    two.close().await;
    later.online().await;
    later.choose("mei").await;
    field_is(&later, "for later").await;
}

#[tokio::test]
async fn of_two_drafts_at_once_both_are_kept() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let [one, two] = two_windows(&server, &browser).await;
    write(&one, "the first").await;
    write(&two, "the second").await;
    // Whichever was saved last is told of the other.
    let asks = "!!document.querySelector('[data-testid=other-draft]')";
    two.until("the question", asks).await;
    two.shows("other-draft", "the first").await;
    field_is(&two, "the second").await;
    two.click("other-draft-keep").await;
    two.gone("other-draft").await;
    field_is(&one, "the second").await;
    write(&two, "mine again").await;
    write(&one, "mine, too").await;
    one.until("the question", asks).await;
    one.click("other-draft-use").await;
    field_is(&one, "mine again").await;
}
