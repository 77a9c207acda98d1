//! A display name is set in the settings, and seen by others at once.

use std::path::{Path, PathBuf};

use confab_shared::api::MeChange;
use reqwest::Method;

use super::door_of;
use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
};

/// Opens the dialog, and replaces what is in its field.
async fn enter(tab: &Tab, display_name: &str) {
    tab.type_into("display-name-field", format!("\u{e009}a\u{e000}\u{e017}{display_name}\u{e007}")).await;
}

async fn open_dialog(tab: &Tab) {
    tab.click("settings").await;
    tab.click("display-name").await;
    tab.until("the keyboard", "document.activeElement.dataset.testid === 'display-name-field'").await;
}

/// Waits until the name above a message of somebody else is this.
async fn author_is(tab: &Tab, name: &str) {
    let authors = "[...document.querySelectorAll('.author')].map(author => author.textContent).join()";
    tab.until(&format!("the author {name}"), &format!("{authors} === '{name}'")).await;
}

#[tokio::test]
async fn a_display_name_is_seen_at_once_wherever_its_user_is_shown() {
    let server = Server::start().await;
    let (english, chinese) = (Browser::start().await, Browser::looking(Look::DESKTOP.chinese()).await);
    let anna = english.open(&door_of(&server, "anna")).await;
    anna.online().await;
    anna.may_be_added().await;
    let mei = chinese.open(&door_of(&server, "mei")).await;
    mei.online().await;
    mei.begin_with("anna").await;
    mei.say("just you").await;
    mei.said("just you").await;
    mei.begin_group("Trip", &["anna"]).await;
    mei.say("the early train?").await;
    anna.choose("Trip").await;
    author_is(&anna, "mei").await;
    anna.until("the notice", "document.querySelector('[data-testid=notice]').textContent.includes('mei')")
        .await;

    open_dialog(&mei).await;
    mei.shows("display-name-dialog", "显示名").await;
    enter(&mei, "Anna").await;
    mei.shows("display-name-error", "看起来相同").await;
    enter(&mei, "Mei Ling").await;
    mei.gone("display-name-dialog").await;
    mei.shows("me-name", "Mei Ling").await;

    // In the list, above her messages, in notices, and while she types.
    anna.part("conversation-item").await;
    anna.until(
        "the list",
        "!!document.querySelector('[data-testid=conversation-item][data-name=\"Mei Ling\"]')",
    )
    .await;
    author_is(&anna, "Mei Ling").await;
    anna.until("the name behind it", "document.querySelector('.author').title === '@mei'").await;
    let labelled =
        "[...document.querySelectorAll('[role=listitem]')].some(row => row.ariaLabel?.includes('@mei'))";
    anna.until("the name in the message's label", labelled).await;
    anna.until(
        "the notice",
        "document.querySelector('[data-testid=notice]').textContent.includes('Mei Ling')",
    )
    .await;
    mei.type_into("composer-input", "well").await;
    anna.shows("conversation-status", "Mei Ling is typing").await;

    // Where one decides with whom one deals, the unique name stands beside it.
    anna.choose("Mei Ling").await;
    anna.shows("unique-name", "@mei").await;
    anna.click("details").await;
    anna.until(
        "the member",
        "document.querySelector('[data-testid=member][data-name=mei]')?.textContent.includes('@mei')",
    )
    .await;
    anna.picture(&picture("display-name")).await;
    anna.click("new-conversation").await;
    anna.click("new-direct-tab").await;
    anna.type_into("direct-name", "mei l").await;
    anna.shows("suggestion", "@mei").await;
    anna.click("suggestion").await;
    anna.until("the unique name", "document.querySelector('[data-testid=direct-name]').value === 'mei'")
        .await;
    anna.escape().await;

    // Removed, the name is shown again.
    open_dialog(&mei).await;
    mei.picture(&picture("display-name-dialog")).await;
    enter(&mei, "").await;
    mei.gone("display-name-dialog").await;
    mei.shows("me-name", "mei").await;
    anna.choose("mei").await;
    anna.gone("header unique-name").await;
}

#[tokio::test]
async fn a_long_display_name_hides_no_unique_name() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let change = MeChange {
        display_name: Some("Mei of the longest name ".repeat(3)[..64].into()),
        ..MeChange::default()
    };
    let named = mei.request(Method::PATCH, "/me").json(&change).send().await.unwrap();
    assert_eq!(named.status(), 200);
    for (look, folder) in [(Look::DESKTOP, "desktop"), (Look::PHONE, "phone")] {
        let browser = Browser::looking(look).await;
        let name = format!("anna-{folder}");
        let tab = browser.open(&door_of(&server, &name)).await;
        tab.online().await;
        tab.may_be_added().await;
        let seen = |part: &str| {
            format!(
                "(found => !!found && found.textContent === '@mei' && found.scrollWidth <= found.clientWidth && \
                 found.getBoundingClientRect().right <= \
                 found.closest('[data-testid={part}]').getBoundingClientRect().right && \
                 getComputedStyle(found.previousElementSibling).textOverflow === 'ellipsis')\
                 (document.querySelector('[data-testid={part}] .unique-name'))"
            )
        };
        tab.type_into("filter", "mei").await;
        tab.until("the person found", &seen("person-found")).await;
        tab.picture(&picture(&format!("long-name-found-{folder}"))).await;
        tab.click("new-conversation").await;
        tab.click("new-direct-tab").await;
        tab.type_into("direct-name", "mei o").await;
        tab.until("the suggestion", &seen("suggestion")).await;
        tab.picture(&picture(&format!("long-name-suggested-{folder}"))).await;
        tab.escape().await;
        tab.escape().await;
        let trip = mei.group("Trip", &[&name]).await;
        tab.go(&format!("http://localhost:{}/c/{trip}", server.port())).await;
        tab.click("details").await;
        tab.until("the member", &seen("member")).await;
        tab.picture(&picture(&format!("long-name-member-{folder}"))).await;
    }
}

fn picture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pictures");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder.join(format!("{name}.png"))
}
