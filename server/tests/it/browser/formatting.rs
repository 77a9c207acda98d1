//! What messages say: their form, code, links, mentions, emoji and length, as people see them.

use confab_shared::{
    command::Pin,
    id::{ConversationId, Seq},
};
use serde_json::Value;

use super::{door_of, turn_to};
use crate::support::{
    Person, Server, Socket,
    browser::{Browser, Tab},
    client_id,
};

const TEXT: &str = "document.querySelector('[data-testid=message-text]')";

/// Anna in a tab, with the conversation open that Mei writes in.
struct Pair {
    server: Server,
    tab: Tab,
    mei: Socket,
    direct: ConversationId,
    _browser: Browser,
}

impl Pair {
    async fn meet() -> Self {
        let (server, browser) = (Server::start().await, Browser::start().await);
        let mei = Person::come(&server, "mei").await;
        let tab = browser.open(&door_of(&server, "anna")).await;
        tab.online().await;
        turn_to(&tab, "mei").await;
        let direct = mei.direct("anna").await;
        let mei = mei.connect().await;
        Self { server, tab, mei, direct, _browser: browser }
    }

    /// Mei writes something, which the tab shows.
    async fn hears(&mut self, text: &str) -> Seq {
        let seq = self.mei.send_text(self.direct, text).await.seq;
        let there = format!("!!document.querySelector('[data-seq=\"{seq}\"] [data-testid=message-text]')");
        self.tab.until("the message", &there).await;
        seq
    }

    /// What the tab answers about the text of a message, as `it`.
    async fn of(&self, seq: Seq, expression: &str) -> Value {
        let it = format!("document.querySelector('[data-seq=\"{seq}\"] [data-testid=message-text]')");
        self.tab.run(&format!("const it = {it}; return {expression}")).await
    }
}

#[tokio::test]
async fn a_message_has_the_same_form_for_both_and_before_it_is_sent() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let one = browser.open(&door_of(&server, "123")).await;
    one.online().await;
    let other = browser.open(&door_of(&server, "456")).await;
    other.online().await;
    turn_to(&one, "456").await;
    turn_to(&other, "123").await;

    // Every state in which the text shows is kept: it never looks different.
    one.run(
        "window.seen = new Set(); new MutationObserver(() => { \
         const text = document.querySelector('[data-testid=message-text]'); \
         if (text?.firstChild) window.seen.add(text.innerHTML) }) \
         .observe(document.body, { childList: true, subtree: true })",
    )
    .await;
    one.say("**bold** *it* ~~no~~ `x < 1` [map](https://a.example/m)").await;
    one.said("bold it no x < 1 map").await;
    other.hears("bold it no x < 1 map").await;
    let html = "<strong>bold</strong> <em>it</em> <s>no</s> <code>x &lt; 1</code> \
                <a href=\"https://a.example/m\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">map</a>";
    for tab in [&one, &other] {
        assert_eq!(tab.run(&format!("return {TEXT}.innerHTML")).await, html);
    }
    let seen = one.run("return [...window.seen]").await;
    assert_eq!(seen, serde_json::json!([html]));
    // The list says it without signs.
    other.shows("conversation-item", "bold it no x < 1 map").await;
}

#[tokio::test]
async fn blocks_are_shown_and_what_looks_like_html_is_text() {
    let mut pair = Pair::meet().await;
    let text = "# Plan\n- milk\n  - oat\n- [x] done\n\n7) seven\n\n> said\nmine\n\n|a|b|\n|-|-:|\n|1|2|\n\n---\n<b>x</b> &amp;";
    let seq = pair.hears(text).await;
    for (selector, count) in [
        ("[role=heading]", 1),
        ("ul > li", 3),
        ("ul ul > li", 1),
        (".task-box.done", 1),
        ("ol.bracket > li[value=\"7\"]", 1),
        ("blockquote", 1),
        ("table td.end", 1),
        ("hr", 1),
        ("b", 0),
        ("h1", 0),
    ] {
        let found = pair.of(seq, &format!("it.querySelectorAll('{selector}').length")).await;
        assert_eq!(found, count, "{selector}");
    }
    let shown = pair.of(seq, "it.textContent").await;
    assert!(shown.as_str().is_some_and(|text| text.contains("<b>x</b> &amp;")), "{shown}");
    // A sentence with a number stays a sentence, and indentation is no code.
    let seq = pair.hears("1986. A great year\n    indented **not code**").await;
    assert_eq!(pair.of(seq, "it.textContent").await, "1986. A great year\n    indented not code");
    assert_eq!(pair.of(seq, "it.querySelectorAll('li, code, pre').length").await, 0);
}

