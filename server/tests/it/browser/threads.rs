//! Threads beside the timeline, and their inbox.

use confab_shared::{
    command::Send,
    id::{ConversationId, Seq},
};

use super::message_actions::{FOCUSED, Scene, choose, selector_of, use_toolbar};
use crate::support::{
    Socket,
    browser::{Look, Tab},
    client_id,
};

/// The texts of the messages in the panel.
const REPLIES: &str = "[...document.querySelectorAll('[data-testid=thread-panel] [data-testid=message-text]')]\
    .map(m => m.textContent).join(' | ')";

const LINE: &str = "document.querySelector('[data-testid=thread-line]')";

fn seq_of(message: &str) -> Seq {
    Seq(message.replace(|c: char| !c.is_ascii_digit(), "").parse().expect("a seq"))
}

/// Replies in the open thread.
async fn reply(tab: &Tab, text: &str) {
    tab.send_from("thread", text).await;
    tab.until(text, &format!("{REPLIES}.endsWith({})", serde_json::json!(text))).await;
}

/// Replies in a thread without a page.
async fn reply_through(socket: &mut Socket, group: ConversationId, root: Seq, text: &str) {
    let reply = Send { thread: Some(root), ..Send::new(client_id(), group, text.to_owned()) };
    socket.carry_out(reply).await.expect("it is taken");
}

/// Follows a thread by hand, and waits until that is so.
pub(super) async fn follow(tab: &Tab, root: &str) {
    choose(tab, root, "menu-follow").await;
    tab.right_click(root).await;
    tab.part("menu-unfollow").await;
    tab.press("Escape").await;
    tab.gone("message-menu").await;
}

async fn badge(tab: &Tab, count: u32) {
    let shown = "(document.querySelector('[data-testid=threads-badge]')?.textContent ?? '0')";
    tab.until(&format!("{count} unread threads"), &format!("{shown} === '{count}'")).await;
}

/// Anna has said something, and Ben has replied in its thread, which is open in his tab.
async fn begun() -> (Scene, String) {
    let scene = Scene::start().await;
    let root = scene.anna_says("who is in?").await;
    use_toolbar(&scene.ben, &root, "action-thread").await;
    scene.ben.until("the field", &format!("{FOCUSED} === 'thread-input'")).await;
    scene.ben.shows("reply-count", "No replies yet").await;
    reply(&scene.ben, "me").await;
    scene.anna.part("thread-line").await;
    (scene, root)
}

#[tokio::test]
async fn a_thread_begins_at_any_message_and_shows_below_it_for_all() {
    let (mut scene, root) = begun().await;
    scene.ben.until("both", &format!("{REPLIES} === 'who is in? | me'")).await;
    let texts = scene.anna.messages().await;
    assert_eq!(texts, ["who is in?"], "the conversation has none of it");
    scene.anna.until("one", &format!("{LINE}.textContent.includes('1 reply')")).await;
    scene.anna.until("just now", &format!("{LINE}.textContent.includes('last reply just now')")).await;
    scene.anna.until("a dot", &format!("{LINE}.dataset.unread === 'true'")).await;
    scene.ben.until("no dot for its author", &format!("{LINE}.dataset.unread === 'false'")).await;
    reply_through(&mut scene.socket, scene.group, seq_of(&root), "me, too").await;
    for tab in [&scene.anna, &scene.ben] {
        tab.until("two", &format!("{LINE}.textContent.includes('2 replies')")).await;
        tab.until("two faces", &format!("{LINE}.querySelectorAll('.avatar').length === 2")).await;
    }
    scene.ben.shows("reply-count", "2 replies").await;
    // Edits and deletions show there, too.
    scene.ben.type_into("thread-input", "\u{e013}\u{e009}a\u{e000}not me\u{e007}").await;
    scene.ben.until("the edit", &format!("{REPLIES} === 'who is in? | not me | me, too'")).await;
    let reply = selector_of(&scene.ben, "not me").await;
    choose(&scene.ben, &reply, "menu-delete").await;
    scene.ben.click("delete-confirm").await;
    scene.anna.until("one left", &format!("{LINE}.textContent.includes('1 reply')")).await;
    scene.anna.until("one face", &format!("{LINE}.querySelectorAll('.avatar').length === 1")).await;
}

