//! The list of conversations: long ones, who is online, and what assistive technology reads.

use serde_json::json;

use super::{door_of, turn_to};
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
    network::Network,
};

/// How many conversations a long list has.
const MANY: usize = 150;

const ITEMS: &str = "[...document.querySelectorAll('[data-testid=conversation-item]')]";
const LIST: &str = "document.querySelector('.sidebar-list')";

/// Anna with many groups that Mei made, "Group 000" the oldest.
async fn long_list(server: &Server, browser: &Browser) -> (Tab, Person) {
    let tab = browser.open(&door_of(server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    let mei = Person::come(server, "mei").await;
    for number in 0..MANY {
        mei.group(&format!("Group {number:03}"), &["anna"]).await;
    }
    tab.until("the newest group", &has(&format!("Group {:03}", MANY - 1))).await;
    (tab, mei)
}

fn has(name: &str) -> String {
    format!("{ITEMS}.some(item => item.dataset.name === {})", json!(name))
}

async fn scroll_to(tab: &Tab, top: &str) {
    tab.run(&format!("{LIST}.scrollTop = {top}")).await;
}

#[tokio::test]
async fn a_long_list_keeps_only_the_rows_in_view_in_the_document() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (tab, mei) = long_list(&server, &browser).await;
    let few = format!("{ITEMS}.length < 40");
    tab.until("few rows", &few).await;
    let all = tab.run(&format!("return {LIST}.scrollHeight / {ITEMS}[0].parentElement.offsetHeight")).await;
    assert!(
        all.as_f64().is_some_and(|rows| rows >= MANY as f64),
        "the scroll bar is that of all rows: {all}"
    );
    let counted = format!("{ITEMS}[0].parentElement.ariaSetSize === '{}'", MANY + 1);
    tab.until("the number of all rows", &counted).await;

    scroll_to(&tab, "1e6").await;
    tab.until("the oldest", &format!("{} && {few}", has("Group 000"))).await;
    let place = format!(
        "{ITEMS}.find(item => item.dataset.name === 'Group 000').parentElement.ariaPosInSet === '{}'",
        MANY
    );
    tab.until("its place", &place).await;

    // What happens above does not scroll.
    scroll_to(&tab, "3000").await;
    let socket = &mut mei.connect().await;
    let oldest = mei.group("The newest", &["anna"]).await;
    socket.send_text(oldest, "hello").await;
    tab.until("the unread message in the title", "document.title.startsWith('(1)')").await;
    assert_eq!(tab.run(&format!("return {LIST}.scrollTop")).await, 3000);
    scroll_to(&tab, "0").await;
    tab.until("the newest above", &format!("{ITEMS}[0].dataset.name === 'The newest'")).await;
}

#[tokio::test]
async fn on_a_phone_the_list_keeps_its_place_while_a_conversation_is_open() {
    let server = Server::start().await;
    let browser = Browser::looking(Look::PHONE).await;
    let (tab, _mei) = long_list(&server, &browser).await;
    scroll_to(&tab, "3000").await;
    tab.until("other rows", &format!("!({})", has("Group 148"))).await;
    tab.choose("Group 100").await;
    tab.click("back").await;
    tab.until("the same place", &format!("{LIST}.scrollTop === 3000 && {}", has("Group 100"))).await;
}

#[tokio::test]
async fn nobody_is_online_while_the_page_is_not() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let network = Network::to(&server).await;
    let mei = Person::come(&server, "mei").await;
    let mut mei_online = mei.connect().await;
    let tab = browser.open(&network.url("/?userID=anna")).await;
    turn_to(&tab, "mei").await;
    tab.say("hello").await;
    mei_online.send_text(mei.direct("anna").await, "hello").await;
    tab.shows("conversation-status", "online").await;
    tab.click("details").await;
    let dots = "document.querySelectorAll('[data-testid=online-dot]').length";
    // In the list, in the header, in the details and their list of members, twice, and one's own.
    tab.until("the dots", &format!("{dots} === 6")).await;
    network.cut_sockets();
    tab.part("connection-banner").await;
    tab.until("no dots", &format!("{dots} === 0")).await;
    let status =
        tab.run("return document.querySelector('[data-testid=conversation-status]').textContent").await;
    assert_eq!(status, "");
    network.heal();
    tab.until("the dots again", &format!("{dots} === 6")).await;
    tab.shows("conversation-status", "online").await;
}

