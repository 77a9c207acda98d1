//! Reading: the page follows what comes, begins where one left off, and reads only what was on the screen.

use std::{path::Path, time::Duration};

use confab_shared::id::ConversationId;

use super::{door_of, turn_to};
use crate::support::{
    Person, Server, Socket,
    browser::{Browser, Look, Tab},
    network::Network,
};

const SCROLLER: &str = "document.querySelector('[data-testid=timeline]')";

/// The y of the “New” line, and of an edge of the timeline, in pixels.
const LINE_TOP: &str = "document.querySelector('[data-testid=new-line]')?.getBoundingClientRect().top";

/// How much of the timeline is below what can be seen, in pixels.
fn below() -> String {
    format!("({SCROLLER}.scrollHeight - {SCROLLER}.scrollTop - {SCROLLER}.clientHeight)")
}

/// Whether a message can be seen.
pub(super) fn on_screen(text: &str) -> String {
    format!(
        "[...document.querySelectorAll('[data-testid=message-text]')].some(m => {{ \
         const row = m.getBoundingClientRect(), screen = {SCROLLER}.getBoundingClientRect(); \
         return m.textContent === {text:?} && row.top >= screen.top - 1 && row.bottom <= screen.bottom + 1 }})"
    )
}

/// Whether the “New” line stands right above a message.
pub(super) fn line_above(text: &str) -> String {
    format!(
        "document.querySelector('[data-testid=new-line]')?.nextElementSibling\
         ?.querySelector('[data-testid=message-text]')?.textContent === {text:?}"
    )
}

/// A tab with a conversation open at its end, and the one who writes to it.
struct Pair {
    anna: Tab,
    mei: Person,
    socket: Socket,
    conversation: ConversationId,
}

impl Pair {
    /// `url` is where anna comes in.
    async fn talking(server: &Server, browser: &Browser, url: &str) -> Self {
        let anna = browser.open(url).await;
        anna.online().await;
        let mei = Person::come(server, "mei").await;
        let conversation = mei.direct("anna").await;
        let mut socket = mei.connect().await;
        for number in 1..=40 {
            socket.send_text(conversation, &format!("early {number}")).await;
        }
        anna.choose("mei").await;
        anna.until("the first unread", &on_screen("early 1")).await;
        Self { anna, mei, socket, conversation }
    }

    /// The same, with everything read.
    async fn at_the_end(server: &Server, browser: &Browser, url: &str) -> Self {
        let pair = Self::talking(server, browser, url).await;
        pair.anna.click("jump-to-newest").await;
        pair.follows("early 40").await;
        pair
    }

    /// Waits until the end is in view with everything read.
    async fn follows(&self, last: &str) {
        let at_end = format!("{} <= 1 && {}", below(), on_screen(last));
        self.anna.until(&format!("the end at {last:?}"), &at_end).await;
        self.all_is_read().await;
    }

    async fn all_is_read(&self) {
        self.anna.gone("unread-badge").await;
        self.anna.until("a title without a count", "!document.title.startsWith('(')").await;
    }

    async fn says_many(&mut self, count: usize, text: impl Fn(usize) -> String) {
        self.socket.send_many(self.conversation, count, text).await;
    }
}

/// Shows or hides a tab, as its reader does by looking at another one. What a driver looks at is never hidden, so that
/// the page is given the sign alone.
async fn turn(tab: &Tab, state: &str) {
    tab.run(&format!(
        "Object.defineProperty(document, 'visibilityState', {{ value: '{state}', configurable: true }}); \
         document.dispatchEvent(new Event('visibilitychange'))"
    ))
    .await;
}

fn picture(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pictures");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder.join(format!("{name}.png"))
}

#[tokio::test]
async fn the_end_stays_in_view_whatever_comes_at_once() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mut pair = Pair::at_the_end(&server, &browser, &door_of(&server, "anna")).await;

    // Two, so close that the second comes before the browser has said that it scrolled for the first.
    for round in 0..10 {
        for number in 1..=2 {
            pair.socket.send_text(pair.conversation, &format!("one\ntwo\npair {round}.{number}")).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        pair.follows(&format!("one\ntwo\npair {round}.2")).await;
    }
    for round in 0..5 {
        pair.says_many(60, |number| format!("burst {round}.{number}\nwith\nlines")).await;
        pair.follows(&format!("burst {round}.60\nwith\nlines")).await;
    }
    pair.says_many(3, |number| format!("{}end {number}", "tall\n".repeat(60))).await;
    pair.anna.until("the end", &format!("{} <= 1", below())).await;
    pair.all_is_read().await;

    // A row that gets taller, such as one with a picture that loads late, or a reaction.
    pair.anna.run("[...document.querySelectorAll('.bubble')].at(-9).style.paddingBottom = '700px'").await;
    pair.anna.until("the end again", &format!("{SCROLLER}.scrollTop > 0 && {} <= 1", below())).await;
}

