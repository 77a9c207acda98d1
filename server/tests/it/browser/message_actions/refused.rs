//! A change that the server refuses says so at its message.

use confab_shared::{command::React, message::MAX_EMOJI_PER_MESSAGE};

use super::{Scene, use_toolbar};
use crate::support::client_id;

#[tokio::test]
async fn a_refused_reaction_has_its_reason_and_can_be_retried_or_discarded() {
    let mut scene = Scene::start().await;
    let message = scene.mei_says("react!").await;
    let target = scene.mei.view(scene.group).await.head_seq;
    let emoji: Vec<String> = ('\u{1f600}'..).take(MAX_EMOJI_PER_MESSAGE).map(String::from).collect();
    let react = |emoji: &str, on| React {
        client_id: client_id(),
        conversation: scene.group,
        target,
        emoji: emoji.to_owned(),
        on,
    };
    for emoji in &emoji {
        scene.socket.carry_out(react(emoji, true)).await.expect("a member reacts");
    }
    let chips = "document.querySelectorAll('[data-testid=reaction]').length";
    scene.anna.until("all reactions", &format!("{chips} === {MAX_EMOJI_PER_MESSAGE}")).await;
    scene.anna.gone("add-reaction").await;
    use_toolbar(&scene.anna, &message, "quick-reaction").await;
    scene.anna.shows("refused-change", "Reaction 👍 not added").await;
    scene.anna.click("retry").await;
    scene.anna.shows("refused-change", "as many different reactions").await;
    scene.anna.click("discard").await;
    scene.anna.gone("refused-change").await;
    use_toolbar(&scene.anna, &message, "quick-reaction").await;
    scene.anna.part("refused-change").await;
    scene.socket.carry_out(react(&emoji[0], false)).await.expect("a member withdraws a reaction");
    scene.anna.click("retry").await;
    scene.anna.gone("refused-change").await;
    scene.ben.part("reaction").await;
    scene.ben.until("the reaction", "!!document.querySelector('[data-emoji=\"👍\"]')").await;
}