#[tokio::test]
async fn an_item_says_its_name_what_is_unread_the_last_message_and_when() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    let trip = mei.group("Weekend trip", &["anna"]).await;
    socket.send_text(trip, "the early train, @anna?").await;
    let label =
        "document.querySelector(`[data-name='Weekend trip']`)?.ariaLabel.replace(/[\\u2068\\u2069]/g, '')";
    let begin = "Weekend trip, 1 unread, you are mentioned, mei: the early train, @anna?, ";
    tab.until("its label", &format!("{label}?.startsWith({})", json!(begin))).await;
    let time = tab.run(&format!("return {label}")).await;
    let time = time.as_str().and_then(|label| label.strip_prefix(begin)).unwrap_or_default().to_owned();
    assert!(time.contains(|c: char| c.is_ascii_digit()), "the time at the end: {time:?}");
}

#[tokio::test]
async fn on_a_phone_the_list_is_the_main_content_and_has_a_heading() {
    let server = Server::start().await;
    let browser = Browser::looking(Look::PHONE).await;
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    let shown = "e => e.checkVisibility()";
    let main = format!("[...document.querySelectorAll('main, [role=main]')].filter({shown})");
    let headings = format!("[...document.querySelectorAll('h1')].filter({shown}).map(h => h.textContent)");
    tab.until(
        "the list as the main content",
        &format!(
            "{main}.length === 1 && {main}[0].dataset.testid === 'sidebar' && {headings}.join() === 'Confab'"
        ),
    )
    .await;
    tab.choose("Everyone").await;
    tab.until(
        "the conversation as the main content",
        &format!("{main}.length === 1 && {main}[0].tagName === 'MAIN' && {headings}.join() === 'Everyone'"),
    )
    .await;
}

#[tokio::test]
async fn everyone_has_a_symbol_in_every_language() {
    let server = Server::start().await;
    let browser = Browser::looking(Look::DESKTOP.chinese()).await;
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    tab.until("the symbol", "!!document.querySelector('[data-name=Everyone] .avatar > svg')").await;
    tab.type_into("filter", "所有人").await;
    tab.until("the conversation of all", &format!("{ITEMS}.length === 1 && {}", has("Everyone"))).await;
}

#[tokio::test]
async fn the_members_of_a_group_have_different_colours() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    // With the names of the other members, "Mei" and "Tomasz" have one hash.
    for name in ["Mei", "Tomasz", "Ben", "Zoe"] {
        Person::come(&server, name).await;
    }
    tab.begin_group("Trip", &["Mei", "Tomasz", "Ben", "Zoe"]).await;
    tab.click("details").await;
    let hues = "new Set([...document.querySelectorAll('[data-testid=member] .avatar')]\
                .map(avatar => /hue-[0-9]+/.exec(avatar.className)[0])).size";
    tab.until("five colours", &format!("{hues} === 5")).await;
}

#[tokio::test]
async fn a_form_that_lacks_its_name_cannot_be_sent() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&door_of(&server, "anna")).await;
    tab.online().await;
    tab.may_be_added().await;
    tab.click("new-conversation").await;
    let disabled = |wanted: bool| {
        format!("document.querySelector('[data-testid=start-conversation]').disabled === {wanted}")
    };
    tab.until("nothing to start", &disabled(true)).await;
    tab.type_into("direct-name", "me").await;
    tab.until("something to start", &disabled(false)).await;
    tab.click("new-group-tab").await;
    tab.until("nothing to create", &disabled(true)).await;
    tab.type_into("group-title", "Trip").await;
    tab.until("something to create", &disabled(false)).await;
}
