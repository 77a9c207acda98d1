//! New messages as a screen reader says them.

use super::{door_of, message_actions::Scene};
use crate::support::{Person, Server, browser::Browser, person::EVERYONE};

/// What is said, without the characters that isolate names.
const SAID: &str =
    "document.querySelector('[data-testid=announced]').textContent.replace(/[\\u2066-\\u2069]/g, '')";

#[tokio::test]
async fn new_messages_are_said_and_a_burst_as_one() {
    let mut scene = Scene::start().await;
    let says = |text: &str| format!("{SAID} === {text:?}");
    scene.mei_says("hello").await;
    scene.anna.until("the message", &says("mei: hello")).await;
    scene.ben.say("me, too").await;
    scene.anna.until("that of another", &says("ben: me, too")).await;
    scene.ben.until("not one's own", &says("mei: hello")).await;
    scene
        .anna
        .run(&format!(
            "window.said = []; const said = document.querySelector('[data-testid=announced]'); \
             new MutationObserver(() => window.said.push({SAID})).observe(said, {{ childList: true, characterData: true, subtree: true }})"
        ))
        .await;
    let group = scene.group;
    scene.socket.send_many(group, 3, |number| format!("quick {number}")).await;
    scene.anna.until("their number", &says("3 new messages in Trip")).await;
    let each = scene.anna.run("return window.said.filter(said => said.includes('quick'))").await;
    assert_eq!(each, serde_json::json!([]), "none of them was said");
    // A place that is not open is named, what a spoiler hides is not said, and Everyone is silent.
    let notes = scene.mei.direct("mei").await;
    scene.anna.begin_with("ben").await;
    scene.anna.part("composer-input").await;
    scene.socket.send_text(EVERYONE, "to all").await;
    scene.socket.send_text(notes, "to myself").await;
    scene.socket.send_text(group, "it was ||the butler||").await;
    scene.anna.until("where", &says("mei in Trip: it was (spoiler)")).await;
    let label = "[...document.querySelectorAll('[data-name=Trip]')].some(item => \
         item.getAttribute('aria-label').includes('(spoiler)') && !item.getAttribute('aria-label').includes('▒'))";
    scene.anna.until("the list says so, too", label).await;
}

#[tokio::test]
async fn what_a_spoiler_hides_is_a_word_to_a_screen_reader() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.direct("anna").await;
    mei.connect().await.send_text(id, "it was ||the butler||").await;
    anna.choose("mei").await;
    let label = "document.querySelector('.row[aria-label]')?.getAttribute('aria-label')";
    anna.until("the word", &format!("{label}?.includes('it was (spoiler)')")).await;
}
