//! The pictures of the README, taken of the page as it is: into `target/pictures`, from where `make pictures` copies
//! them.

mod attachments;
mod person;
mod search;
mod threads;

use std::path::{Path, PathBuf};

use confab_shared::command::{Pin, React, SetTopic};

use super::{door_of, turn_to};
use crate::support::{
    Person, Server, Socket,
    browser::{Browser, Look, Tab},
    client_id,
};

pub fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pictures");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder.join(format!("{name}.png"))
}

/// A lively place: people, a direct conversation, a group, a broadcast.
struct Place {
    server: Server,
    mei: Person,
    mei_socket: Socket,
}

impl Place {
    async fn lively() -> Self {
        let server = Server::start().await;
        let mei = Person::come(&server, "Mei").await;
        let mei_socket = mei.connect().await;
        Self { server, mei, mei_socket }
    }

    /// Fills it for somebody who has come: who says what, in turn.
    async fn fill(&mut self, reader: &str) {
        let server = &self.server;
        let (anna, ops) = (Person::come(server, "Anna").await, Person::come(server, "Ops").await);
        let tomasz = Person::come(server, "Tomasz").await;
        let lei = Person::come(server, "李雷").await;
        let mut sockets =
            [anna.connect().await, ops.connect().await, tomasz.connect().await, lei.connect().await];

        let tomasz_direct = tomasz.direct(reader).await;
        sockets[2].send_text(tomasz_direct, "The proxy was at fault, thanks for looking").await;
        let lei_direct = lei.direct(reader).await;
        sockets[3].send_text(lei_direct, "好的,明天见!").await;
        let everyone = confab_shared::id::ConversationId(1);
        sockets[1].send_text(everyone, "Maintenance tonight at 23:00, ten minutes at most").await;

        let trip = self.mei.group("Weekend trip", &["Anna", "Tomasz", reader]).await;
        let topic = "Saturday, 07:50 at the station".to_owned();
        let set = SetTopic { client_id: client_id(), conversation: trip, topic };
        self.mei_socket.carry_out(set).await.expect("a member sets the topic");
        self.mei_socket.send_text(trip, "Who is in for Saturday?").await;
        sockets[0].send_text(trip, "Me! The early train, so that we have the whole day").await;
        sockets[2].send_text(trip, "If somebody wakes me").await;
        sockets[0].send_text(trip, "I will call you at six").await;
        let booked =
            self.mei_socket.send_text(trip, "I booked the 08:12 train, four seats by the window").await.seq;
        for (socket, emoji) in [(0, "🎉"), (2, "🎉"), (2, "🚆")] {
            let (target, emoji) = (booked, emoji.to_owned());
            let react = React { client_id: client_id(), conversation: trip, target, emoji, on: true };
            sockets[socket].carry_out(react).await.expect("a member reacts");
        }
        let pin = Pin { client_id: client_id(), conversation: trip, target: booked, on: true };
        self.mei_socket.carry_out(pin).await.expect("a member pins");

        let direct = self.mei.direct(reader).await;
        self.mei_socket.send_text(direct, "Have you looked at the train times for Saturday?").await;
        self.mei_socket.send_text(direct, "There is an early one and one at ten").await;
    }
}

async fn settled(tab: &Tab) {
    tab.until("nothing moves", "document.getAnimations().every(a => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)").await;
}

async fn lively_conversation(place: &mut Place, browser: &Browser) -> Tab {
    let tab = browser.open(&door_of(&place.server, "123")).await;
    tab.online().await;
    tab.may_be_added().await;
    place.fill("123").await;
    tab.choose("Mei").await;
    tab.hears("There is an early one and one at ten").await;
    tab.say("The early one. I would rather have the whole day there").await;
    tab.said("The early one. I would rather have the whole day there").await;
    tab.say("Did the tickets go through? The page said pending for me").await;
    tab.said("Did the tickets go through? The page said pending for me").await;
    let direct = place.mei.direct("123").await;
    let head = place.mei.view(direct).await.head_seq;
    place.mei_socket.read(direct, head).await;
    place.mei_socket.send_text(direct, "Yes, all four. Seats 61 to 64, by the window 🎉").await;
    place.mei_socket.send_text(direct, "Here is the map of the old town: https://oldtown.example/map").await;
    place.mei_socket.send_text(direct, "我把行程发到群里了").await;
    tab.hears("我把行程发到群里了").await;
    tab.say("太好了,谢谢!").await;
    tab.said("太好了,谢谢!").await;
    place.mei_socket.typing(direct).await;
    tab.part("typing-line").await;
    settled(&tab).await;
    tab
}

#[tokio::test]
async fn a_picture_of_a_conversation_and_a_group() {
    let (mut place, browser) = (Place::lively().await, Browser::start().await);
    let tab = lively_conversation(&mut place, &browser).await;
    tab.picture(&file("conversation")).await;
    tab.choose("Weekend trip").await;
    tab.hears("I will call you at six").await;
    tab.click("details").await;
    tab.part("pin").await;
    settled(&tab).await;
    tab.picture(&file("group")).await;
}

