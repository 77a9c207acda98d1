//! A guest keeps the name with a password.

use super::{door_of, pictures::file as picture_file};
use crate::support::{
    Server,
    browser::{Browser, Look},
};

const SEA: &str = "a long walk by the sea";

#[tokio::test]
async fn a_name_with_a_password_opens_in_another_browser() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let mei = browser.open(&door_of(&server, "mei")).await;
    mei.online().await;
    mei.click("settings").await;
    mei.click("password").await;
    mei.type_into("password-new", "password1").await;
    mei.click("password-save").await;
    mei.shows("password-error", "easy to guess").await;
    mei.run("document.querySelector('[data-testid=password-new]').value = ''").await;
    mei.type_into("password-new", SEA).await;
    mei.click("password-save").await;
    mei.part("password-saved").await;
    mei.click("password-done").await;
    mei.gone("password-dialog").await;

    let phone = Browser::looking(Look::PHONE.chinese()).await;
    let other = phone.open(&server.url("/")).await;
    other.type_into("sign-in-name", "mei").await;
    other.click("sign-in-submit").await;
    other.until("the keyboard", "document.activeElement.dataset.testid === 'sign-in-password'").await;
    other.type_into("sign-in-password", "something else").await;
    other.click("sign-in-submit").await;
    other.shows("sign-in-error", "密码不正确").await;
    other.run("document.querySelector('[data-testid=sign-in-password]').value = ''").await;
    other.type_into("sign-in-password", SEA).await;
    other.click("sign-in-submit").await;
    other.online().await;
    other.shows("me-name", "mei").await;

    // Changed there, it ends the session here.
    other.click("settings").await;
    other.click("password").await;
    other.until("the keyboard", "document.activeElement.dataset.testid === 'password-current'").await;
    other.type_into("password-current", SEA).await;
    other.type_into("password-new", "a short nap in the hills").await;
    other.click("password-save").await;
    other.part("password-saved").await;
    mei.part("sign-in-name").await;
}

#[tokio::test]
async fn a_picture_of_the_dialog_and_of_the_form() {
    let server = Server::start().await;
    for (name, look) in [("light", Look::DESKTOP), ("phone-dark-chinese", Look::PHONE.dark().chinese())] {
        let browser = Browser::looking(look).await;
        let tab = browser.open(&door_of(&server, &format!("mei-{name}"))).await;
        tab.online().await;
        tab.click("settings").await;
        tab.picture(&picture_file(&format!("settings-{name}"))).await;
        tab.click("password").await;
        tab.type_into("password-new", "password1").await;
        tab.click("password-save").await;
        tab.part("password-error").await;
        tab.until("the error", "document.querySelector('[data-testid=password-error]').textContent !== ''")
            .await;
        tab.picture(&picture_file(&format!("password-{name}"))).await;
        tab.run("document.querySelector('[data-testid=password-new]').value = ''").await;
        tab.type_into("password-new", SEA).await;
        tab.click("password-save").await;
        tab.part("password-saved").await;
        tab.picture(&picture_file(&format!("password-saved-{name}"))).await;
        let other = Browser::looking(look).await;
        let form = other.open(&server.url("/")).await;
        form.type_into("sign-in-name", format!("mei-{name}")).await;
        form.click("sign-in-submit").await;
        form.type_into("sign-in-password", "wrong one").await;
        form.click("sign-in-submit").await;
        form.part("sign-in-error").await;
        form.picture(&picture_file(&format!("sign-in-password-{name}"))).await;
    }
}
