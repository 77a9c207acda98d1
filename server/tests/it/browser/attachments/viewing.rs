//! Pictures in messages and in the viewer.

use super::{attach, fixture, pictures, two_tabs};
use crate::{
    browser::message_actions::{choose, selector_of},
    support::{
        Server,
        browser::{Browser, Look, Tab},
    },
};

const VIEWER: &str = "document.querySelector('[data-testid=viewer]')";

async fn shows_picture(tab: &Tab, name: &str) {
    tab.shows("viewer-name", name).await;
    let there = format!("{VIEWER}.querySelector('[data-testid=viewer-picture].loaded')?.naturalWidth > 0");
    tab.until("the picture", &there).await;
}

#[tokio::test]
async fn the_viewer_is_used_by_the_keyboard() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    attach(&anna, &[fixture("dusk.jpg"), fixture("valley.jpg")]).await;
    anna.say("from the train").await;
    attach(&anna, &[fixture("night.jpg")]).await;
    anna.click("composer-send").await;
    pictures(&mei, 3).await;
    // From the message to its first picture, by Tab.
    mei.run("document.querySelector('[data-testid=picture]').focus()").await;
    mei.press("Enter").await;
    shows_picture(&mei, "dusk.jpg").await;
    mei.shows("viewer-about", "1 of 3").await;
    mei.gone("viewer-previous").await;
    mei.press("ArrowRight").await;
    shows_picture(&mei, "valley.jpg").await;
    mei.press("ArrowRight").await;
    shows_picture(&mei, "night.jpg").await;
    mei.gone("viewer-next").await;
    mei.press("ArrowRight").await;
    mei.press("ArrowLeft").await;
    shows_picture(&mei, "valley.jpg").await;
    let zoom =
        format!("+getComputedStyle({VIEWER}.querySelector('.viewer-stage')).getPropertyValue('--zoom')");
    mei.press("+").await;
    mei.until("a zoom", &format!("{zoom} === 1.5")).await;
    mei.press("0").await;
    mei.until("no zoom", &format!("{zoom} === 1")).await;
    let download = format!("{VIEWER}.querySelector('[data-testid=viewer-download]')");
    mei.until(
        "a download",
        &format!("{download}.href.includes('sig=') && {download}.download === 'valley.jpg'"),
    )
    .await;
    mei.escape().await;
    mei.gone("viewer").await;
    mei.until("the focus is back", "document.activeElement?.dataset.testid === 'picture'").await;
}

#[tokio::test]
async fn on_a_phone_back_closes_the_viewer() {
    let (server, browser) = (Server::start().await, Browser::looking(Look::PHONE).await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    attach(&anna, &[fixture("windows.jpg")]).await;
    anna.click("composer-send").await;
    pictures(&mei, 1).await;
    mei.click("picture").await;
    shows_picture(&mei, "windows.jpg").await;
    mei.back().await;
    mei.gone("viewer").await;
    mei.shows("conversation-title", "anna").await;
}

#[tokio::test]
async fn nothing_moves_when_pictures_come() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    mei.choose("Everyone").await;
    for file in ["dusk.jpg", "valley.jpg", "windows.jpg"] {
        attach(&anna, &[fixture(file)]).await;
        anna.click("composer-send").await;
    }
    anna.say("these were all").await;
    anna.said("these were all").await;
    // Where the last message stands, from its first frame on.
    let watch = "window.tops = new Set(); (function look() { \
             const row = [...document.querySelectorAll('[data-testid=message-text]')].find(m => m.textContent === 'these were all'); \
             if (row) window.tops.add(Math.round(row.getBoundingClientRect().top)); \
             requestAnimationFrame(look) })()";
    mei.run(watch).await;
    mei.choose("anna").await;
    pictures(&mei, 3).await;
    mei.until("it was seen", "window.tops.size > 0").await;
    let tops = mei.run("return [...window.tops]").await;
    assert_eq!(tops.as_array().map(Vec::len), Some(1), "{tops}");
}

#[tokio::test]
async fn what_moves_plays_under_the_pointer_and_under_the_focus() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    attach(&anna, &[fixture("ball.gif")]).await;
    anna.click("composer-send").await;
    pictures(&mei, 1).await;
    let plays = "document.querySelector('[data-testid=picture]').dataset.plays === 'true'";
    let source = "document.querySelector('[data-testid=picture] img').src";
    let still = mei.run(&format!("return {source}")).await;
    mei.hover("[data-testid=picture]").await;
    mei.until("it plays", plays).await;
    mei.until("another file", &format!("{source} !== {still}")).await;
    mei.hover("[data-testid=composer-input]").await;
    mei.until("it is still", &format!("!({plays}) && {source} === {still}")).await;
    mei.run("document.querySelector('[data-testid=picture]').focus()").await;
    mei.until("it plays", plays).await;
}

#[tokio::test]
async fn a_message_with_files_is_quoted_forwarded_and_deleted() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    attach(&anna, &[fixture("dusk.jpg")]).await;
    anna.click("composer-send").await;
    pictures(&mei, 1).await;
    let message = "[data-testid=message]";
    choose(&mei, message, "menu-reply").await;
    mei.shows("reply-bar", "Photo").await;
    mei.say("where is that?").await;
    anna.hears("where is that?").await;
    anna.shows("quote", "Photo").await;
    choose(&mei, message, "menu-forward").await;
    mei.type_into("forward-search", "every").await;
    mei.click("forward-to").await;
    mei.click("forward-send").await;
    mei.shows("toast", "Forwarded to 1 conversation.").await;
    choose(&anna, message, "menu-delete").await;
    anna.shows("delete-dialog", "Photo").await;
    anna.click("delete-confirm").await;
    mei.part("message-deleted").await;
    mei.gone("picture").await;
    // The forwarded one has a file of its own.
    anna.choose("Everyone").await;
    pictures(&anna, 1).await;
    let quote = selector_of(&anna, "anna").await;
    anna.until("the picture in it", &format!("!!document.querySelector(\"{quote} [data-testid=picture]\")"))
        .await;
}
