//! Completing the names of people, and mentioning all.

use std::path::Path;

use confab_shared::{event::EventBody, id::UserId};

use super::{door_of, message_actions::Scene};
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
};

const BOX: &str = "document.querySelector('[data-testid=composer-input]')";

const OFFERED: &str =
    "[...document.querySelectorAll('[data-testid=completion]')].map(o => o.dataset.text).join(' ')";

/// WebDriver's keys.
const DOWN: &str = "\u{e015}";
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

async fn anna_in_a_group(server: &Server, browser: &Browser, others: &[&str]) -> (Tab, Person) {
    let anna = browser.open(&door_of(server, "anna")).await;
    anna.online().await;
    anna.may_be_added().await;
    let mei = Person::come(server, "mei").await;
    let mut members = vec!["anna"];
    for other in others {
        Person::come(server, other).await;
        members.push(other);
    }
    let group = mei.group("Trip", &members).await;
    mei.connect().await.send_text(group, "hello").await;
    anna.choose("Trip").await;
    anna.hears("hello").await;
    (anna, mei)
}

async fn field_is(tab: &Tab, text: &str) {
    tab.until(text, &format!("{BOX}.value === {text:?}")).await;
}

#[tokio::test]
async fn a_name_is_completed_in_the_field() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, _mei) = anna_in_a_group(&server, &browser, &["李雷", "zoe"]).await;
    Person::come(&server, "ben").await;
    anna.type_into("composer-input", "hi @").await;
    anna.until("who wrote last first", &format!("{OFFERED} === '@mei @zoe @李雷 @here @everyone'")).await;
    let active = format!("{BOX}.getAttribute('aria-activedescendant') === 'completion-1'");
    anna.type_into("composer-input", DOWN).await;
    anna.until("the next one", &active).await;
    anna.type_into("composer-input", ENTER).await;
    field_is(&anna, "hi @zoe ").await;
    anna.gone("completions").await;
    // Any part of a Chinese name, behind a full-width sign.
    anna.type_into("composer-input", "＠雷").await;
    anna.until("the one", &format!("{OFFERED} === '@李雷'")).await;
    anna.type_into("composer-input", TAB).await;
    field_is(&anna, "hi @zoe @李雷 ").await;
    anna.type_into("composer-input", "@be").await;
    anna.until("who is no member", &format!("{OFFERED} === '@ben'")).await;
    anna.shows("completion", "not a member").await;
    anna.escape().await;
    anna.gone("completions").await;
    field_is(&anna, "hi @zoe @李雷 @be").await;
    anna.type_into("composer-input", "n").await;
    anna.click("completion").await;
    field_is(&anna, "hi @zoe @李雷 @ben ").await;
    anna.type_into("composer-input", ENTER).await;
    field_is(&anna, "").await;
    // An address mentions nobody.
    anna.type_into("composer-input", "mail@m").await;
    field_is(&anna, "mail@m").await;
    anna.gone("completions").await;
}

#[tokio::test]
async fn a_message_to_all_asks_where_they_are_many() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = anna_in_a_group(&server, &browser, &["a", "b", "c", "d", "e"]).await;
    anna.type_into("composer-input", "@everyone tea").await;
    anna.type_into("composer-input", ENTER).await;
    anna.shows("ask-all-dialog", "This will notify 6 people.").await;
    anna.click("ask-all-stay").await;
    anna.gone("ask-all-dialog").await;
    field_is(&anna, "@everyone tea").await;
    anna.type_into("composer-input", ENTER).await;
    anna.click("ask-all-send").await;
    anna.said("@everyone tea").await;
    let trip =
        mei.list("").await.unwrap().conversations.into_iter().find(|c| c.title.is_some() && c.id.0 > 1);
    let trip = trip.expect("mei is in the group");
    assert_eq!(trip.mentions.len(), 1);
    let log = mei.log(trip.id).await;
    let Some(EventBody::Posted(posted)) = log.last().map(|event| &event.body) else { panic!("{log:?}") };
    assert_eq!(posted.mentions, [UserId::ALL]);
}

#[tokio::test]
async fn those_who_are_online_are_mentioned_by_a_word() {
    let scene = Scene::start().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    ben.choose("Everyone").await;
    anna.type_into("composer-input", "@her").await;
    anna.until("the word", &format!("{OFFERED} === '@here'")).await;
    anna.shows("completion", "members who are online").await;
    anna.type_into("composer-input", ENTER).await;
    field_is(anna, "@here ").await;
    // Few are not asked about.
    anna.type_into("composer-input", "tea?").await;
    anna.type_into("composer-input", ENTER).await;
    anna.said("@here tea?").await;
    let badge = "document.querySelector('[data-name=Trip] [data-testid=unread-badge]')?.textContent";
    ben.until("a mention", &format!("{badge} === '@ 1'")).await;
    let log = scene.mei.log(scene.group).await;
    let Some(EventBody::Posted(posted)) = log.last().map(|event| &event.body) else { panic!("{log:?}") };
    assert_eq!(posted.mentions.last(), Some(&UserId::HERE));
    assert_eq!(posted.mentions.len(), 3, "ben and mei, and the mark: {:?}", posted.mentions);
    ben.choose("Trip").await;
    ben.until(
        "the word and the edge are tinted",
        "!!document.querySelector('[data-mentions-me] .mention.all')",
    )
    .await;
    ben.until("it is read", &format!("{badge} === undefined")).await;
    // In Everyone it is a word.
    anna.choose("Everyone").await;
    anna.type_into("composer-input", "@her").await;
    anna.gone("completions").await;
}

#[tokio::test]
async fn a_message_to_those_online_asks_where_they_may_be_many() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, _mei) = anna_in_a_group(&server, &browser, &["a", "b", "c", "d", "e"]).await;
    anna.type_into("composer-input", "@here tea").await;
    anna.type_into("composer-input", ENTER).await;
    anna.shows("ask-all-dialog", "This will notify those of 6 people who are online now.").await;
    anna.click("ask-all-send").await;
    anna.said("@here tea").await;
}

#[tokio::test]
async fn pictures_of_the_completions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pictures");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    for (look, name) in
        [(Look::DESKTOP, "desktop"), (Look::DESKTOP.dark().chinese(), "dark-zh"), (Look::PHONE, "phone")]
    {
        let (server, browser) = (Server::start().await, Browser::looking(look).await);
        let (anna, _mei) = anna_in_a_group(&server, &browser, &["李雷", "zoe"]).await;
        Person::come(&server, "meike").await;
        anna.type_into("composer-input", "@").await;
        anna.part("completions").await;
        anna.picture(&folder.join(format!("completions-{name}.png"))).await;
        anna.type_into("composer-input", "me").await;
        anna.until("who is no member", &format!("{OFFERED}.includes('@meike')")).await;
        anna.picture(&folder.join(format!("completions-others-{name}.png"))).await;
        let within = "(b => b.top >= 0 && b.left >= 0 && b.right <= innerWidth)\
            (document.querySelector('[data-testid=completions]').getBoundingClientRect())";
        anna.until("a list within the window", within).await;
    }
}
