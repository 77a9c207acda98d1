//! Names and titles that run from right to left, or would turn round what is beside them.

use rusqlite::Connection;

use super::door_of;
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
};

const TITLE: &str = "رحلة نهاية الأسبوع";
const AUTHOR: &str = "דוד";
/// Longer than any row.
const HEBREW: &str = "שלום לכולם, מי בא איתנו ברכבת המוקדמת של שבת בבוקר לטיול בהרים ומי נשאר בבית";
const ENGLISH: &str = "Who takes the early train with us on Saturday, and who would rather sleep for longer?";

/// Where the n-th character of an element's text is, beside where the element is.
fn character(selector: &str, place: &str) -> String {
    format!(
        "(() => {{ const element = document.querySelector(`{selector}`); if (!element) return null; \
         const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT); const texts = []; \
         while (walker.nextNode()) if (walker.currentNode.data.trim()) texts.push(walker.currentNode); \
         const node = texts.at(-1); if (!node?.length) return null; \
         const range = document.createRange(); const at = {place} < 0 ? node.length + ({place}) : {place}; \
         range.setStart(node, at); range.setEnd(node, at + 1); \
         const c = range.getBoundingClientRect(), box = element.getBoundingClientRect(); \
         return {{ left: c.left - box.left, right: box.right - c.right, inside: c.left >= box.left - 1 && c.right <= box.right + 1 }} }})()"
    )
}

/// Waits until a text stands at the left end of its element, where the layout begins, whatever its own direction.
async fn begins_at_the_left(tab: &Tab, selector: &str) {
    // The last character of a text from right to left is its leftmost.
    tab.until(
        &format!("{selector} at the left"),
        &format!("Math.abs({}?.left) < 2", character(selector, "-1")),
    )
    .await;
}

async fn shows_its_beginning(tab: &Tab, selector: &str) {
    tab.until(&format!("the beginning of {selector}"), &format!("{}?.inside", character(selector, "0")))
        .await;
}

#[tokio::test]
async fn what_runs_from_right_to_left_begins_where_the_layout_does() {
    for look in [Look::DESKTOP, Look::PHONE] {
        let (server, browser) = (Server::start().await, Browser::looking(look).await);
        let tab = browser.open(&door_of(&server, "anna")).await;
        tab.online().await;
        tab.may_be_added().await;
        let author = Person::come(&server, AUTHOR).await;
        let group = author.group(TITLE, &["anna"]).await;
        let row = |part: &str| format!("[data-name='{TITLE}'] {part}");
        let mut socket = author.connect().await;
        socket.send_text(group, "שלום").await;
        begins_at_the_left(&tab, &row(".conversation-name")).await;
        begins_at_the_left(&tab, &row(".conversation-last")).await;
        socket.send_text(group, HEBREW).await;
        tab.until(
            "the preview",
            &format!(
                "document.querySelector(`{}`)?.textContent.startsWith('{AUTHOR}: שלום לכולם')",
                row(".conversation-last")
            ),
        )
        .await;
        shows_its_beginning(&tab, &row(".conversation-last")).await;
        socket.send_text(group, ENGLISH).await;
        tab.until(
            "the preview",
            &format!(
                "document.querySelector(`{}`)?.textContent.startsWith('{AUTHOR}: Who')",
                row(".conversation-last")
            ),
        )
        .await;
        shows_its_beginning(&tab, &row(".conversation-last")).await;
        tab.choose(TITLE).await;
        begins_at_the_left(&tab, "[data-testid=conversation-title]").await;
        tab.say(HEBREW).await;
        tab.said(HEBREW).await;
        if !look.phone {
            shows_its_beginning(&tab, &row(".conversation-last")).await;
        }
    }
}

#[tokio::test]
async fn a_name_turns_round_nothing_beside_it() {
    let mut server = Server::start().await;
    let (mei, anna) = (Person::come(&server, "mei").await, Person::come(&server, "anna").await);
    let group = mei.group("oldtitle", &["anna"]).await;
    mei.connect().await.send_text(group, "hello").await;
    let blank = mei.group("blanktitle", &["anna"]).await;
    server.sigterm().await;
    // From before such characters were refused.
    Connection::open(server.data().join("confab.db"))
        .unwrap()
        .execute_batch(
            "UPDATE conversation SET title = 'a' || char(0x202e) || 'bc' WHERE title = 'oldtitle';
             UPDATE conversation SET title = char(0x200b) WHERE title = 'blanktitle';
             UPDATE segment SET events = replace(events, 'oldtitle', 'a' || char(0x202e) || 'bc');",
        )
        .unwrap();
    server.restart().await;
    let browser = Browser::start().await;
    let tab = browser.open(&format!("http://localhost:{}/", server.port())).await;
    tab.run(&format!("localStorage['confab.guest-key.anna'] = '{}'", anna.guest_key)).await;
    tab.sign_in("anna").await;
    tab.click_on(&format!("[data-conversation='{group}']")).await;
    tab.until("the tab's title", "document.title.endsWith('\\u2068abc\\u2069 · Confab')").await;
    let notice = "[...document.querySelectorAll('[data-testid=notice]')].at(0)";
    tab.until(
        "the names kept apart in the notice",
        &format!("[...({notice}?.querySelectorAll('bdi') ?? [])].map(name => name.textContent).join() === 'mei,abc'"),
    )
    .await;
    assert_eq!(tab.run(&format!("return {notice}.textContent")).await, "mei started “abc”");
    let field = "document.querySelector('[data-testid=composer-input]')";
    for attribute in ["placeholder", "aria-label"] {
        let said = tab.run(&format!("return {field}.getAttribute('{attribute}')")).await;
        assert_eq!(said, "Message \u{2068}abc\u{2069}");
    }
    let unnamed = format!("document.querySelector('[data-conversation=\"{blank}\"] .conversation-name')");
    assert_eq!(tab.run(&format!("return {unnamed}.textContent")).await, "Group without a name");
}