#[tokio::test]
async fn code_is_coloured_copied_and_scrolls_sideways() {
    let mut pair = Pair::meet().await;
    let line = "x".repeat(300);
    let code = format!("fn main() {{\n    let a = \"**{line}**\"; // note\n}}");
    let seq = pair.hears(&format!("look:\n```rust\n{code}\n```")).await;
    let keyword = format!("!!document.querySelector('[data-seq=\"{seq}\"] .tok-keyword')");
    pair.tab.until("colours", &keyword).await;
    assert_eq!(pair.of(seq, "it.querySelector('code').textContent").await, code.as_str());
    assert_eq!(pair.of(seq, "it.querySelector('.tok-comment').textContent").await, "// note");
    assert_eq!(pair.of(seq, "it.querySelector('[data-language]').dataset.language").await, "rust");
    let scrolls = "it.querySelector('pre').scrollWidth > it.querySelector('pre').clientWidth";
    assert_eq!(pair.of(seq, scrolls).await, true);
    let wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(pair.tab.run(&format!("return {wide}")).await, false, "the page scrolls sideways");

    pair.tab.click("code-copy").await;
    pair.tab.type_into("composer-input", "\u{e009}v\u{e000}").await;
    let pasted = "document.querySelector('[data-testid=composer-input]').value";
    pair.tab.until("the code in the clipboard", &format!("{pasted} === {}", serde_json::json!(code))).await;

    // An unknown language is shown as it is.
    let seq = pair.hears("```nolanguage\nlet a = 1\n```").await;
    assert_eq!(pair.of(seq, "it.querySelectorAll('code span').length").await, 0);
}

#[tokio::test]
async fn a_spoiler_is_hidden_until_it_is_asked_for() {
    let mut pair = Pair::meet().await;
    let seq = pair.hears("it was ||the [butler](https://a.example)||").await;
    let state = "[it.querySelector('.spoiler-toggle').ariaExpanded, getComputedStyle(it.querySelector('.spoiler-text')).opacity, \
                 it.querySelector('.spoiler-text').inert]";
    assert_eq!(pair.of(seq, state).await, serde_json::json!(["false", "0", true]));
    // It is not in the list either.
    pair.tab.shows("conversation-item", "it was ▒▒▒▒").await;
    pair.of(seq, "it.querySelector('.spoiler-toggle').focus()").await;
    pair.tab.press("Enter").await;
    pair.tab
        .until("the spoiler", "getComputedStyle(document.querySelector('.spoiler-text')).opacity === '1'")
        .await;
    assert_eq!(pair.of(seq, "it.querySelector('.spoiler-toggle').ariaExpanded").await, "true");
    pair.tab.press("Enter").await;
    pair.tab
        .until("it hidden again", "document.querySelector('.spoiler-toggle').ariaExpanded === 'false'")
        .await;
    pair.tab.click_on(".spoiler").await;
    assert_eq!(pair.of(seq, "it.querySelector('.spoiler-toggle').ariaExpanded").await, "true");
}

#[tokio::test]
async fn links_end_where_they_do_and_do_not_deceive() {
    let mut pair = Pair::meet().await;
    for (text, href) in [
        ("«https://a.example/x»", "https://a.example/x"),
        ("https://a.example/x، ثم", "https://a.example/x"),
        ("https://a.example/x؟", "https://a.example/x"),
        ("https://a.example/x\u{2066}y", "https://a.example/x"),
        ("https://a.example看", "https://a.example"),
        ("(see www.a.example/b_(c)).", "https://www.a.example/b_(c)"),
        ("write me@a.example, please", "mailto:me@a.example"),
    ] {
        let seq = pair.hears(text).await;
        let hrefs = pair.of(seq, "[...it.querySelectorAll('a')].map(a => a.getAttribute('href'))").await;
        assert_eq!(hrefs, serde_json::json!([href]), "{text}");
        assert_eq!(pair.of(seq, "it.textContent").await, text);
    }
    let seq = pair.hears("[https://bank.example](https://evil.example/login)").await;
    assert_eq!(pair.of(seq, "it.textContent").await, "https://bank.example (evil.example)");
    let seq = pair.hears("[x](javascript:alert(1)) [y](data:text/html,z)").await;
    assert_eq!(pair.of(seq, "it.querySelectorAll('a').length").await, 0);
}

