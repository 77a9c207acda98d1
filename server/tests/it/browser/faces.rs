//! The faces of readers in a small group.

use super::{door_of, message_actions::Scene, pictures::file};
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
};

/// Which faces stand beside which message.
const FACES: &str = "[...document.querySelectorAll('[data-testid=reader-faces]')].map(faces => \
    faces.closest('[data-seq]').querySelector('[data-testid=message-text]').textContent + ': ' + \
    faces.getAttribute('aria-label').replace(/[\\u2066-\\u2069]/g, '')).join(' | ')";

async fn faces_are(tab: &Tab, wanted: &str) {
    tab.until(wanted, &format!("{FACES} === {wanted:?}")).await;
}

#[tokio::test]
async fn faces_stand_beside_the_newest_message_that_each_has_read() {
    let mut scene = Scene::start().await;
    let (group, anna) = (scene.group, &scene.anna);
    anna.say("one").await;
    scene.ben.hears("one").await;
    scene.ben.say("two").await;
    anna.hears("two").await;
    anna.say("three").await;
    anna.said("three").await;
    faces_are(anna, "three: Read up to here by ben").await;
    let head = scene.mei.view(group).await.head_seq;
    scene.socket.read(group, confab_shared::id::Seq(head.0 - 2)).await;
    faces_are(anna, "one: Read up to here by mei | three: Read up to here by ben").await;
    // Nothing moves when a face does.
    let tops = "return [...document.querySelectorAll('[data-testid=message]')].map(m => m.getBoundingClientRect().top)";
    let before = anna.run(tops).await;
    scene.socket.read(group, head).await;
    faces_are(anna, "three: Read up to here by ben and mei").await;
    assert_eq!(anna.run(tops).await, before);
    // They are there after a reload, too; who writes has read up to there.
    anna.reload().await;
    faces_are(anna, "three: Read up to here by ben and mei").await;
    scene.ben.say("four").await;
    anna.hears("four").await;
    faces_are(anna, "three: Read up to here by mei").await;
    faces_are(&scene.ben, "three: Read up to here by mei | four: Read up to here by anna").await;
    // Who does not share it is not seen, and does not see it.
    anna.click("settings").await;
    anna.click("privacy").await;
    anna.click("shares-read-positions").await;
    let is_off =
        "document.querySelector('[data-testid=shares-read-positions]:not(:disabled)')?.checked === false";
    anna.until("the setting", is_off).await;
    faces_are(anna, "").await;
    anna.escape().await;
    anna.gone("privacy-dialog").await;
    scene.ben.say("five").await;
    anna.hears("five").await;
    scene.socket.read(group, confab_shared::id::Seq(head.0 + 2)).await;
    faces_are(&scene.ben, "four: Read up to here by anna | five: Read up to here by mei").await;
    scene.ben.reload().await;
    faces_are(&scene.ben, "five: Read up to here by mei").await;
}

/// Seven people read what Anna says: five of their faces are shown.
async fn seven_read(look: Look, name: &str) {
    let (server, browser) = (Server::start().await, Browser::looking(look).await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    anna.may_be_added().await;
    let names = ["mei", "tomasz", "李雷", "zoe", "ben", "carla", "duy"];
    let mut people = Vec::new();
    for name in names {
        people.push(Person::come(&server, name).await);
    }
    let mut members = names[1..].to_vec();
    members.push("anna");
    let trip = people[0].group("Weekend trip", &members).await;
    let mut sockets = Vec::new();
    for person in &people {
        let mut socket = person.connect().await;
        socket.send_text(trip, &format!("{} is in", person.name())).await;
        sockets.push(socket);
    }
    anna.choose("Weekend trip").await;
    anna.hears("duy is in").await;
    let long =
        "Then we are eight, and I book two tables by the window for all of us at the place by the river";
    for text in [long, "Anything else?"] {
        anna.say(text).await;
        anna.said(text).await;
    }
    let head = people[0].view(trip).await.head_seq;
    for (at, socket) in sockets.iter_mut().enumerate() {
        socket.read(trip, confab_shared::id::Seq(head.0 - u64::from(at > 3))).await;
    }
    let beside = |text: &str| {
        format!(
            "[...document.querySelectorAll('[data-testid=message]')].find(m => \
             m.querySelector('[data-testid=message-text]').textContent === {text:?})"
        )
    };
    let count = |text: &str| format!("{}.querySelectorAll('.readers .avatar').length", beside(text));
    anna.until("four at the last", &format!("{} === 4", count("Anything else?"))).await;
    anna.until("three before it", &format!("{} === 3", count(long))).await;
    anna.picture(&file(&format!("faces-{name}"))).await;
    for socket in &mut sockets[4..] {
        socket.read(trip, head).await;
    }
    anna.until("five, and two more", &format!("{} === 5", count("Anything else?"))).await;
    anna.until(
        "+2",
        &format!("{}.querySelector('.readers-more')?.textContent === '+2'", beside("Anything else?")),
    )
    .await;
    anna.picture(&file(&format!("faces-many-{name}"))).await;
    let within = "[...document.querySelectorAll('.readers')].every(faces => (at => at.left >= 0 && at.right <= innerWidth)\
         (faces.getBoundingClientRect()))";
    anna.until("all on the screen", within).await;
}

#[tokio::test]
async fn of_many_readers_five_faces_are_shown() {
    seven_read(Look::DESKTOP, "light").await;
}

#[tokio::test]
async fn of_many_readers_five_faces_are_shown_on_a_phone() {
    seven_read(Look::PHONE.dark(), "phone").await;
}
