//! The search and its bar: in light, dark, on a phone and in Chinese.

use confab_shared::{
    command::{Pin, Send},
    id::ConversationId,
};

use super::{door_of, file, settled};
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
    client_id,
};

/// What people say, and what is searched for.
struct Words {
    people: [&'static str; 3],
    group: &'static str,
    said: [&'static str; 7],
    reply: &'static str,
    everyone: &'static str,
    direct: [&'static str; 2],
    query: &'static str,
    nothing: &'static str,
}

const ENGLISH: Words = Words {
    people: ["Mei", "Anna", "Tomasz"],
    group: "Weekend trip",
    said: [
        "Who is in for Saturday?",
        "Me! The early train, so that we have the whole day",
        "If somebody wakes me",
        "I booked the **08:12 train**, four seats by the window",
        "Great! Do they take bicycles on it?",
        "They do, two of them",
        "The way from the station to the old town is half an hour on foot. There is a tram, too, every ten minutes, but the last one \
         leaves before our train arrives: let us walk, it will be light",
    ],
    reply: "The training of the new ones is on Monday, so I have to be back by then",
    everyone: "No trains between ten and two tonight: work on the line",
    direct: ["Have you looked at the train times?", "There is an early one and one at ten"],
    query: "train",
    nothing: "aeroplane",
};

const CHINESE: Words = Words {
    people: ["韩梅梅", "林涛", "王芳"],
    group: "周末出游",
    said: [
        "周六谁去？",
        "我去！坐早上的火车吧，可以玩一整天",
        "那得有人叫我起床",
        "我订了 **08:12 的火车**，四个靠窗的座位",
        "太好了！车上可以带自行车吗？",
        "可以带两辆",
        "从车站走到老城要半个小时，也有电车，每十分钟一班，不过末班车在我们的火车到站之前就开走了，我们走过去吧",
    ],
    reply: "周一要培训新人，我得坐火车赶回来",
    everyone: "今晚十点到两点没有火车：线路检修",
    direct: ["火车时刻表你看了吗？", "早上八点有一班，十点还有一班"],
    query: "火车",
    nothing: "飞机",
};

/// The user 123 among people who talked of the same thing in several places.
async fn talked(browser: &Browser, words: &Words) -> (Server, Tab, ConversationId) {
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
    let direct = mei.direct("123").await;
    let mut sockets = [mei.connect().await, anna.connect().await, tomasz.connect().await];
    let mut seqs = Vec::new();
    for (text, by) in words.said.iter().zip([0, 1, 2, 0, 2, 0, 1]) {
        seqs.push(sockets[by].send_text(group, text).await.seq);
    }
    let reply = Send { thread: Some(seqs[0]), ..Send::new(client_id(), group, words.reply.to_owned()) };
    sockets[2].carry_out(reply).await.expect("it is taken");
    let pin = Pin { client_id: client_id(), conversation: group, target: seqs[3], on: true };
    sockets[0].carry_out(pin).await.expect("it is pinned");
    sockets[1].send_text(ConversationId(1), words.everyone).await;
    for text in words.direct {
        sockets[0].send_text(direct, text).await;
    }
    super::super::search::can_be_found(&mei, words.direct[1]).await;
    (server, tab, group)
}

async fn pictures(look: Look, words: &Words, name: &str) {
    let browser = Browser::looking(look).await;
    let (server, tab, group) = talked(&browser, words).await;
    let address = |path: &str| format!("http://localhost:{}{path}", server.port());
    tab.go(&address("/search")).await;
    tab.part("search-start").await;
    settled(&tab).await;
    tab.picture(&file(&format!("search-start{name}"))).await;
    tab.type_into("search-field", words.query).await;
    tab.until("all of them", "document.querySelectorAll('[data-testid=search-hit]').length >= 5").await;
    tab.click_on("[data-testid=search-group]:nth-of-type(1) [data-testid=search-around]").await;
    tab.part("search-neighbours").await;
    tab.run("document.activeElement.blur()").await;
    settled(&tab).await;
    tab.picture(&file(&format!("search{name}"))).await;
    tab.type_into("search-field", format!(" -from:{} from:", words.people[2])).await;
    tab.part("search-completion").await;
    settled(&tab).await;
    tab.picture(&file(&format!("search-filters{name}"))).await;
    tab.type_into("search-field", "\u{e007}").await;
    tab.until("the second chip", "document.querySelectorAll('[data-testid=search-chip]').length === 2").await;
    tab.click("filter-after").await;
    tab.part("search-day").await;
    settled(&tab).await;
    tab.picture(&file(&format!("search-days{name}"))).await;
    tab.click("search-clear").await;
    tab.type_into("search-field", format!("{}\u{e007}", words.nothing)).await;
    tab.part("search-nothing").await;
    settled(&tab).await;
    tab.picture(&file(&format!("search-nothing{name}"))).await;
    tab.type_into("search-field", format!("\u{e009}a\u{e000}in:#{group} {}\u{e007}", words.query)).await;
    tab.part("search-hit").await;
    tab.click("search-clear").await;
    tab.part("search-recent").await;
    settled(&tab).await;
    tab.picture(&file(&format!("search-recent{name}"))).await;
    tab.go(&address(&format!("/c/{group}"))).await;
    tab.hears(words.said[0]).await;
    tab.click("find").await;
    tab.type_into("find-field", words.query).await;
    tab.until("a hit", "!!CSS.highlights.get('found-current')").await;
    settled(&tab).await;
    tab.picture(&file(&format!("find{name}"))).await;
    tab.go(&address("/")).await;
    tab.online().await;
    tab.type_into("filter", words.group.chars().take(2).collect::<String>()).await;
    tab.part("search-messages").await;
    settled(&tab).await;
    tab.picture(&file(&format!("switcher{name}"))).await;
}

#[tokio::test]
async fn pictures_of_the_search() {
    pictures(Look::DESKTOP, &ENGLISH, "").await;
}

#[tokio::test]
async fn pictures_of_the_search_in_the_dark() {
    pictures(Look::DESKTOP.dark(), &ENGLISH, "-dark").await;
}

#[tokio::test]
async fn pictures_of_the_search_on_a_phone() {
    pictures(Look::PHONE, &ENGLISH, "-phone").await;
}

#[tokio::test]
async fn pictures_of_the_search_in_chinese() {
    pictures(Look::PHONE.dark().chinese(), &CHINESE, "-phone-chinese").await;
}

#[tokio::test]
async fn pictures_of_the_search_in_chinese_on_a_desktop() {
    pictures(Look::DESKTOP.chinese(), &CHINESE, "-chinese").await;
}
