//! Files on their way in several tabs of one person, and after the server has forgotten them.

use serde_json::json;

use super::{SLOW, digest_of_link, has_come_to, noise, ready};
use crate::{
    browser::{door_of, turn_to},
    support::{
        Server,
        browser::{Browser, Tab, input::Line},
    },
};

/// What the browser keeps of files on their way.
const KEPT: &str = "Object.keys(localStorage).filter(key => key.startsWith('confab.upload.'))";

/// Mei, and two tabs of Anna in the conversation with her.
async fn three_tabs(server: &Server, browser: &Browser) -> (Tab, Tab, Tab) {
    let mei = browser.open(&door_of(server, "mei")).await;
    mei.online().await;
    let one = browser.open(&server.url("/")).await;
    one.part("sign-in-name").await;
    one.click("stay-signed-in").await;
    one.sign_in("anna").await;
    turn_to(&one, "mei").await;
    let other = browser.open(&server.url("/")).await;
    other.online().await;
    turn_to(&other, "mei").await;
    turn_to(&mei, "anna").await;
    (mei, one, other)
}

#[tokio::test]
async fn what_a_closed_tab_was_sending_goes_on_in_another() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (mei, one, other) = three_tabs(&server, &browser).await;
    let (_folder, file, digest) = noise("noise.bin", 3_000_000);
    one.network(SLOW).await;
    one.choose_files("attach-input", &[file]).await;
    has_come_to(&one, 10).await;
    one.type_into("composer-input", "from a tab that closes").await;
    one.click("composer-send").await;
    one.part("upload-status").await;
    one.close().await;
    other.part("upload-status").await;
    mei.hears("from a tab that closes").await;
    mei.shows("file", "noise.bin").await;
    assert_eq!(digest_of_link(&mei).await, digest);
    other.until("nothing that is kept", &format!("{KEPT}.length === 0")).await;
}

#[tokio::test]
async fn a_duplicated_tab_leaves_the_files_of_the_first_alone() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (mei, one, other) = three_tabs(&server, &browser).await;
    let (_folder, file, digest) = noise("noise.bin", 3_000_000);
    one.network(SLOW).await;
    one.choose_files("attach-input", &[file]).await;
    has_come_to(&one, 10).await;
    // A browser copies what belongs to a tab when it duplicates it.
    let name = one.run("return sessionStorage.getItem('confab.tab')").await;
    assert!(name.is_string(), "{name}");
    other.run(&format!("sessionStorage.setItem('confab.tab', {name})")).await;
    other.reload().await;
    other.online().await;
    let renamed = format!("sessionStorage.getItem('confab.tab') !== {name}");
    other.until("a name of its own", &renamed).await;
    other.gone("tray-file").await;
    one.network(Line::Good).await;
    ready(&one, 1).await;
    one.click("composer-send").await;
    mei.shows("file", "noise.bin").await;
    assert_eq!(digest_of_link(&mei).await, digest);
}

#[tokio::test]
async fn a_message_is_sent_again_with_files_that_the_server_has_forgotten() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let (mei, one, _other) = three_tabs(&server, &browser).await;
    let (_folder, file, digest) = noise("noise.bin", 300_000);
    one.choose_files("attach-input", &[file]).await;
    ready(&one, 1).await;
    // As when it lay there for more than a week.
    let forget = format!(
        "const {{ id }} = JSON.parse(localStorage[{KEPT}[0]]); \
         const {{ token }} = JSON.parse(localStorage['confab.session']); \
         return fetch(`/api/v1/attachments/${{id}}`, {{ method: 'DELETE', \
             headers: {{ authorization: `Bearer ${{token}}`, 'tus-resumable': '1.0.0' }} }}).then(answer => answer.status)"
    );
    assert_eq!(one.run(&forget).await, json!(204));
    one.type_into("composer-input", "with a file").await;
    one.click("composer-send").await;
    one.click("retry").await;
    mei.hears("with a file").await;
    assert_eq!(digest_of_link(&mei).await, digest);
    one.said("with a file").await;
    one.gone("upload-status").await;
}