#[tokio::test]
async fn ones_own_mention_is_tinted_and_code_mentions_nobody() {
    let mut pair = Pair::meet().await;
    let seq = pair.hears("hi @anna and @nobody").await;
    let mentions = "[...it.querySelectorAll('.mention')].map(m => `${m.className} ${m.textContent}`)";
    assert_eq!(pair.of(seq, mentions).await, serde_json::json!(["mention me @anna"]));
    let edge = "getComputedStyle(it.closest('.bubble')).boxShadow";
    let plain = pair.hears("not you").await;
    assert_ne!(pair.of(seq, edge).await, pair.of(plain, edge).await);

    // In a conversation that is not open, code makes no badge of mentions.
    let everyone = ConversationId(1);
    let coded = pair.mei.send_text(everyone, "`@anna`\n```\n@anna\n```").await;
    assert!(coded.seq > Seq(0));
    pair.tab
        .until(
            "the message of all",
            "!!document.querySelector(`[data-name=Everyone] [data-testid=unread-badge]`)",
        )
        .await;
    let badge = "document.querySelector(`[data-name=Everyone] [data-testid=unread-badge]`).textContent";
    assert_eq!(pair.tab.run(&format!("return {badge}")).await, "1");
    pair.mei.send_text(everyone, "`code` and @anna").await;
    pair.tab.until("the mention", &format!("{badge} === '@ 2'")).await;

    // The author sees whom the message mentions, too.
    pair.tab.say("@mei look").await;
    pair.tab.said("@mei look").await;
    let own = "[...document.querySelectorAll('[data-own=true] .mention')].map(m => m.className)";
    assert_eq!(pair.tab.run(&format!("return {own}")).await, serde_json::json!(["mention"]));
    drop(pair.server);
}

#[tokio::test]
async fn emoji_alone_are_large_and_have_no_bubble() {
    let mut pair = Pair::meet().await;
    let size = "parseFloat(getComputedStyle(it).fontSize)";
    let plain = pair.hears("hello").await;
    let plain = pair.of(plain, size).await.as_f64().expect("a size");
    for (emoji, is_large) in [("🎉", true), ("👍🏽❤️🇨🇳", true), ("🎉🎉🎉🎉", false), ("ok 🎉", false)]
    {
        let seq = pair.hears(emoji).await;
        let large = pair.of(seq, size).await.as_f64().expect("a size");
        assert_eq!(large > 2.0 * plain, is_large, "{emoji}");
        let background = pair.of(seq, "getComputedStyle(it.closest('.bubble')).backgroundColor").await;
        assert_eq!(background == "rgba(0, 0, 0, 0)", is_large, "{emoji}");
    }
}

#[tokio::test]
async fn a_long_message_is_folded_and_stays_open_once_it_was_opened() {
    let mut pair = Pair::meet().await;
    let height = "it.closest('.bubble').getBoundingClientRect().height";
    let short = pair.hears(&"line\n".repeat(12)).await;
    assert_eq!(pair.of(short, "!!it.closest('.bubble').querySelector('.fold-toggle')").await, false);
    let long = pair.hears(&(0..60).map(|line| format!("line {line}\n")).collect::<String>()).await;
    pair.tab.part("fold-toggle").await;
    let toggle = "document.querySelector('[data-testid=fold-toggle]')";
    let folded = pair.of(long, height).await.as_f64().expect("a height");
    assert!((200.0..360.0).contains(&folded), "{folded}");

    // By the keyboard.
    pair.tab.run(&format!("{toggle}.focus()")).await;
    pair.tab.press("Enter").await;
    pair.tab.until("it open", &format!("{toggle}.ariaExpanded === 'true'")).await;
    let open = pair.of(long, height).await.as_f64().expect("a height");
    assert!(open > 1_200.0, "{open}");
    // Elsewhere and back: it is drawn anew, and open.
    pair.tab.choose("Everyone").await;
    pair.tab.choose("mei").await;
    pair.tab.until("it open still", &format!("{toggle}?.ariaExpanded === 'true'")).await;
    pair.tab.run(&format!("{toggle}.click()")).await;
    pair.tab.until("it folded", &format!("{toggle}.ariaExpanded === 'false'")).await;
    assert_eq!(pair.of(long, height).await.as_f64(), Some(folded));

    // Who is led to it sees all of it.
    let pin = Pin { client_id: client_id(), conversation: pair.direct, target: long, on: true };
    pair.mei.carry_out(pin).await.expect("a member pins");
    pair.tab.click("details").await;
    pair.tab.click("pin-jump").await;
    pair.tab.until("it open", &format!("{toggle}.ariaExpanded === 'true'")).await;
}

#[tokio::test]
async fn line_breaks_make_no_endless_bubble() {
    let mut pair = Pair::meet().await;
    let seq = pair.hears(&format!("top{}end", "\n".repeat(16_000))).await;
    pair.tab.part("fold-toggle").await;
    let height = "it.closest('.bubble').getBoundingClientRect().height";
    let folded = pair.of(seq, height).await.as_f64().expect("a height");
    assert!(folded < 360.0, "{folded}");
    pair.tab.click("fold-toggle").await;
    pair.tab
        .until("it open", "document.querySelector('[data-testid=fold-toggle]').ariaExpanded === 'true'")
        .await;
    let open = pair.of(seq, height).await.as_f64().expect("a height");
    assert!(open < 3_400.0, "{open}");
}