#[tokio::test]
async fn threads_and_the_conversation_are_read_apart() {
    let (mut scene, root) = begun().await;
    badge(&scene.anna, 1).await;
    // Anna goes away; then both have something new.
    scene.anna.choose("Everyone").await;
    scene.mei_unseen("tickets?").await;
    let unread = "document.querySelector('[data-name=Trip] [data-testid=unread-badge]')";
    scene.anna.until("one message", &format!("{unread}?.textContent === '1'")).await;
    scene.anna.choose("Trip").await;
    scene.anna.hears("tickets?").await;
    scene.anna.until("read", &format!("!{unread}")).await;
    // The conversation is read, and its thread is not.
    scene.anna.reload().await;
    scene.anna.hears("tickets?").await;
    badge(&scene.anna, 1).await;
    scene.anna.until("a dot", &format!("{LINE}.dataset.unread === 'true'")).await;
    scene.anna.click("thread-line").await;
    scene.anna.until("the reply", &format!("{REPLIES} === 'who is in? | me'")).await;
    scene
        .anna
        .until("a line above it", "!!document.querySelector('[data-testid=thread-panel] .new-line')")
        .await;
    badge(&scene.anna, 0).await;
    scene.anna.until("no dot", &format!("{LINE}.dataset.unread === 'false'")).await;
    // In the inbox she reads no message of the conversation.
    scene.anna.click("threads").await;
    scene.mei_unseen("platform 3").await;
    scene.anna.until("one message", &format!("{unread}?.textContent === '1'")).await;
    reply_through(&mut scene.socket, scene.group, seq_of(&root), "me, too").await;
    badge(&scene.anna, 1).await;
    scene.anna.until("still one message", &format!("{unread}?.textContent === '1'")).await;
}

#[tokio::test]
async fn a_deleted_root_ends_its_thread_and_leaves_no_badge() {
    let (mut scene, root) = begun().await;
    badge(&scene.anna, 1).await;
    choose(&scene.anna, &root, "menu-delete").await;
    scene.anna.click("delete-confirm").await;
    badge(&scene.anna, 0).await;
    scene.ben.part("thread-over").await;
    scene.ben.gone("thread-input").await;
    scene.ben.gone("thread-follow").await;
    let refused =
        Send { thread: Some(seq_of(&root)), ..Send::new(client_id(), scene.group, "late".to_owned()) };
    scene.socket.carry_out(refused).await.expect_err("the thread is over");
    for tab in [&scene.anna, &scene.ben] {
        tab.reload().await;
        tab.online().await;
        badge(tab, 0).await;
        tab.until("no dot", &format!("{LINE}.dataset.unread === 'false'")).await;
        tab.click("threads").await;
        tab.part("inbox-empty").await;
    }
}

#[tokio::test]
async fn a_thread_is_followed_by_hand_without_a_reply() {
    let mut scene = Scene::start().await;
    let root = scene.mei_says("tickets?").await;
    choose(&scene.anna, &root, "menu-follow").await;
    let followed = async |tab: &Tab, item: &str| {
        tab.right_click(&root).await;
        tab.part(item).await;
        tab.press("Escape").await;
        tab.gone("message-menu").await;
    };
    followed(&scene.anna, "menu-unfollow").await;
    followed(&scene.ben, "menu-follow").await;
    reply_through(&mut scene.socket, scene.group, seq_of(&root), "I have them").await;
    badge(&scene.anna, 1).await;
    badge(&scene.ben, 0).await;
    scene.anna.click("thread-line").await;
    badge(&scene.anna, 0).await;
    scene
        .anna
        .until("followed", "document.querySelector('[data-testid=thread-follow]').ariaPressed === 'true'")
        .await;
    scene.anna.click("thread-follow").await;
    scene
        .anna
        .until(
            "not any more",
            "document.querySelector('[data-testid=thread-follow]').ariaPressed === 'false'",
        )
        .await;
    scene.anna.click("thread-close").await;
    scene.anna.gone("thread-panel").await;
    reply_through(&mut scene.socket, scene.group, seq_of(&root), "four of them").await;
    scene.anna.part("thread-line").await;
    scene.anna.until("two", &format!("{LINE}.textContent.includes('2 replies')")).await;
    badge(&scene.anna, 0).await;
}

#[tokio::test]
async fn a_reply_may_show_in_the_conversation_too_and_leads_back() {
    let (scene, _) = begun().await;
    scene.ben.click("thread-also").await;
    reply(&scene.ben, "by the early train").await;
    scene.anna.hears("by the early train").await;
    scene.anna.shows("thread-origin", "replied to a thread: who is in?").await;
    scene.ben.until("once", "!document.querySelector('[data-testid=thread-also]').checked").await;
    scene.anna.click("thread-origin").await;
    scene.anna.until("all of it", &format!("{REPLIES} === 'who is in? | me | by the early train'")).await;
    scene.anna.gone("thread-panel thread-origin").await;
}

