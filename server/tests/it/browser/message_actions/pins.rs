//! Pinned messages.

use super::{Scene, choose};
use crate::support::browser::Look;

const PINS: &str =
    "[...document.querySelectorAll('[data-testid=pin] .pin-text')].map(pin => pin.textContent).join(' | ')";

#[tokio::test]
async fn a_pinned_message_is_listed_for_all_until_it_is_unpinned() {
    let mut scene = Scene::start().await;
    let first = scene.anna_says("the early train").await;
    let second = scene.mei_says("platform 3").await;
    scene.ben.click("details").await;
    scene.ben.part("no-pins").await;
    choose(&scene.anna, &first, "menu-pin").await;
    scene.ben.until("one", &format!("{PINS} === 'the early train'")).await;
    scene.ben.part("message-pinned").await;
    choose(&scene.ben, &second, "menu-pin").await;
    scene.ben.until("two", &format!("{PINS} === 'platform 3 | the early train'")).await;
    let marks = "document.querySelectorAll('[data-testid=message-pinned]').length";
    scene.anna.until("both marks", &format!("{marks} === 2")).await;
    choose(&scene.anna, &second, "menu-unpin").await;
    scene.ben.until("the first", &format!("{PINS} === 'the early train'")).await;
    scene.ben.hover("[data-testid=pin]").await;
    scene.ben.click("pin-remove").await;
    scene.ben.part("no-pins").await;
    scene.anna.gone("message-pinned").await;
}

#[tokio::test]
async fn an_edit_and_a_deletion_show_in_the_list() {
    let mut scene = Scene::start().await;
    let message = scene.anna_says("platform 3").await;
    scene.mei_says("thanks").await;
    choose(&scene.anna, &message, "menu-pin").await;
    scene.ben.click("details").await;
    scene.ben.until("the pin", &format!("{PINS} === 'platform 3'")).await;
    scene.anna.type_into("composer-input", "\u{e013}\u{e009}a\u{e000}platform 4\u{e007}").await;
    scene.ben.until("the edit", &format!("{PINS} === 'platform 4'")).await;
    choose(&scene.anna, &message, "menu-delete").await;
    scene.anna.click("delete-confirm").await;
    scene.ben.part("no-pins").await;
}

/// Far more messages than a page of history has are between the pinned message and the newest.
async fn far_away(look: Look) -> (Scene, String) {
    let mut scene = Scene::looking(look).await;
    let message = scene.mei_says("the address is Old Street 5").await;
    choose_pin(&scene, &message).await;
    // Away, and with a page that knows none of them.
    match look.phone {
        true => scene.anna.click("back").await,
        false => scene.anna.choose("Everyone").await,
    }
    for number in 0..400 {
        scene.socket.send_text(scene.group, &format!("message {number}")).await;
    }
    scene.anna.reload().await;
    scene.anna.choose("Trip").await;
    scene.anna.click("jump-to-newest").await;
    scene.anna.hears("message 399").await;
    let far = format!("!document.querySelector(\"{message}\")");
    scene.anna.until("the pinned message far away", &far).await;
    (scene, message)
}

async fn choose_pin(scene: &Scene, message: &str) {
    scene.anna.run(&format!("document.querySelector(\"{message}\").focus()")).await;
    scene.anna.press("ContextMenu").await;
    scene.anna.click("menu-pin").await;
    scene.ben.part("message-pinned").await;
}

#[tokio::test]
async fn a_click_leads_to_the_message_in_its_place() {
    let (scene, message) = far_away(Look::DESKTOP).await;
    scene.anna.click("details").await;
    scene.anna.click("pin-jump").await;
    let shown = visible(&message);
    scene.anna.until("the message", &shown).await;
    scene.anna.part("details-panel").await;
    assert_eq!(scene.anna.messages().await[0], "the address is Old Street 5");
}

#[tokio::test]
async fn on_a_phone_the_details_close_before_the_jump() {
    let (scene, message) = far_away(Look::PHONE).await;
    scene.anna.click("details").await;
    scene.anna.click("pin-jump").await;
    scene.anna.gone("details-panel").await;
    scene.anna.until("the message", &visible(&message)).await;
}

fn visible(message: &str) -> String {
    format!(
        "(() => {{ const area = document.querySelector(\"{message}\")?.getBoundingClientRect(); \
         return !!area && area.top > 0 && area.bottom < innerHeight; }})()"
    )
}
