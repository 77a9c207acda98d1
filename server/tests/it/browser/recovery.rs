//! The server goes and comes back; the page does, too, by itself.

use super::{door_of, turn_to};
use crate::support::{Server, browser::Browser};

#[tokio::test]
async fn a_server_killed_between_two_messages_loses_and_doubles_nothing() {
    let (mut server, browser) = (Server::start().await, Browser::start().await);
    let one = browser.open(&door_of(&server, "123")).await;
    one.online().await;
    let other = browser.open(&door_of(&server, "456")).await;
    turn_to(&one, "456").await;
    turn_to(&other, "123").await;
    one.say("before").await;
    one.said("before").await;
    other.hears("before").await;

    server.sigkill().await;
    one.part("connection-banner").await;
    one.say("while it was away").await;
    other.part("connection-banner").await;
    server.restart().await;

    one.said("while it was away").await;
    one.gone("connection-banner").await;
    other.hears("while it was away").await;
    other.say("after").await;
    one.hears("after").await;
    let all = ["before", "while it was away", "after"];
    one.shows_messages(&all).await;
    other.shows_messages(&all).await;
    other.reload().await;
    other.shows_messages(&all).await;
}

#[tokio::test]
async fn a_tab_that_missed_more_than_a_page_catches_up() {
    let (mut server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    let mei = crate::support::Person::come(&server, "mei").await;
    let conversation = mei.direct("anna").await;
    let mut socket = mei.connect().await;
    socket.send_text(conversation, "seen before").await;
    anna.choose("mei").await;
    anna.hears("seen before").await;

    server.sigkill().await;
    anna.part("connection-banner").await;
    // A browser that comes back late: the server is written to before it may connect again.
    anna.run("window.WebSocketOfThePage = window.WebSocket; window.WebSocket = class { constructor() { throw new Error('kept away') } }")
        .await;
    server.restart().await;
    let mut socket = mei.connect().await;
    for number in 1..=230 {
        socket.send_text(conversation, &format!("missed {number}")).await;
    }
    anna.run("window.WebSocket = window.WebSocketOfThePage; window.dispatchEvent(new Event('online'))").await;
    anna.hears("missed 230").await;
    anna.gone("connection-banner").await;
    let texts = anna.messages().await;
    let expected: Vec<_> = (1..=230).map(|number| format!("missed {number}")).collect();
    assert!(texts.ends_with(&expected), "the end of the timeline: {:?}", texts.last());
}
