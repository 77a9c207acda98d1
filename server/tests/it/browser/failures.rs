//! What could not be fetched or done is said, and can be tried again.

use super::message_actions::{Scene, choose, use_toolbar};
use crate::support::browser::Tab;

/// Every request of the page fails from now on; its socket stays.
async fn cut(tab: &Tab) {
    tab.run("window.reached = window.fetch; window.fetch = () => Promise.reject(new TypeError('cut off'))")
        .await;
}

async fn heal(tab: &Tab) {
    tab.run("window.fetch = window.reached").await;
}

#[tokio::test]
async fn lists_can_be_fetched_again_and_a_failed_following_is_said() {
    let mut scene = Scene::start().await;
    let message = scene.mei_says("hello").await;
    let anna = &scene.anna;
    choose(anna, &message, "menu-save").await;
    anna.shows("toast", "The message is saved.").await;
    // Where one types, nothing lies above the field.
    let apart = "(([a, b]) => a.bottom <= b.top || b.bottom <= a.top)(['toasts > *', 'composer'].map(part => \
         document.querySelector('.' + part).getBoundingClientRect()))";
    anna.until("the toast beside the field", apart).await;
    use_toolbar(anna, &message, "action-thread").await;
    anna.part("thread-follow").await;
    cut(anna).await;
    anna.click("thread-follow").await;
    anna.shows("toast", "The thread could not be followed.").await;
    heal(anna).await;
    anna.click("thread-follow").await;
    anna.until(
        "it is followed",
        "document.querySelector('[data-testid=thread-follow]').ariaPressed === 'true'",
    )
    .await;
    anna.click("thread-close").await;
    anna.gone("thread-panel").await;
    cut(anna).await;
    choose(anna, &message, "menu-readers").await;
    anna.part("readers-retry").await;
    heal(anna).await;
    anna.click("readers-retry").await;
    anna.part("reader").await;
    anna.gone("readers-retry").await;
    anna.escape().await;
    anna.gone("readers-dialog").await;
    cut(anna).await;
    anna.click("settings").await;
    anna.click("saved-messages").await;
    anna.part("saved-retry").await;
    heal(anna).await;
    anna.click("saved-retry").await;
    anna.shows("saved-message", "hello").await;
    anna.gone("saved-retry").await;
}
