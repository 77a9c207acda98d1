//! The timeline as a view: what of a long history is in the document, the keyboard, labels, and what stays in place.

use confab_shared::id::ConversationId;
use serde_json::{Value, json};

use super::door_of;
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
};

const SCROLLER: &str = "document.querySelector('[data-testid=timeline]')";
const FIRST: &str = "document.querySelector('[data-testid=message-text]')?.textContent";

/// The most elements of a page, however much was read.
const MAX_NODES: u64 = 2_000;

/// Anna's page with Mei's conversation, in which Mei has written.
struct Scene {
    anna: Tab,
    mei: Person,
    conversation: ConversationId,
}

impl Scene {
    /// Anna is at the end of so many messages, and has read them.
    async fn at_the_end_of(server: &Server, browser: &Browser, count: usize) -> Self {
        let anna = browser.open(&door_of(server, "anna")).await;
        anna.online().await;
        anna.may_be_added().await;
        let mei = Person::come(server, "mei").await;
        let conversation = mei.direct("anna").await;
        let mut socket = mei.connect().await;
        socket.send_many(conversation, count, |number| format!("message {number}")).await;
        anna.choose("mei").await;
        anna.hears("message 1").await;
        // All of a short one is in view at once.
        if count > 20 {
            anna.click("jump-to-newest").await;
        }
        anna.hears(&format!("message {count}")).await;
        anna.gone("unread-badge").await;
        Self { anna, mei, conversation }
    }

    async fn nodes(&self) -> u64 {
        self.anna.run("return document.querySelectorAll('*').length").await.as_u64().expect("a number")
    }
}

/// Remembers the message in the middle of the screen; `MOVED` is how far it has moved since, in pixels.
const REMEMBER: &str = "window.read = [...document.querySelectorAll('[data-testid=message]')].find(m => \
    m.getBoundingClientRect().bottom > 200).dataset.seq; window.stood = window.place()";
const PLACE: &str =
    "window.place = () => document.querySelector(`[data-seq='${window.read}']`).getBoundingClientRect().top";
const MOVED: &str = "Math.abs(window.place() - window.stood)";

#[tokio::test]
async fn a_long_history_leaves_few_elements_and_what_is_read_in_its_place() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let scene = Scene::at_the_end_of(&server, &browser, 1_200).await;
    let anna = &scene.anna;
    // Up to the first message; the most elements on the way are counted.
    anna.run(PLACE).await;
    let up = format!(
        "(() => {{ window.most = Math.max(window.most ?? 0, document.querySelectorAll('*').length); \
         {SCROLLER}.scrollTop -= 2000; return {FIRST} === 'message 1' }})()"
    );
    anna.until("the first message", &up).await;
    let most = anna.run("return window.most").await.as_u64().expect("a number");
    assert!(most <= MAX_NODES, "{most} elements");

    // What arrives while one reads above changes neither.
    anna.run(&format!("{SCROLLER}.scrollTop += 900")).await;
    anna.run(REMEMBER).await;
    scene.mei.connect().await.send_many(scene.conversation, 1_000, |number| format!("later {number}")).await;
    scene.anna.shows("jump-to-newest", "1000").await;
    assert!(scene.nodes().await <= MAX_NODES);
    scene.anna.until("the same place", &format!("{MOVED} < 2")).await;
    let label = "document.querySelector('[data-testid=jump-to-newest]').ariaLabel";
    scene.anna.until("the count in its name", &format!("/1,?000/.test({label})")).await;
}