#[tokio::test]
async fn a_quote_in_a_thread_leads_to_what_it_quotes_there() {
    let (mut scene, root) = begun().await;
    let first = selector_of(&scene.ben, "me").await;
    for number in 0..150 {
        reply_through(&mut scene.socket, scene.group, seq_of(&root), &format!("reply {number}")).await;
    }
    let quoting = Send {
        thread: Some(seq_of(&root)),
        reply_to: Some(seq_of(&first)),
        ..Send::new(client_id(), scene.group, "you?".to_owned())
    };
    scene.socket.carry_out(quoting).await.expect("it is taken");
    scene.ben.reload().await;
    scene.ben.shows("thread-panel quote", "me").await;
    scene.ben.gone("thread-panel reply-count").await;
    scene.ben.click("thread-panel quote").await;
    scene
        .ben
        .until("the first reply", &format!("!!document.querySelector(\".thread .found {first}\")"))
        .await;
    scene.ben.part("thread-panel reply-count").await;
}

#[tokio::test]
async fn the_inbox_lists_the_followed_threads_and_leads_into_them() {
    let (mut scene, root) = begun().await;
    let second = scene.mei_says("tickets?").await;
    follow(&scene.anna, &second).await;
    reply_through(&mut scene.socket, scene.group, seq_of(&second), "I have them").await;
    badge(&scene.anna, 2).await;
    scene.anna.click("threads").await;
    let listed = "[...document.querySelectorAll('[data-testid=inbox-thread]')].map(t => [\
        'inbox-conversation', 'inbox-root', 'inbox-last', 'inbox-new'].map(part => \
        t.querySelector(`[data-testid=${part}]`)?.textContent ?? '').join(' / ')).join(' | ')";
    let both = "Trip / mei: tickets? / mei: I have them / 1 new | Trip / You: who is in? / ben: me / 1 new";
    scene.anna.until("both", &format!("{listed} === '{both}'")).await;
    scene.anna.click("inbox-thread").await;
    scene.anna.until("the thread", &format!("{REPLIES} === 'tickets? | I have them'")).await;
    badge(&scene.anna, 1).await;
    scene.anna.back().await;
    scene.anna.part("inbox").await;
    scene.anna.click("inbox-unread").await;
    let one = "Trip / You: who is in? / ben: me / 1 new";
    scene.anna.until("one", &format!("{listed} === '{one}'")).await;
    // It follows what happens.
    reply_through(&mut scene.socket, scene.group, seq_of(&root), "me, too").await;
    let two = "Trip / You: who is in? / mei: me, too / 2 new";
    scene.anna.until("two", &format!("{listed} === '{two}'")).await;
    scene.anna.click("inbox-thread").await;
    badge(&scene.anna, 0).await;
    scene.anna.click("threads").await;
    scene.anna.click("inbox-unread").await;
    scene.anna.part("inbox-empty").await;
    scene.anna.click("inbox-all").await;
    scene
        .anna
        .until("both again", "document.querySelectorAll('[data-testid=inbox-thread]').length === 2")
        .await;
}

#[tokio::test]
async fn a_reload_keeps_the_thread_and_back_closes_it() {
    let (scene, root) = begun().await;
    let tab = &scene.ben;
    let seq = seq_of(&root);
    tab.until("the address", &format!("location.search === '?thread={seq}'")).await;
    tab.reload().await;
    tab.until("the thread", &format!("{REPLIES} === 'who is in? | me'")).await;
    tab.back().await;
    tab.gone("thread-panel").await;
    tab.shows("conversation-title", "Trip").await;
    tab.forward().await;
    tab.part("thread-panel").await;
    tab.click("thread-close").await;
    tab.gone("thread-panel").await;
    tab.until("the address", "location.search === ''").await;
    // The details stand in the same place.
    tab.click("thread-line").await;
    tab.part("thread-panel").await;
    tab.click("details").await;
    tab.part("details-panel").await;
    tab.gone("thread-panel").await;
    tab.click("thread-line").await;
    tab.part("thread-panel").await;
    tab.gone("details-panel").await;
}

#[tokio::test]
async fn on_a_phone_a_thread_fills_the_screen_and_back_leads_to_the_conversation() {
    let mut scene = Scene::looking(Look::PHONE).await;
    let root = scene.anna_says("who is in?").await;
    let tab = &scene.ben;
    tab.touch(&root).await;
    tab.part("message-menu").await;
    tab.lift().await;
    tab.click("menu-thread").await;
    let covers = "(area => [area.left, area.top, area.right - innerWidth, area.bottom - innerHeight]\
        .every(distance => Math.abs(distance) < 1))\
        (document.querySelector('[data-testid=thread-panel]').getBoundingClientRect())";
    tab.part("thread-panel").await;
    tab.until("the whole screen", covers).await;
    reply(tab, "me").await;
    // What the thread covers is not read.
    scene.socket.send_text(scene.group, "tickets?").await;
    scene.anna.hears("tickets?").await;
    tab.until("it is there", "document.querySelectorAll('[data-testid=message]').length === 4").await;
    tab.back().await;
    tab.gone("thread-panel").await;
    tab.until("a line above what is new", "!!document.querySelector('[data-testid=new-line]')").await;
    tab.click("thread-line").await;
    tab.part("thread-panel").await;
    tab.click("thread-back").await;
    tab.gone("thread-panel").await;
    tab.shows("conversation-title", "Trip").await;
    tab.back().await;
    tab.until("the list", "location.pathname === '/'").await;
}

