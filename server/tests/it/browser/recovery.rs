//! The server goes and comes back; the page does, too, by itself.

use std::time::{Duration, Instant};

use super::{door_of, turn_to};
use crate::support::{Person, Server, browser::Browser, network::Network};

/// Within which a connection that silently died is noticed.
const NOTICED: Duration = Duration::from_secs(30);

const OUT_OF_TOUCH: &str = "!!document.querySelector('[data-connection=offline]')";

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
    anna.hears("missed 1").await;
    anna.gone("connection-banner").await;
    let texts = anna.scroll_through("missed 230").await;
    let expected: Vec<_> = (1..=230).map(|number| format!("missed {number}")).collect();
    assert!(texts.ends_with(&expected), "the end of the timeline: {:?}", texts.last());
}

#[tokio::test]
async fn a_network_that_swallows_everything_is_noticed_and_its_return_too() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let network = Network::to(&server).await;
    let mei = Person::come(&server, "mei").await;
    let tab = browser.open(&network.url("/?userID=anna")).await;
    tab.online().await;
    let conversation = mei.direct("anna").await;
    let mut socket = mei.connect().await;
    socket.send_text(conversation, "before").await;
    tab.choose("mei").await;
    tab.hears("before").await;

    network.swallow();
    let begun = Instant::now();
    tab.say("swallowed").await;
    tab.until("out of touch", OUT_OF_TOUCH).await;
    assert!(begun.elapsed() < NOTICED, "noticed after {:?}", begun.elapsed());
    tab.part("connection-banner").await;
    socket.send_text(conversation, "missed").await;
    tab.say("written since").await;

    network.heal();
    tab.said("written since").await;
    tab.gone("connection-banner").await;
    tab.hears("missed").await;
    socket.send_text(conversation, "after").await;
    tab.hears("after").await;
    let log = mei.log(conversation).await;
    let mut texts: Vec<_> = log.iter().filter_map(crate::support::client::text_of).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["after", "before", "missed", "swallowed", "written since"]);
    let seen = tab.messages().await;
    let place = |text: &str| seen.iter().position(|seen| seen == text).expect("it is shown");
    assert!(place("swallowed") < place("written since"), "{seen:?}");
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[tokio::test]
async fn a_browser_that_says_it_has_no_network_is_believed_at_once() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let network = Network::to(&server).await;
    let tab = browser.open(&network.url("/?userID=anna")).await;
    tab.online().await;
    network.swallow();
    let begun = Instant::now();
    tab.run("window.dispatchEvent(new Event('offline'))").await;
    tab.until("out of touch", OUT_OF_TOUCH).await;
    tab.part("connection-banner").await;
    assert!(begun.elapsed() < Duration::from_secs(5), "shown after {:?}", begun.elapsed());
    network.heal();
    tab.online().await;
    tab.gone("connection-banner").await;
}

#[tokio::test]
async fn whoever_comes_back_to_the_network_waits_for_no_attempt_that_hangs() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let network = Network::to(&server).await;
    let tab = browser.open(&network.url("/?userID=anna")).await;
    tab.online().await;
    network.cut_sockets();
    tab.part("connection-banner").await;
    // Waits grow to ten seconds meanwhile.
    tab.run("window.attempts = 0; const Real = WebSocket; window.WebSocket = class extends Real { constructor(url) { window.attempts += 1; super(url) } }")
        .await;
    tab.until("several attempts", "window.attempts >= 4").await;
    network.heal();
    let begun = Instant::now();
    tab.run("window.dispatchEvent(new Event('online'))").await;
    tab.online().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "back after {:?}", begun.elapsed());
}