#[tokio::test]
async fn selection_and_focus_stay_while_history_is_loaded() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let scene = Scene::at_the_end_of(&server, &browser, 300).await;
    let anna = &scene.anna;
    anna.run(&format!(
        "{SCROLLER}.scrollTop = 0; \
         const text = document.querySelectorAll('[data-testid=message-text]')[3]; \
         window.chosen = text.textContent; getSelection().selectAllChildren(text); text.closest('[data-seq]').focus()"
    ))
    .await;
    let before = anna.run(&format!("return {FIRST}")).await;
    let up = format!("({SCROLLER}.scrollTop -= 20, {FIRST} !== {before})");
    anna.until("older messages", &up).await;
    anna.until("the selection", "getSelection().toString() === window.chosen").await;
    let focused =
        "document.activeElement.querySelector('[data-testid=message-text]')?.textContent === window.chosen";
    anna.until("the focus", focused).await;
    // Also once it has left the screen by a page.
    let up = format!("({SCROLLER}.scrollTop -= 20, !!document.querySelector(\"[data-seq='195']\"))");
    anna.until("still older messages", &up).await;
    anna.until("the selection", "getSelection().toString() === window.chosen").await;
    anna.until("the focus", focused).await;

    // Far away they are given up; the keyboard stays in the timeline.
    anna.until("the first message", &format!("({SCROLLER}.scrollTop -= 2000, {FIRST} === 'message 1')"))
        .await;
    anna.until("the keyboard", "document.activeElement.dataset.testid === 'timeline'").await;
}

#[tokio::test]
async fn arrow_keys_go_from_message_to_message() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let scene = Scene::at_the_end_of(&server, &browser, 150).await;
    let anna = &scene.anna;
    anna.run(&format!("{SCROLLER}.focus()")).await;
    let focused = "document.activeElement.querySelector('[data-testid=message-text]')?.textContent";
    for number in (60..=150).rev() {
        anna.press("ArrowUp").await;
        anna.until("the message above", &format!("{focused} === 'message {number}'")).await;
    }
    let inside = format!(
        "(r => r.top >= {SCROLLER}.getBoundingClientRect().top - 1)(document.activeElement.getBoundingClientRect())"
    );
    anna.until("it on the screen", &inside).await;
    anna.press("ArrowDown").await;
    anna.until("the message below", &format!("{focused} === 'message 61'")).await;
    anna.press("End").await;
    anna.hears("message 150").await;
    anna.gone("jump-to-newest").await;
}

#[tokio::test]
async fn a_message_has_author_time_and_state_in_its_label() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let scene = Scene::at_the_end_of(&server, &browser, 2).await;
    let anna = &scene.anna;
    anna.say("mine").await;
    anna.said("mine").await;
    let label = |text: &str| {
        format!(
            "[...document.querySelectorAll('[role=list] > [role=listitem].row')].find(row => \
         row.textContent.includes({}))?.ariaLabel.replace(/[\\u2068\\u2069]/g, '')",
            json!(text)
        )
    };
    anna.until("the label", &format!("/^mei, \\d+:\\d\\d.*: message 2$/.test({})", label("message 2"))).await;
    anna.until("the own one", &format!("/^You, \\d+:\\d\\d.*, Sent: mine$/.test({})", label("mine"))).await;
}

#[tokio::test]
async fn a_group_of_messages_has_its_author_at_the_top_and_its_time_at_the_bottom() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    anna.may_be_added().await;
    let mei = Person::come(&server, "mei").await;
    let conversation = mei.group("Trip", &["anna"]).await;
    let mut socket = mei.connect().await;
    socket.send_text(conversation, &"tall\n".repeat(80)).await;
    socket.send_text(conversation, "short").await;
    anna.choose("Trip").await;
    anna.hears("short").await;
    let parts = "[...document.querySelectorAll('.timeline-rows .row')].map(row => [\
        !!row.querySelector('.avatar'), !!row.querySelector('.author'), \
        getComputedStyle(row.querySelector('.stamp time')).display].join(' ')).join(', ')";
    anna.until("author and time", &format!("{parts} === 'true true none, false false block'")).await;
    // In the middle of the tall one, the avatar is still on the screen.
    anna.run(&format!("{SCROLLER}.scrollTop = 700")).await;
    let visible = format!(
        "(a => a.top >= {SCROLLER}.getBoundingClientRect().top && a.bottom < innerHeight)\
         (document.querySelector('.row .avatar').getBoundingClientRect())"
    );
    anna.until("the avatar", &visible).await;
}