#[tokio::test]
async fn a_thread_is_used_by_the_keyboard_alone() {
    let scene = Scene::start().await;
    let root = scene.anna_says("who is in?").await;
    let tab = &scene.ben;
    let seq = seq_of(&root);
    tab.run("document.querySelector('[data-testid=timeline]').focus()").await;
    tab.press("ArrowUp").await;
    tab.until("the message", &format!("{FOCUSED} === '{seq}'")).await;
    tab.press("t").await;
    tab.until("the field", &format!("{FOCUSED} === 'thread-input'")).await;
    reply(tab, "me").await;
    tab.run("document.querySelector('[data-testid=thread-timeline]').focus()").await;
    tab.press("ArrowUp").await;
    let own = seq_of(&selector_of(tab, "me").await);
    tab.until("the reply", &format!("{FOCUSED} === '{own}'")).await;
    tab.press("ArrowUp").await;
    tab.until("the root", &format!("{FOCUSED} === '{seq}'")).await;
    tab.press("Escape").await;
    tab.until("the replies", &format!("{FOCUSED} === 'thread-timeline'")).await;
    tab.press("Escape").await;
    tab.gone("thread-panel").await;
    tab.until("where one was", &format!("{FOCUSED} === '{seq}'")).await;
    // Tab leads to the line below the root, and Enter into the thread.
    tab.run(&format!("{LINE}.focus()")).await;
    tab.press("Enter").await;
    tab.until("the field", &format!("{FOCUSED} === 'thread-input'")).await;
    tab.press("Escape").await;
    tab.gone("thread-panel").await;
    tab.until("the line", &format!("{FOCUSED} === 'thread-line'")).await;
}

#[tokio::test]
async fn a_thread_speaks_chinese() {
    let mut scene = Scene::looking(Look::DESKTOP.chinese()).await;
    let root = scene.anna_says("谁去?").await;
    choose(&scene.anna, &root, "menu-follow").await;
    reply_through(&mut scene.socket, scene.group, seq_of(&root), "我").await;
    scene.anna.shows("thread-line", "1 条回复").await;
    scene.anna.shows("threads", "讨论串").await;
    scene.anna.click("thread-line").await;
    scene.anna.shows("thread-panel", "已关注").await;
}

#[tokio::test]
async fn a_thread_has_the_form_of_messages_and_so_has_what_leads_to_it() {
    let scene = Scene::start().await;
    scene.anna.say("**who** is in, at `08:12`?").await;
    let root = selector_of(&scene.ben, "who is in, at 08:12?").await;
    use_toolbar(&scene.ben, &root, "action-thread").await;
    scene.ben.until("the field", &format!("{FOCUSED} === 'thread-input'")).await;
    let shown = |tag: &str, text: &str| {
        format!(
            "[...document.querySelectorAll('[data-testid=thread-panel] [data-testid=message-text] {tag}')]\
             .some(part => part.textContent === '{text}')"
        )
    };
    scene.ben.until("the root in form", &shown("strong", "who")).await;
    // The shortcuts, the short codes and the bar are those of the conversation's field.
    scene.ben.type_into("thread-input", "me\u{e009}ab\u{e000}").await;
    scene.ben.until("it is bold", "document.activeElement.value === '**me**'").await;
    scene.ben.type_into("thread-input", "\u{e010} :tada").await;
    scene.ben.part("thread-panel completions").await;
    scene.ben.type_into("thread-input", "\u{e007}").await;
    scene.ben.until("the emoji", "document.activeElement.value === '**me** 🎉 '").await;
    scene.ben.click("thread-panel format-toggle").await;
    scene.ben.click("thread-panel format-code").await;
    scene.ben.type_into("thread-input", "four\u{e010}").await;
    scene.ben.click("thread-also").await;
    scene.ben.type_into("thread-input", "\u{e007}").await;
    scene.ben.until("bold", &shown("strong", "me")).await;
    scene.ben.until("code", &shown("code", "four")).await;
    scene.anna.shows("thread-origin", "replied to a thread: who is in, at 08:12?").await;
    scene.anna.click("threads").await;
    scene.anna.shows("inbox-root", "You: who is in, at 08:12?").await;
    scene.anna.shows("inbox-last", "ben: me 🎉 four").await;
}
