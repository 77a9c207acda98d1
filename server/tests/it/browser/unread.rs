//! Marking as unread and as read.

use super::{
    door_of,
    message_actions::{choose, selector_of},
    reading::line_above,
};
use crate::support::{
    Person, Server,
    browser::{Browser, Tab},
};

const SCROLLER: &str = "document.querySelector('[data-testid=timeline]')";

async fn has_unread(tab: &Tab, first: &str, count: &str) {
    tab.until("the line", &line_above(first)).await;
    tab.shows("unread-badge", count).await;
}

#[tokio::test]
async fn what_is_marked_as_unread_stays_so_in_two_windows_until_one_reads_on() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    let again = browser.open(&door_of(&server, "anna")).await;
    again.online().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.direct("anna").await;
    let mut socket = mei.connect().await;
    for text in ["one", "two", "three"] {
        socket.send_text(id, text).await;
    }
    for tab in [&anna, &again] {
        tab.choose("mei").await;
        tab.hears("three").await;
        tab.gone("unread-badge").await;
    }
    choose(&anna, &selector_of(&anna, "two").await, "menu-unread").await;
    for tab in [&anna, &again] {
        has_unread(tab, "two", "2").await;
    }
    // To look at it, to leave and to come back is not to read it.
    anna.choose("Everyone").await;
    anna.shows("unread-badge", "2").await;
    anna.choose("mei").await;
    has_unread(&anna, "two", "2").await;
    socket.send_text(id, "four").await;
    for tab in [&anna, &again] {
        tab.hears("four").await;
        tab.shows("unread-badge", "3").await;
    }
    assert_eq!(mei.view(id).await.peers_read_seq.0, 0, "anna has not answered");
    again
        .run(&format!("{SCROLLER}.dispatchEvent(new WheelEvent('wheel', {{ deltaY: 9, bubbles: true }}))"))
        .await;
    for tab in [&again, &anna] {
        tab.gone("unread-badge").await;
    }
    // In the other window, too, what comes is read again by being looked at.
    again.choose("Everyone").await;
    socket.send_text(id, "five").await;
    anna.hears("five").await;
    again.gone("unread-badge").await;
    again.choose("mei").await;
    // An answer reads on, too.
    choose(&anna, &selector_of(&anna, "three").await, "menu-unread").await;
    has_unread(&again, "three", "3").await;
    anna.say("mine").await;
    for tab in [&anna, &again] {
        tab.gone("unread-badge").await;
    }
}

#[tokio::test]
async fn everything_is_marked_as_read_and_that_is_undone() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    for name in ["mei", "ben"] {
        let person = Person::come(&server, name).await;
        let id = person.direct("anna").await;
        person.connect().await.send_text(id, "hello").await;
    }
    let badges = "document.querySelectorAll('[data-testid=unread-badge]').length";
    anna.until("both", &format!("{badges} === 2")).await;
    anna.press_with_shift("Escape").await;
    anna.until("none", &format!("{badges} === 0")).await;
    anna.shows("toast", "2 conversations are marked as read.").await;
    anna.click("toast-action").await;
    anna.until("both again", &format!("{badges} === 2")).await;
    anna.click("settings").await;
    anna.click("mark-all-read").await;
    anna.until("none again", &format!("{badges} === 0")).await;
}