#[tokio::test]
async fn what_is_read_stays_when_the_viewport_changes() {
    let (server, browser) = (Server::start().await, Browser::looking(Look::PHONE).await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    anna.may_be_added().await;
    let mei = Person::come(&server, "mei").await;
    let conversation = mei.direct("anna").await;
    let mut socket = mei.connect().await;
    let text = |number| match number {
        100 => "a tall one\n".repeat(100),
        _ => format!("message {number} {}", "with many words in it ".repeat(number % 9)),
    };
    socket.send_many(conversation, 120, text).await;
    anna.choose("mei").await;
    anna.click("jump-to-newest").await;
    anna.gone("unread-badge").await;
    anna.run(PLACE_READ).await;
    for scrolled in ["scrollTop -= 2500", "scrollTop += 1500"] {
        anna.run(&format!("{SCROLLER}.{scrolled}")).await;
        anna.part("jump-to-newest").await;
        stays_in_all_sizes(&browser, &anna, scrolled).await;
    }
    // A tall message, more than half above the viewport: the part of it that is read stays.
    let to_tall = "const tall = [...document.querySelectorAll('[data-row]')].find(row => row.textContent.includes('a tall one'))";
    let scroller = format!("const view = {SCROLLER}");
    anna.until("the tall message", &format!("({SCROLLER}.scrollTop -= 200, document.querySelector('.timeline-rows').textContent.includes('a tall one'))")).await;
    anna.run(&format!(
        "{to_tall}; {scroller}; const r = tall.getBoundingClientRect(); \
         view.scrollTop += r.top + 0.6 * r.height - view.getBoundingClientRect().top"
    ))
    .await;
    stays_in_all_sizes(&browser, &anna, "a tall message").await;
    frames_pass(&anna).await;
    let before = place_read(&anna).await;
    anna.click("details").await;
    anna.part("details-panel").await;
    anna.until("the same place beside the details", &is_place(&before)).await;
}

/// The row at the top of the viewport and the share of it that is above.
const PLACE_READ: &str = "window.place = () => { \
    const top = document.querySelector('[data-testid=timeline]').getBoundingClientRect().top; \
    return [...document.querySelectorAll('.timeline-rows [data-row]')]\
        .map(row => [row, row.getBoundingClientRect()])\
        .filter(([, r]) => r.bottom > top + 1)\
        .map(([row, r]) => [row.dataset.row, (top - r.top) / r.height])[0] }";

async fn place_read(tab: &Tab) -> Value {
    tab.run("return window.place()").await
}

fn is_place(place: &Value) -> String {
    format!(
        "(([row, share]) => row === {} && Math.abs(share - {}) < 0.06)(window.place())",
        place[0], place[1]
    )
}

/// Waits until all that a change of the page schedules for its next frames is done.
async fn frames_pass(tab: &Tab) {
    tab.run(
        "window.frames = 0; (function count() { if (++window.frames < 5) requestAnimationFrame(count) })()",
    )
    .await;
    tab.until("some frames", "window.frames >= 5").await;
}

/// Turns a phone and makes it a desktop: what is read stays.
async fn stays_in_all_sizes(browser: &Browser, tab: &Tab, scrolled: &str) {
    frames_pass(tab).await;
    let before = place_read(tab).await;
    for (width, height) in [(844, 390), (1280, 800), (390, 844)] {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": true });
        browser
            .driver
            .cdp()
            .send_raw("Emulation.setDeviceMetricsOverride", metrics)
            .await
            .expect("a size is set");
        tab.until("the new size", &format!("innerWidth === {width}")).await;
        frames_pass(tab).await;
        tab.until(&format!("the same place at {width} after {scrolled}"), &is_place(&before)).await;
    }
}
