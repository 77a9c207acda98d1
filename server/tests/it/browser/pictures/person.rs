//! What belongs to one person: mentions, unread, drafts, receipts, forwarding, saved messages; in light, dark, on a phone and in
//! Chinese.

use super::{super::message_actions::choose, door_of, file, settled};
use crate::support::{
    Person, Server, Socket,
    browser::{Browser, Look, Tab},
};

struct Words {
    people: [&'static str; 3],
    group: &'static str,
    /// What is said in the group; the third mentions the user 123.
    said: [&'static str; 6],
    direct: &'static str,
    draft: &'static str,
    other_draft: &'static str,
}

const ENGLISH: Words = Words {
    people: ["Mei", "Anna", "Tomasz"],
    group: "Weekend trip",
    said: [
        "Who is in for Saturday?",
        "Me! The early train, so that we have the whole day",
        "@123 are you coming, too? I booked four seats",
        "@everyone the train is at **08:12**, platform 3",
        "I will bring coffee",
        "Then I bring the rolls",
    ],
    direct: "Have you looked at the train times?",
    draft: "There is an early one and",
    other_draft: "There is one at ten",
};

const CHINESE: Words = Words {
    people: ["韩梅梅", "林涛", "王芳"],
    group: "周末出游",
    said: [
        "周六谁去？",
        "我去！坐早班车，这样能玩一整天",
        "@123 你也去吗？我订了四个座位",
        "@everyone 火车是 **08:12**，三号站台",
        "我带咖啡",
        "那我带面包",
    ],
    direct: "你看火车时刻表了吗？",
    draft: "有一班早的，还有",
    other_draft: "十点有一班",
};

async fn picture(tab: &Tab, name: &str, look: &str) {
    settled(tab).await;
    tab.picture(&file(&format!("{name}{look}"))).await;
}

/// Back to the list, where that has a screen of its own.
async fn to_list(tab: &Tab, look: Look) {
    if look.phone {
        tab.click("back").await;
    }
}

async fn pictures(look: Look, words: &Words, name: &str) {
    let (server, browser) = (Server::start().await, Browser::looking(look).await);
    let tab = browser.open(&door_of(&server, "123")).await;
    tab.online().await;
    tab.may_be_added().await;
    let mut sockets: Vec<Socket> = Vec::new();
    let mut people = Vec::new();
    for name in words.people {
        let person = Person::come(&server, name).await;
        sockets.push(person.connect().await);
        people.push(person);
    }
    let group = people[0].group(words.group, &[words.people[1], words.people[2], "123"]).await;
    let direct = people[0].direct("123").await;
    sockets[0].send_text(direct, words.direct).await;
    let mut seqs = Vec::new();
    for (at, text) in words.said.iter().enumerate() {
        seqs.push(sockets[at % 3].send_text(group, text).await.seq);
    }
    for socket in &mut sockets[1..] {
        socket.read(group, seqs[5]).await;
    }
    tab.shows("unread-badge", "@").await;
    tab.choose(words.people[0]).await;
    tab.hears(words.direct).await;
    tab.type_into("composer-input", words.draft).await;
    to_list(&tab, look).await;
    tab.choose(words.group).await;
    tab.hears(words.said[5]).await;
    picture(&tab, "mentions", name).await;
    let third = format!("[data-seq='{}']", seqs[2]);
    tab.right_click(&third).await;
    tab.part("message-menu").await;
    picture(&tab, "message-menu", name).await;
    tab.escape().await;
    tab.gone("message-menu").await;
    choose(&tab, &third, "menu-readers").await;
    tab.part("reader").await;
    picture(&tab, "readers", name).await;
    tab.escape().await;
    tab.gone("readers-dialog").await;
    choose(&tab, &third, "menu-forward").await;
    tab.part("forward-dialog").await;
    tab.click("forward-to").await;
    picture(&tab, "forward", name).await;
    tab.escape().await;
    tab.gone("forward-dialog").await;
    for seq in [seqs[3], seqs[2]] {
        choose(&tab, &format!("[data-seq='{seq}']"), "menu-save").await;
    }
    choose(&tab, &third, "menu-unread").await;
    tab.part("new-line").await;
    picture(&tab, "unread", name).await;
    to_list(&tab, look).await;
    if look.phone {
        picture(&tab, "drafts", name).await;
    }
    tab.click("settings").await;
    tab.click("privacy").await;
    tab.part("shares-read-positions").await;
    picture(&tab, "privacy", name).await;
    tab.escape().await;
    tab.gone("privacy-dialog").await;
    tab.click("settings").await;
    tab.click("saved-messages").await;
    tab.part("saved-message").await;
    picture(&tab, "saved", name).await;
    to_list(&tab, look).await;
    // Another device writes something else.
    tab.choose(words.people[0]).await;
    tab.hears(words.direct).await;
    let again = browser.open(&door_of(&server, "123")).await;
    again.online().await;
    again.choose(words.people[0]).await;
    again.until("the draft", "document.querySelector('[data-testid=composer-input]').value !== ''").await;
    let write = |text: &str| {
        format!(
            "const box = document.querySelector('[data-testid=composer-input]'); box.value = {text:?}; \
             box.dispatchEvent(new Event('input', {{ bubbles: true }}))"
        )
    };
    tab.run(&write(words.other_draft)).await;
    // Not what is stored already.
    again.run(&write(&format!("{}…", words.draft))).await;
    again.part("other-draft").await;
    picture(&again, "draft-conflict", name).await;
}

#[tokio::test]
async fn pictures_of_what_is_ones_own() {
    pictures(Look::DESKTOP, &ENGLISH, "").await;
}

#[tokio::test]
async fn pictures_of_what_is_ones_own_in_the_dark() {
    pictures(Look::DESKTOP.dark(), &ENGLISH, "-dark").await;
}

#[tokio::test]
async fn pictures_of_what_is_ones_own_on_a_phone() {
    pictures(Look::PHONE, &ENGLISH, "-phone").await;
}

#[tokio::test]
async fn pictures_of_what_is_ones_own_in_chinese() {
    pictures(Look::PHONE.dark().chinese(), &CHINESE, "-chinese").await;
}