#[tokio::test]
async fn who_scrolls_up_is_not_moved_by_what_comes_or_grows() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mut pair = Pair::at_the_end(&server, &browser, &door_of(&server, "anna")).await;
    pair.anna.run(&format!("{SCROLLER}.scrollTop -= 500")).await;
    pair.anna.part("jump-to-newest").await;
    let read = "[...document.querySelectorAll('[data-row]')].find(row => row.getBoundingClientRect().bottom > \
                document.querySelector('[data-testid=timeline]').getBoundingClientRect().top + 200)";
    pair.anna
        .run(&format!("window.read = {read}; window.stood = window.read.getBoundingClientRect().top"))
        .await;
    let moved = "Math.abs(window.read.getBoundingClientRect().top - window.stood)";
    pair.says_many(60, |number| format!("burst {number}")).await;
    pair.anna.shows("jump-to-newest", "60").await;
    pair.anna.run("document.querySelector('.bubble').style.paddingBottom = '300px'").await;
    pair.anna.until("the same place", &format!("{moved} < 3")).await;
    let grown = format!("document.querySelector('.bubble').offsetHeight > 300 && {moved} < 3");
    pair.anna.until("the same place below what grew", &grown).await;
    pair.anna.until("a line above what is new", &line_above("burst 1")).await;
}

#[tokio::test]
async fn a_conversation_opens_at_its_first_unread_message_and_reads_only_what_is_shown() {
    let server = Server::start().await;
    for (count, look, name) in [(61, Look::DESKTOP, "desktop"), (400, Look::PHONE.dark(), "phone")] {
        let browser = Browser::looking(look).await;
        let reader = format!("reader-{name}");
        let anna = browser.open(&door_of(&server, &reader)).await;
        anna.online().await;
        let mei = Person::come(&server, &format!("writer-{name}")).await;
        let conversation = mei.direct(&reader).await;
        let mut socket = mei.connect().await;
        for number in 1..=9 {
            socket.send_text(conversation, &format!("read {number}")).await;
        }
        anna.choose(mei.name()).await;
        anna.hears("read 9").await;
        anna.gone("unread-badge").await;
        if name == "phone" {
            anna.click("back").await;
        } else {
            anna.choose("Everyone").await;
        }
        for number in 1..=count {
            let called = if number == 30 || number == 50 { format!("@{reader} ") } else { String::new() };
            socket.send_text(conversation, &format!("{called}unread {number}")).await;
        }
        anna.until("the count", &format!("document.title.startsWith('({count})')")).await;
        anna.choose(mei.name()).await;
        anna.until("the first unread", &on_screen("unread 1")).await;
        anna.until("its line", &line_above("unread 1")).await;
        let line = anna.run(&format!("return {LINE_TOP} - {SCROLLER}.getBoundingClientRect().top")).await;
        assert!(line.as_f64().is_some_and(|y| (0.0..200.0).contains(&y)), "the line is at {line}");
        anna.picture(&picture(&format!("first-unread-{name}"))).await;

        // What is on the screen is read, and nothing else.
        let unread = "Number(document.title.match(/^\\((\\d+)\\)/)?.[1])";
        anna.until("what is shown as read", &format!("{unread} < {count}")).await;
        let shown = anna
            .run(&format!(
                "const screen = {SCROLLER}.getBoundingClientRect(); return \
                 [...document.querySelectorAll('[data-testid=message]')].filter(m => \
                 m.textContent.includes('unread') && m.getBoundingClientRect().bottom <= screen.bottom + 8).length"
            ))
            .await;
        let left = anna.run(&format!("return {unread}")).await;
        assert_eq!(left.as_u64().unwrap() + shown.as_u64().unwrap(), count, "{left} unread, {shown} shown");

        // The next mention is one click away; what was skipped on the way stays unread.
        anna.click("jump-to-mention").await;
        anna.until("the mention", &on_screen(&format!("@{reader} unread 30"))).await;
        anna.click("jump-to-mention").await;
        anna.until("the next mention", &on_screen(&format!("@{reader} unread 50"))).await;
        anna.picture(&picture(&format!("next-mention-{name}"))).await;
        assert!(anna.run(&format!("return {unread}")).await.as_u64().unwrap() > 0);

        anna.click("jump-to-newest").await;
        anna.until("the newest", &on_screen(&format!("unread {count}"))).await;
        anna.gone("unread-badge").await;
        anna.until("all read", "!document.title.startsWith('(')").await;
        anna.gone("jump-to-mention").await;
    }
}

