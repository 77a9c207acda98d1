//! Editing one's own message, and what it said before.

use super::{Scene, choose, selector_of, use_toolbar};

const VALUE: &str = "document.querySelector('[data-testid=composer-input]').value";
/// Control and A: what is typed next replaces all.
const ALL: &str = "\u{e009}a\u{e000}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const UP: &str = "\u{e013}";
const DELETE: &str = "\u{e017}";

#[tokio::test]
async fn an_edit_reaches_the_others_and_the_draft_comes_back() {
    let scene = Scene::start().await;
    let message = scene.anna_says("the erly train").await;
    let tab = &scene.anna;
    tab.type_into("composer-input", "a draft").await;
    use_toolbar(tab, &message, "action-edit").await;
    tab.shows("editing-bar", "the erly train").await;
    tab.until("its text", &format!("{VALUE} === 'the erly train'")).await;
    tab.type_into("composer-input", format!("{ALL}the early train{ENTER}")).await;
    tab.gone("editing-bar").await;
    tab.until("the draft", &format!("{VALUE} === 'a draft'")).await;
    scene.ben.hears("the early train").await;
    scene.ben.part("message-edited").await;

    scene.ben.click("message-edited").await;
    let texts = "[...document.querySelectorAll('[data-testid=revision-text]')].map(text => text.textContent).join(' | ')";
    scene.ben.until("both texts", &format!("{texts} === 'the early train | the erly train'")).await;
}

#[tokio::test]
async fn up_edits_the_last_message_and_escape_leaves_it_as_it_was() {
    let mut scene = Scene::start().await;
    scene.anna_says("first").await;
    scene.anna_says("second").await;
    scene.mei_says("third").await;
    let tab = &scene.anna;
    tab.type_into("composer-input", UP).await;
    tab.until("the last own message", &format!("{VALUE} === 'second'")).await;
    tab.type_into("composer-input", " and more").await;
    tab.type_into("composer-input", ESCAPE).await;
    tab.gone("editing-bar").await;
    tab.until("an empty field", &format!("{VALUE} === ''")).await;
    tab.type_into("composer-input", format!("{UP}{ENTER}")).await;
    tab.gone("editing-bar").await;
    tab.shows_messages(&["first", "second", "third"]).await;
    tab.gone("message-edited").await;
    tab.type_into("composer-input", UP).await;
    tab.click("editing-cancel").await;
    tab.gone("editing-bar").await;
}

#[tokio::test]
async fn an_emptied_text_asks_to_delete_the_message() {
    let scene = Scene::start().await;
    let message = scene.anna_says("never mind").await;
    let tab = &scene.anna;
    choose(tab, &message, "menu-edit").await;
    tab.part("editing-bar").await;
    tab.type_into("composer-input", format!("{ALL}{DELETE}{ENTER}")).await;
    tab.click("delete-stay").await;
    tab.gone("delete-dialog").await;
    tab.part("editing-bar").await;
    tab.type_into("composer-input", ENTER).await;
    tab.click("delete-confirm").await;
    tab.gone("editing-bar").await;
    scene.ben.part("message-deleted").await;
}

#[tokio::test]
async fn an_edit_while_disconnected_survives_a_reload() {
    let scene = Scene::start().await;
    scene.anna_says("the erly train").await;
    let tab = &scene.anna;
    tab.type_into("composer-input", format!("{UP}{ALL}the early train{ENTER}")).await;
    tab.hears("the early train").await;
    tab.reload().await;
    tab.hears("the early train").await;
    scene.ben.hears("the early train").await;
    selector_of(&scene.ben, "the early train").await;
}
