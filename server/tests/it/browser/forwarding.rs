//! Links to messages, forwarding, and saved messages.

use confab_shared::{
    command::{Delete, Send},
    id::Seq,
};

use super::{
    door_of,
    message_actions::{choose, selector_of},
    reading::on_screen,
};
use crate::support::{Person, Server, browser::Browser, client_id, person::EVERYONE};

const BOX: &str = "document.querySelector('[data-testid=composer-input]')";

#[tokio::test]
async fn a_link_leads_to_its_message() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.direct("anna").await;
    let mut socket = mei.connect().await;
    for number in 1..=3 {
        socket.send_text(id, &format!("early {number}")).await;
    }
    anna.choose("mei").await;
    anna.hears("early 3").await;
    choose(&anna, &selector_of(&anna, "early 2").await, "menu-copy-link").await;
    anna.shows("toast", "The link is copied.").await;
    anna.type_into("composer-input", "\u{e009}v\u{e000}").await;
    let link = anna.until("the link", &format!("{BOX}.value.includes('?m=') && {BOX}.value")).await;
    let link = link.as_str().expect("a field has a text").to_owned();
    assert!(link.ends_with(&format!("/c/{id}?m=2")), "{link}");
    socket.send_many(id, 300, |number| format!("late {number}")).await;
    anna.hears("late 300").await;
    // In the page, from a message of another conversation, and from outside.
    anna.choose("Everyone").await;
    socket.send_text(EVERYONE, &link).await;
    anna.hears(&link).await;
    anna.run("window.isSamePage = true").await;
    anna.click_on("[data-testid=message-text] a").await;
    anna.shows("conversation-title", "mei").await;
    anna.until("the message", &on_screen("early 2")).await;
    anna.until("the same page", "window.isSamePage && location.search === ''").await;
    anna.choose("Everyone").await;
    anna.go(&link).await;
    anna.until("the message", &on_screen("early 2")).await;
    anna.until("no query", "location.search === ''").await;
}

#[tokio::test]
async fn a_link_leads_to_a_reply_in_its_thread() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.direct("anna").await;
    let mut socket = mei.connect().await;
    let root = socket.send_text(id, "who is in?").await.seq;
    let mut seqs = Vec::new();
    for number in 1..=90 {
        let reply = Send { thread: Some(root), ..Send::new(client_id(), id, format!("reply {number}")) };
        seqs.push(socket.carry_out(reply).await.expect("it is taken").seq);
    }
    anna.choose("mei").await;
    anna.hears("who is in?").await;
    anna.click("thread-line").await;
    let text = "[...document.querySelectorAll('[data-testid=thread-panel] [data-testid=message-text]')]";
    anna.until("the last reply", &format!("{text}.some(m => m.textContent === 'reply 90')")).await;
    choose(&anna, &format!("[data-testid=thread-panel] [data-seq='{}']", seqs[89]), "menu-copy-link").await;
    anna.type_into("thread-input", "\u{e009}v\u{e000}").await;
    let value = "document.querySelector('[data-testid=thread-input]').value";
    let link = anna.until("the link", &format!("{value}.includes('&m=') && {value}")).await;
    let link = link.as_str().expect("a field has a text").to_owned();
    assert!(link.ends_with(&format!("/c/{id}?thread={root}&m={}", seqs[89])), "{link}");
    anna.choose("Everyone").await;
    // From outside, to one that is not among the newest.
    let early = link.replace(&format!("&m={}", seqs[89]), &format!("&m={}", seqs[2]));
    let shown = "[...document.querySelectorAll('[data-testid=thread-panel] [data-testid=message-text]')].some(m => { \
         const row = m.getBoundingClientRect(), screen = document.querySelector('[data-testid=thread-panel]').getBoundingClientRect(); \
         return m.textContent === 'reply 3' && row.top >= screen.top && row.bottom <= screen.bottom })";
    anna.go(&early).await;
    anna.until("the reply", shown).await;
    anna.until("the address of the thread", &format!("location.search === '?thread={root}'")).await;
    // And in the page, from another conversation.
    anna.choose("Everyone").await;
    anna.gone("thread-panel").await;
    socket.send_text(EVERYONE, &early).await;
    anna.hears(&early).await;
    anna.run("window.isSamePage = true").await;
    anna.click_on("[data-testid=message-text] a").await;
    anna.until("the reply", shown).await;
    anna.until("the same page", &format!("window.isSamePage && location.search === '?thread={root}'")).await;
}

#[tokio::test]
async fn a_message_is_forwarded_as_a_quote() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.direct("anna").await;
    mei.connect().await.send_text(id, "look\n@mei").await;
    anna.choose("mei").await;
    anna.hears("look\n@mei").await;
    choose(&anna, &selector_of(&anna, "look\n@mei").await, "menu-forward").await;
    anna.part("forward-dialog").await;
    anna.type_into("forward-search", "every").await;
    anna.until("one row", "document.querySelectorAll('[data-testid=forward-to]').length === 1").await;
    anna.click("forward-to").await;
    anna.click("forward-send").await;
    anna.gone("forward-dialog").await;
    anna.shows("toast", "Forwarded to 1 conversation.").await;
    anna.choose("Everyone").await;
    let items = mei.all_items(EVERYONE).await;
    let message = items.iter().filter_map(|item| item.message()).next_back().expect("it was sent");
    assert_eq!(message.text.as_str(), "> **mei**\n> look\n> @\u{2060}mei");
    assert!(message.mentions.is_empty());
}

#[tokio::test]
async fn a_saved_message_is_listed_and_found_again() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.direct("anna").await;
    let mut socket = mei.connect().await;
    for text in ["**one**", "two"] {
        socket.send_text(id, text).await;
    }
    anna.choose("mei").await;
    anna.hears("two").await;
    for text in ["one", "two"] {
        choose(&anna, &selector_of(&anna, text).await, "menu-save").await;
        anna.shows("toast", "The message is saved.").await;
    }
    anna.click("settings").await;
    anna.click("saved-messages").await;
    anna.shows("saved-message", "two").await;
    anna.until("a title of no conversation", "!document.title.includes('mei')").await;
    anna.click("saved-remove").await;
    anna.shows("saved-message", "one").await;
    let signs = "document.querySelector('[data-testid=saved-message]').textContent.includes('*')";
    anna.until("no signs", &format!("!{signs}")).await;
    anna.click_on("[data-testid=saved-message] a").await;
    anna.until("the message", &on_screen("one")).await;
    // What is deleted is saved no more.
    let delete = Delete { client_id: client_id(), conversation: id, target: Seq(1) };
    socket.carry_out(delete).await.unwrap();
    anna.click("settings").await;
    anna.click("saved-messages").await;
    anna.part("no-saved").await;
}
