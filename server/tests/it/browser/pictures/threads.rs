//! Replies, a thread and the inbox of threads: in light, dark, on a phone and in Chinese.

use confab_shared::{
    command::{React, Send},
    id::{ConversationId, Seq},
};

use super::{door_of, file, settled};
use crate::support::{
    Person, Server, Socket,
    browser::{Browser, Look, Tab},
    client_id,
};

/// What people say: in the group, in its thread and beside both.
struct Words {
    people: [&'static str; 3],
    group: &'static str,
    root: &'static str,
    replies: [&'static str; 4],
    quoting: &'static str,
    also: &'static str,
    other_root: &'static str,
    other_reply: &'static str,
}

const ENGLISH: Words = Words {
    people: ["Mei", "Anna", "Tomasz"],
    group: "Weekend trip",
    root: "I booked the 08:12 train, four seats by the window",
    replies: [
        "Which platform?",
        "**Platform 3**, the `08:12` is on time",
        "I will bring coffee for all of us",
        "Then I bring the rolls",
    ],
    quoting: "Great! Do they take bicycles on it?",
    also: "They do, two of them. I reserved the places, so bring yours",
    other_root: "Where do we have dinner?",
    other_reply: "The place by the river has a table for four at seven",
};

const CHINESE: Words = Words {
    people: ["韩梅梅", "林涛", "王芳"],
    group: "周末出游",
    root: "我订了早上八点十二分的火车，四个靠窗的座位",
    replies: ["在几号站台？", "**三号站台**，`08:12` 准点", "我给大家带咖啡", "那我带面包"],
    quoting: "太好了！车上可以带自行车吗？",
    also: "可以带两辆，我已经预订了位置，把你的带上吧",
    other_root: "晚饭去哪里吃？",
    other_reply: "河边那家七点有四人桌",
};

async fn say(socket: &mut Socket, send: Send) -> Seq {
    socket.carry_out(send).await.expect("it is taken").seq
}

fn text(group: ConversationId, text: &str) -> Send {
    Send::new(client_id(), group, text.to_owned())
}

/// The user 123 in a group whose people use threads.
async fn lively(browser: &Browser, words: &Words) -> (Server, Tab, Socket, ConversationId, Seq) {
    let server = Server::start().await;
    let tab = browser.open(&door_of(&server, "123")).await;
    tab.online().await;
    tab.may_be_added().await;
    let [mei, anna, tomasz] = words.people;
    let (mei, anna, tomasz) = (
        Person::come(&server, mei).await,
        Person::come(&server, anna).await,
        Person::come(&server, tomasz).await,
    );
    let group = mei.group(words.group, &[anna.name(), tomasz.name(), "123"]).await;
    let (mut mei, mut anna, mut tomasz) = (mei.connect().await, anna.connect().await, tomasz.connect().await);
    let other = say(&mut anna, text(group, words.other_root)).await;
    let root = say(&mut mei, text(group, words.root)).await;
    let in_thread = |root, of: &str| Send { thread: Some(root), ..text(group, of) };
    tab.choose(words.group).await;
    tab.hears(words.root).await;
    let react =
        React {
            client_id: client_id(), conversation: group, target: root, emoji: "🎉".to_owned(), on: true
        };
    anna.carry_out(react).await.expect("a member reacts");
    let asked = say(&mut tomasz, in_thread(root, words.replies[0])).await;
    say(&mut mei, Send { reply_to: Some(asked), ..in_thread(root, words.replies[1]) }).await;
    say(&mut anna, in_thread(root, words.replies[2])).await;
    say(&mut tomasz, Send { reply_to: Some(root), ..text(group, words.quoting) }).await;
    tab.hears(words.quoting).await;
    super::super::threads::follow(&tab, &format!("[data-seq='{other}']")).await;
    say(&mut tomasz, in_thread(other, words.other_reply)).await;
    super::super::message_actions::choose(&tab, &format!("[data-seq='{root}']"), "menu-thread").await;
    tab.send_from("thread", words.replies[3]).await;
    let also = Send { also_in_conversation: true, ..in_thread(root, words.also) };
    say(&mut mei, also).await;
    tab.shows("thread-panel", words.also).await;
    (server, tab, mei, group, root)
}

/// Moves the mouse to where it hovers over nothing, and waits until nothing moves.
async fn rested(tab: &Tab, part: &str) {
    tab.hover(&format!("[data-testid={part}] h2, h1[data-testid={part}]")).await;
    let toolbar = "document.querySelector('[data-testid=message-toolbar]:not([hidden])')";
    tab.until("no toolbar", &format!("!{toolbar}")).await;
    settled(tab).await;
}

async fn pictures(look: Look, words: &Words, name: &str) {
    let browser = Browser::looking(look).await;
    let (_server, tab, mut mei, group, root) = lively(&browser, words).await;
    rested(&tab, "thread-panel").await;
    tab.picture(&file(&format!("thread{name}"))).await;
    if look.phone {
        tab.back().await;
        tab.gone("thread-panel").await;
        // The message to which the keyboard returned shows that until the next touch.
        tab.run("document.activeElement.blur()").await;
        settled(&tab).await;
        tab.picture(&file(&format!("replies{name}"))).await;
        tab.click("back").await;
    }
    tab.click("threads").await;
    say(&mut mei, Send { thread: Some(root), ..text(group, words.replies[1]) }).await;
    tab.until("two", "document.querySelectorAll('[data-testid=inbox-new]').length === 2").await;
    rested(&tab, "inbox-title").await;
    tab.picture(&file(&format!("threads{name}"))).await;
}

#[tokio::test]
async fn pictures_of_threads() {
    pictures(Look::DESKTOP, &ENGLISH, "").await;
}

#[tokio::test]
async fn pictures_of_threads_in_the_dark() {
    pictures(Look::DESKTOP.dark(), &ENGLISH, "-dark").await;
}

#[tokio::test]
async fn pictures_of_threads_on_a_phone() {
    pictures(Look::PHONE, &ENGLISH, "-phone").await;
}

#[tokio::test]
async fn pictures_of_threads_in_chinese() {
    pictures(Look::DESKTOP.chinese(), &CHINESE, "-chinese").await;
}