#[tokio::test]
async fn a_picture_in_the_dark() {
    let (mut place, browser) = (Place::lively().await, Browser::looking(Look::DESKTOP.dark()).await);
    lively_conversation(&mut place, &browser).await.picture(&file("dark")).await;
}

#[tokio::test]
async fn a_picture_on_a_phone() {
    let (mut place, browser) = (Place::lively().await, Browser::looking(Look::PHONE).await);
    let tab = lively_conversation(&mut place, &browser).await;
    tab.picture(&file("phone")).await;
    tab.click("back").await;
    settled(&tab).await;
    tab.picture(&file("phone-list")).await;
}

#[tokio::test]
async fn a_picture_in_chinese() {
    let server = Server::start().await;
    let browser = Browser::looking(Look::DESKTOP.chinese()).await;
    let mei = Person::come(&server, "韩梅梅").await;
    let mut socket = mei.connect().await;
    let tab = browser.open(&door_of(&server, "%E6%9D%8E%E9%9B%B7")).await;
    tab.online().await;
    tab.may_be_added().await;
    let direct = mei.direct("李雷").await;
    socket.send_text(direct, "周六的车票你看了吗?").await;
    socket.send_text(direct, "早上八点有一班,十点还有一班").await;
    let group = mei.group("周末出游", &["李雷"]).await;
    socket.send_text(group, "行程单在这里:https://oldtown.example/map").await;
    tab.until(
        "the group's message",
        "!!document.querySelector('[data-name=周末出游] [data-testid=unread-badge]')",
    )
    .await;
    tab.choose("韩梅梅").await;
    tab.hears("早上八点有一班,十点还有一班").await;
    turn_to(&tab, "韩梅梅").await;
    tab.say("坐早上那班吧,可以多玩一会儿").await;
    tab.said("坐早上那班吧,可以多玩一会儿").await;
    settled(&tab).await;
    tab.picture(&file("chinese")).await;
}

#[tokio::test]
async fn a_picture_of_the_door() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&format!("http://localhost:{}/", server.port())).await;
    tab.type_into("sign-in-name", "mei").await;
    settled(&tab).await;
    tab.picture(&file("sign-in")).await;
}

/// What people write in form, in two languages.
const FORMS: [[&str; 5]; 2] = [
    [
        "**Saturday** in short:\n- [x] tickets\n- [ ] sandwiches\n  - two with cheese\n\n| Train | Leaves |\n|---|--:|\n| RE 1 | 07:50 |\n| IC 5 | 08:12 |",
        "@reader this is the script:\n```rust\n/// Seats by the window.\nfn seats(from: u32) -> Vec<u32> {\n    (from..from + 4).collect() // \"four\"\n}\n```",
        "> Who wakes Tomasz?\nI do. He says ||that he is awake already||, `really`. See www.oldtown.example/map",
        "🎉",
        "The whole story, from the beginning: first we met at the station, which was closed.\nThen\nwe\nwalked\nalong\nthe\nriver\nto\nthe\nnext\none\nand\nmissed\nthe\ntrain\nby\na\nminute.",
    ],
    [
        "**周六安排**：\n- [x] 车票\n- [ ] 三明治\n  - 两份加奶酪\n\n| 车次 | 发车 |\n|---|--:|\n| RE 1 | 07:50 |\n| IC 5 | 08:12 |",
        "@reader 脚本在这里：\n```python\ndef seats(start):  # 靠窗\n    return list(range(start, start + 4))\n```",
        "> 谁去叫托马斯？\n我去。他说||他已经醒了||，`真的`。地图见https://oldtown.example/map。",
        "🎉👍",
        "整件事从头说起：我们在车站碰头，结果车站关门了。\n于是\n我们\n沿着\n河\n走到\n下一站\n路上\n下了雨\n大家\n都\n没带伞\n最后\n差一分钟\n没赶上\n火车。",
    ],
];

#[tokio::test]
async fn pictures_of_messages_in_form() {
    for (name, look, language) in [
        ("formatting", Look::DESKTOP, 0),
        ("formatting-dark", Look::DESKTOP.dark(), 0),
        ("formatting-phone", Look::PHONE, 0),
        ("formatting-chinese", Look::PHONE.dark().chinese(), 1),
    ] {
        let (server, browser) = (Server::start().await, Browser::looking(look).await);
        let mei = Person::come(&server, "Mei").await;
        let mut socket = mei.connect().await;
        let tab = browser.open(&door_of(&server, "reader")).await;
        tab.online().await;
        turn_to(&tab, "Mei").await;
        let direct = mei.direct("reader").await;
        let texts = FORMS[language];
        for text in &texts[..3] {
            socket.send_text(direct, text).await;
        }
        tab.until("colours", "!!document.querySelector('.tok-keyword')").await;
        tab.click("format-toggle").await;
        tab.type_into("composer-input", "**ok**, `see you`").await;
        settled(&tab).await;
        tab.picture(&file(name)).await;
        for text in &texts[3..] {
            socket.send_text(direct, text).await;
        }
        tab.part("fold-toggle").await;
        settled(&tab).await;
        tab.picture(&file(&format!("{name}-2"))).await;
    }
}
