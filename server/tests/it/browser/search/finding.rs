//! What is found as one types.

use confab_shared::command::{Delete, Edit};
use serde_json::json;

use super::{FOCUSED, HITS, Scene, can_be_found, finds, marks, open, search_for};
use crate::support::client_id;

#[tokio::test]
async fn one_character_of_chinese_is_found() {
    let mut scene = Scene::start().await;
    scene.says(&["我把行程发到群里了", "Here is the map", "周六的车票你看了吗？"]).await;
    open(&scene.anna).await;
    search_for(&scene.anna, "行").await;
    finds(&scene.anna, &["我把行程发到群里了"]).await;
    marks(&scene.anna, &["行"]).await;
    search_for(&scene.anna, "车票").await;
    finds(&scene.anna, &["周六的车票你看了吗？"]).await;
    marks(&scene.anna, &["车票"]).await;
    scene.anna.shows("search-count", "1 message").await;
}

#[tokio::test]
async fn words_are_found_by_their_beginning_without_case_and_accents() {
    let mut scene = Scene::start().await;
    scene.says(&["The Café is open", "see you at the café", "at the station"]).await;
    open(&scene.anna).await;
    search_for(&scene.anna, "caf").await;
    finds(&scene.anna, &["The Café is open", "see you at the café"]).await;
    // A word that is whole is found as a whole.
    search_for(&scene.anna, "caf ").await;
    scene.anna.part("search-nothing").await;
    search_for(&scene.anna, "CAFE is").await;
    finds(&scene.anna, &["The Café is open"]).await;
    marks(&scene.anna, &["Café", "is"]).await;
    search_for(&scene.anna, "\"at the\"").await;
    finds(&scene.anna, &["see you at the café", "at the station"]).await;
    search_for(&scene.anna, "\"the at\"").await;
    scene.anna.shows("search-nothing", "Nothing found").await;
}

#[tokio::test]
async fn what_was_found_stays_until_something_else_is() {
    let mut scene = Scene::start().await;
    scene.says(&["the early train", "the early tram"]).await;
    open(&scene.anna).await;
    search_for(&scene.anna, "tra").await;
    finds(&scene.anna, &["the early train", "the early tram"]).await;
    let watch = format!(
        "window.fewest = 9; new MutationObserver(() => window.fewest = Math.min(window.fewest, {HITS}.length))\
         .observe(document.querySelector('[data-testid=search-page]'), {{ childList: true, subtree: true }})"
    );
    scene.anna.run(&watch).await;
    scene.anna.type_into("search-field", "in").await;
    finds(&scene.anna, &["the early train"]).await;
    assert_eq!(scene.anna.run("return window.fewest").await, json!(1));
}

#[tokio::test]
async fn messages_are_found_by_what_they_say_now() {
    let mut scene = Scene::start().await;
    let edited = scene.socket.send_text(scene.trip, "platform three").await.seq;
    let deleted = scene.socket.send_text(scene.trip, "platform four").await.seq;
    can_be_found(&scene.mei, "\"platform four\"").await;
    scene.says(&["platform five"]).await;
    open(&scene.anna).await;
    search_for(&scene.anna, "platform").await;
    finds(&scene.anna, &["platform three", "platform four", "platform five"]).await;
    let conversation = scene.trip;
    let edit = Edit { client_id: client_id(), conversation, target: edited, text: "gate seven".to_owned() };
    scene.socket.carry_out(edit).await.expect("it is edited");
    let delete = Delete { client_id: client_id(), conversation, target: deleted };
    scene.socket.carry_out(delete).await.expect("it is deleted");
    can_be_found(&scene.mei, "gate").await;
    search_for(&scene.anna, "gate").await;
    finds(&scene.anna, &["gate seven"]).await;
    search_for(&scene.anna, "platform").await;
    finds(&scene.anna, &["platform five"]).await;
}

#[tokio::test]
async fn the_search_of_the_list_leads_to_messages() {
    let mut scene = Scene::start().await;
    scene.says(&["where are the tickets?"]).await;
    let field = scene.anna.part("filter").await;
    field.send_keys("\u{e009}k\u{e000}").await.expect("it has the keyboard");
    scene.anna.type_into("filter", "Trip").await;
    scene.anna.part("search-messages").await;
    let options = "[...document.querySelectorAll('#conversations [role=option]')]";
    scene.anna.until("conversations first", &format!("{options}.at(0).dataset.name === 'Trip'")).await;
    scene
        .anna
        .until("messages last", &format!("{options}.at(-1).dataset.testid === 'search-messages'"))
        .await;
    scene.anna.type_into("filter", "\u{e009}a\u{e000}tickets\u{e007}").await;
    finds(&scene.anna, &["where are the tickets?"]).await;
    scene.anna.until("its address", "location.pathname + location.search === '/search?q=tickets'").await;
    scene.anna.until("the field", &format!("{FOCUSED} === 'search-field'")).await;
    // Where something has the name, Enter opens that.
    scene.anna.type_into("filter", "\u{e009}k\u{e000}Trip\u{e007}").await;
    scene.anna.shows("conversation-title", "Trip").await;
}

#[tokio::test]
async fn the_key_is_a_character_where_something_is_typed() {
    let scene = Scene::start().await;
    scene.anna.choose("Trip").await;
    scene.anna.type_into("composer-input", "1/2").await;
    scene
        .anna
        .until("the text", "document.querySelector('[data-testid=composer-input]').value === '1/2'")
        .await;
    scene.anna.gone("search-page").await;
    scene.anna.run("document.activeElement.blur()").await;
    open(&scene.anna).await;
    // Escape leads back to where one was.
    scene.anna.escape().await;
    scene.anna.shows("conversation-title", "Trip").await;
}
