//! Who has read a message.

use super::{
    door_of,
    message_actions::{choose, selector_of},
};
use crate::support::{Person, Server, browser::Browser};

#[tokio::test]
async fn who_has_read_a_message_is_listed_for_who_shares_that() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let anna = browser.open(&door_of(&server, "anna")).await;
    anna.online().await;
    anna.may_be_added().await;
    let (mei, ben) = (Person::come(&server, "mei").await, Person::come(&server, "ben").await);
    let trip = mei.group("Trip", &["anna", "ben"]).await;
    let mut bens = ben.connect().await;
    bens.send_text(trip, "I am here").await;
    anna.choose("Trip").await;
    anna.hears("I am here").await;
    anna.say("who reads this").await;
    anna.said("who reads this").await;
    let message = selector_of(&anna, "who reads this").await;
    choose(&anna, &message, "menu-readers").await;
    anna.part("no-readers").await;
    anna.escape().await;
    anna.gone("readers-dialog").await;
    let head = ben.view(trip).await.head_seq;
    bens.read(trip, head).await;
    bens.next_read().await;
    choose(&anna, &message, "menu-readers").await;
    anna.shows("reader", "ben").await;
    anna.escape().await;
    anna.gone("readers-dialog").await;
    // Who does not share it does not see it.
    anna.click("settings").await;
    anna.click("privacy").await;
    anna.click("shares-read-positions").await;
    let is_off =
        "document.querySelector('[data-testid=shares-read-positions]:not(:disabled)')?.checked === false";
    anna.until("the setting", is_off).await;
    anna.escape().await;
    anna.gone("privacy-dialog").await;
    anna.right_click(&message).await;
    anna.part("menu-copy").await;
    anna.gone("menu-readers").await;
}