#[tokio::test]
async fn what_is_unread_is_read_by_scrolling_through_it() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mut pair = Pair::at_the_end(&server, &browser, &door_of(&server, "anna")).await;
    pair.anna.choose("Everyone").await;
    pair.says_many(200, |number| format!("unread {number}")).await;
    pair.anna.until("the count", "document.title.startsWith('(200)')").await;
    pair.anna.choose("mei").await;
    pair.anna.until("the first unread", &on_screen("unread 1")).await;
    // As a wheel goes; what follows is loaded on the way.
    let seen = pair.anna.scroll_through("unread 200").await;
    pair.follows("unread 200").await;
    let all: Vec<_> = (1..=200).map(|number| format!("unread {number}")).collect();
    assert!(seen.ends_with(&all), "every message once and in order: {seen:?}");
    pair.says_many(1, |_| "and one more".to_owned()).await;
    pair.follows("and one more").await;
}

#[tokio::test]
async fn who_comes_back_to_a_hidden_tab_sees_where_they_left() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    for count in [20_usize, 500] {
        let name = format!("anna{count}");
        let anna = browser.open(&door_of(&server, &name)).await;
        anna.online().await;
        let mei = Person::come(&server, &format!("mei{count}")).await;
        let conversation = mei.direct(&name).await;
        let mut socket = mei.connect().await;
        socket.send_text(conversation, "before").await;
        anna.choose(mei.name()).await;
        anna.hears("before").await;
        anna.gone("unread-badge").await;
        let mut pair = Pair { anna, mei, socket, conversation };

        turn(&pair.anna, "hidden").await;
        pair.says_many(count, |number| format!("missed {number}\nwith two lines")).await;
        pair.anna.until("the count", &format!("document.title.startsWith('({count})')")).await;
        turn(&pair.anna, "visible").await;
        pair.anna.until("the line", &line_above("missed 1\nwith two lines")).await;
        pair.anna.until("where one left", &on_screen("missed 1\nwith two lines")).await;
        pair.anna.picture(&picture(&format!("return-{count}"))).await;
        pair.anna.until("what is shown as read", &format!("!document.title.startsWith('({count})')")).await;
        assert_eq!(pair.anna.run("return document.title.startsWith('(')").await, true, "and nothing else");

        pair.anna.click("jump-to-newest").await;
        pair.follows(&format!("missed {count}\nwith two lines")).await;
        pair.anna.say("an answer").await;
        pair.anna.said("an answer").await;
        pair.anna.gone("new-line").await;
    }
}

#[tokio::test]
async fn who_was_out_of_touch_sees_where_they_left() {
    for count in [20_usize, 500] {
        let (server, browser) = (Server::start().await, Browser::start().await);
        let network = Network::to(&server).await;
        let mut pair = Pair::at_the_end(&server, &browser, &network.url("/?userID=anna")).await;
        network.cut_sockets();
        pair.anna.part("connection-banner").await;
        pair.says_many(count, |number| format!("missed {number}\nwith two lines")).await;
        network.heal();
        pair.anna.run("window.dispatchEvent(new Event('online'))").await;
        pair.anna.online().await;
        pair.anna.until("the line", &line_above("missed 1\nwith two lines")).await;
        pair.anna.until("where one left", &on_screen("missed 1\nwith two lines")).await;
        let unread = "Number(document.title.match(/^\\((\\d+)\\)/)?.[1])";
        pair.anna.until("what is shown as read", &format!("{unread} < {count}")).await;
        pair.anna.click("jump-to-newest").await;
        pair.follows(&format!("missed {count}\nwith two lines")).await;
        assert_eq!(pair.mei.view(pair.conversation).await.message_count, 40 + count as u64);
    }
}

#[tokio::test]
async fn one_comes_back_to_the_place_that_one_left() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mut pair = Pair::at_the_end(&server, &browser, &door_of(&server, "anna")).await;
    pair.anna.run(&format!("{SCROLLER}.scrollTop -= 700")).await;
    pair.anna.part("jump-to-newest").await;
    let first = "[...document.querySelectorAll('[data-testid=message]')].find(m => m.getBoundingClientRect().top > \
                 document.querySelector('[data-testid=timeline]').getBoundingClientRect().top)";
    let place = format!("(m => m.textContent + '@' + Math.round(m.getBoundingClientRect().top))({first})");
    let stood = pair.anna.run(&format!("return {place}")).await;
    pair.anna.choose("Everyone").await;
    pair.says_many(5, |number| format!("meanwhile {number}")).await;
    pair.anna.shows("unread-badge", "5").await;
    pair.anna.choose("mei").await;
    pair.anna.until("the same place", &format!("{place} === {stood}")).await;
    pair.anna.shows("jump-to-newest", "5").await;
    pair.anna.click("jump-to-newest").await;
    pair.follows("meanwhile 5").await;
    turn_to(&pair.anna, "mei").await;
    pair.follows("meanwhile 5").await;
}
