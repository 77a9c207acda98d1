//! Deleting a message.

use super::{Scene, choose};

#[tokio::test]
async fn a_message_is_deleted_after_a_question() {
    let scene = Scene::start().await;
    let message = scene.anna_says("the early train").await;
    choose(&scene.anna, &message, "menu-delete").await;
    scene.anna.shows("delete-dialog", "the early train").await;
    scene.anna.escape().await;
    scene.anna.gone("delete-dialog").await;
    choose(&scene.anna, &message, "menu-delete").await;
    scene.anna.click("delete-stay").await;
    scene.anna.gone("delete-dialog").await;
    scene.anna.hears("the early train").await;
    choose(&scene.anna, &message, "menu-delete").await;
    scene.anna.click("delete-confirm").await;
    for tab in [&scene.anna, &scene.ben] {
        tab.shows("message-deleted", "Message deleted").await;
    }
    scene.ben.hover(&message).await;
    scene.ben.right_click(&message).await;
    scene.ben.gone("message-menu").await;
}

#[tokio::test]
async fn an_admin_deletes_the_messages_of_others_and_is_named() {
    let scene = Scene::start().await;
    scene.anna.begin_group("Rules", &["ben"]).await;
    scene.ben.choose("Rules").await;
    scene.ben.say("buy cheap watches").await;
    scene.anna.hears("buy cheap watches").await;
    let message = super::selector_of(&scene.anna, "buy cheap watches").await;
    choose(&scene.anna, &message, "menu-delete").await;
    scene.anna.click("delete-confirm").await;
    scene.anna.shows("message-deleted", "You deleted this message").await;
    scene.ben.shows("message-deleted", "anna deleted this message").await;
}
