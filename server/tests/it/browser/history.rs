//! What was said stays, and is found again.

use super::{door_of, turn_to};
use crate::support::{Person, Server, browser::Browser};

#[tokio::test]
async fn a_reload_shows_the_same_conversation() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let one = browser.open(&door_of(&server, "123")).await;
    let mei = Person::come(&server, "mei").await;
    turn_to(&one, "mei").await;
    one.say("keep this").await;
    one.said("keep this").await;
    let path = one.run("return location.pathname").await;
    assert!(path.as_str().is_some_and(|path| path.starts_with("/c/")), "{path}");

    one.reload().await;
    one.shows("conversation-title", "mei").await;
    one.shows_messages(&["keep this"]).await;
    one.shows("me-name", "123").await;

    one.choose("Everyone").await;
    one.back().await;
    one.shows("conversation-title", "mei").await;
    let conversation = mei.direct("123").await;
    assert_eq!(mei.view(conversation).await.message_count, 1);
}

#[tokio::test]
async fn older_messages_load_while_one_scrolls_up_and_nothing_jumps() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    let mei = Person::come(&server, "mei").await;
    let conversation = mei.direct("anna").await;
    let mut socket = mei.connect().await;
    for number in 1..=180 {
        socket.send_text(conversation, &format!("message {number}")).await;
    }
    anna.choose("mei").await;
    anna.hears("message 1").await;
    anna.click("jump-to-newest").await;
    anna.hears("message 180").await;
    anna.until(
        "the end",
        &format!("{SCROLLER}.scrollHeight - {SCROLLER}.scrollTop - {SCROLLER}.clientHeight < 4"),
    )
    .await;

    // Up, as a wheel goes: the oldest that is shown stays where it is while older ones come in above it.
    let oldest = anna.messages().await[0].clone();
    assert_ne!(oldest, "message 1", "all was loaded at once");
    anna.run(&format!(
        "{SCROLLER}.scrollTop = 150; window.oldest = document.querySelector('[data-testid=message]').dataset.seq; \
        window.stood = document.querySelector('[data-testid=message]').getBoundingClientRect().top"
    ))
    .await;
    anna.until("older messages", &format!("{FIRST} !== {oldest:?}")).await;
    let moved = anna
        .run(
            "return Math.abs(document.querySelector(`[data-seq='${window.oldest}']`)\
        .getBoundingClientRect().top - window.stood)",
        )
        .await;
    assert!(moved.as_f64().is_some_and(|moved| moved < 3.0), "the view jumped by {moved} pixels");

    anna.until("the first message", &format!("({SCROLLER}.scrollTop = 0, {FIRST} === 'message 1')")).await;
    let expected: Vec<_> = (1..=180).map(|number| format!("message {number}")).collect();
    assert_eq!(anna.scroll_through("message 180").await, expected);
    anna.until("the first message", &format!("({SCROLLER}.scrollTop = 0, {FIRST} === 'message 1')")).await;

    // What comes meanwhile does not move the view, and is one click away.
    let at = anna.run(&format!("return {SCROLLER}.scrollTop")).await;
    socket.send_text(conversation, "and one more").await;
    anna.part("jump-to-newest").await;
    assert_eq!(anna.run(&format!("return {SCROLLER}.scrollTop")).await, at);
    anna.click("jump-to-newest").await;
    anna.gone("jump-to-newest").await;
    anna.hears("and one more").await;
}

#[tokio::test]
async fn a_line_stands_before_what_is_new() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    let mei = Person::come(&server, "mei").await;
    let conversation = mei.direct("anna").await;
    let mut socket = mei.connect().await;
    socket.send_text(conversation, "old").await;
    anna.choose("mei").await;
    anna.hears("old").await;
    anna.gone("unread-badge").await;
    anna.choose("Everyone").await;
    socket.send_text(conversation, "new").await;
    anna.part("unread-badge").await;
    anna.choose("mei").await;
    let order = "[...document.querySelectorAll('[data-testid=message-text], [data-testid=new-line]')]\
        .map(part => part.dataset.testid === 'new-line' ? '---' : part.textContent).join(' ')";
    anna.until("the line between", &format!("{order} === 'old --- new'")).await;
}

#[tokio::test]
async fn an_address_that_leads_nowhere_says_so() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    let port = server.port();
    for path in ["c/999999", "c/words", "nowhere"] {
        anna.go(&format!("http://localhost:{port}/{path}")).await;
        anna.part("not-found").await;
    }
}

const SCROLLER: &str = "document.querySelector('[data-testid=timeline]')";
const FIRST: &str = "document.querySelector('[data-testid=message-text]')?.textContent";
