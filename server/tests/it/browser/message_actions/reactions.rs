//! The reactions below a message.

use confab_shared::command::React;

use super::{Scene, use_toolbar};
use crate::support::client_id;

#[tokio::test]
async fn a_click_on_a_reaction_joins_and_leaves_it() {
    let mut scene = Scene::start().await;
    let message = scene.mei_says("who is in?").await;
    let target = scene.mei.view(scene.group).await.head_seq;
    let react =
        React { client_id: client_id(), conversation: scene.group, target, emoji: "🎉".into(), on: true };
    scene.socket.carry_out(react).await.expect("a member reacts");

    scene.anna.click("reaction").await;
    let chip = "document.querySelector('[data-testid=reaction]')";
    scene.ben.until("two", &format!("{chip}.textContent === '🎉2'")).await;
    scene.anna.until("an own one", &format!("{chip}.ariaPressed === 'true'")).await;
    scene.anna.until("all names", &format!("{chip}.ariaLabel === 'You and mei reacted with 🎉'")).await;
    scene.ben.until("all names", &format!("{chip}.ariaLabel === 'mei and anna reacted with 🎉'")).await;
    assert_eq!(scene.ben.run(&format!("return {chip}.ariaPressed")).await, "false");
    scene.anna.click("reaction").await;
    scene.ben.until("one", &format!("{chip}.textContent === '🎉1'")).await;

    use_toolbar(&scene.ben, &message, "quick-reaction").await;
    let all =
        "[...document.querySelectorAll('[data-testid=reaction]')].map(chip => chip.dataset.emoji).join('')";
    scene.anna.until("both", &format!("{all} === '🎉👍'")).await;
    scene.ben.click_on("[data-emoji='👍'][data-testid=reaction]").await;
    scene.anna.until("the first", &format!("{all} === '🎉'")).await;
    let focused = format!("document.activeElement.matches(\"{message}\")");
    scene.ben.until("the focus at the message", &focused).await;
}
