//! Accounts on the page: links to join, the administration, devices, second factors.

use serde_json::json;

use super::pictures::file as picture_file;
use crate::support::{
    Server,
    browser::{Browser, Look, Tab},
};

const SEA: &str = "a long walk by the sea";

pub(super) async fn accounts_server() -> Server {
    Server::with().flags(["--access", "accounts"]).start().await
}

/// The fragment of a link: its secret.
fn secret(link: &str) -> &str {
    link.trim().split_once("/join#").expect("a link to join").1
}

/// The set-up link of a server that nobody owns yet.
fn set_up_link(server: &Server) -> String {
    let link = std::fs::read_to_string(server.data().join("setup-link")).expect("a link for the first start");
    server.url(&format!("/join#{}", secret(&link)))
}

async fn join(tab: &Tab, name: &str) {
    tab.type_into("account-name", name).await;
    tab.type_into("account-password", SEA).await;
    tab.click("account-submit").await;
    tab.shows("me-name", name).await;
    tab.online().await;
}

/// The owner, in a tab of the browser.
pub(super) async fn owner(server: &Server, browser: &Browser) -> Tab {
    let tab = browser.open(&set_up_link(server)).await;
    join(&tab, "olga").await;
    tab
}

pub(super) async fn administration(tab: &Tab) {
    tab.click("settings").await;
    tab.click("administration").await;
    tab.part("administration-page").await;
}

/// Makes an invitation of the kind that is offered first.
async fn invitation(server: &Server, tab: &Tab) -> String {
    administration(tab).await;
    tab.click("invitations-tab").await;
    tab.click("invite").await;
    let link = tab.until("the link", "document.querySelector('[data-testid=invitation-link]')?.value").await;
    server.url(&format!("/join#{}", secret(link.as_str().expect("a link"))))
}

async fn person(tab: &Tab, name: &str) {
    tab.click("people-tab").await;
    tab.click_on(&format!("[data-testid=account][data-name='{name}']")).await;
    tab.shows("person-name", name).await;
}

async fn sign_in(tab: &Tab, name: &str) {
    for (field, text) in [("sign-in-name", name), ("sign-in-password", SEA)] {
        tab.part(field).await;
        tab.run(&format!("document.querySelector('[data-testid={field}]').value = ''")).await;
        tab.type_into(field, text).await;
    }
    tab.click("sign-in-submit").await;
}

#[tokio::test]
async fn the_set_up_link_makes_one_owner() {
    let (server, browser) = (accounts_server().await, Browser::start().await);
    let link = set_up_link(&server);
    let tab = browser.open(&link).await;
    tab.shows("join-lead", "owner of this server").await;
    // The secret stands neither in the address nor in the history.
    tab.until("no secret", "location.pathname === '/join' && location.hash === ''").await;
    join(&tab, "olga").await;
    tab.until("home", "location.pathname === '/'").await;
    tab.until("the role", "document.querySelector('.account-text').textContent.includes('Owner')").await;

    let late = browser.open(&link).await;
    late.shows("join-refused", "not valid any more").await;
    late.click("join-leave").await;
    late.part("sign-in-password").await;
}

#[tokio::test]
async fn an_invited_person_comes_in_and_is_thrown_out_when_deactivated() {
    let (server, browser) = (accounts_server().await, Browser::start().await);
    let olga = owner(&server, &browser).await;
    let mei = browser.open(&invitation(&server, &olga).await).await;
    mei.shows("join-lead", "olga invites you").await;
    join(&mei, "mei").await;
    mei.click("settings").await;
    mei.part("devices").await;
    mei.gone("administration").await;

    person(&olga, "mei").await;
    olga.click("deactivate").await;
    olga.click("deactivate-confirm").await;
    olga.shows("person-facts", "deactivated").await;
    sign_in(&mei, "mei").await;
    mei.shows("sign-in-error", "was deactivated").await;

    olga.click("reactivate").await;
    olga.click("reactivate-confirm").await;
    olga.part("deactivate").await;
    mei.click("sign-in-submit").await;
    mei.online().await;
}

#[tokio::test]
async fn a_person_with_another_role_sees_another_administration() {
    let (server, browser) = (accounts_server().await, Browser::start().await);
    let olga = owner(&server, &browser).await;
    let mei = browser.open(&invitation(&server, &olga).await).await;
    join(&mei, "mei").await;
    person(&olga, "mei").await;
    // The roles in the order of their rights: the second is the admin.
    olga.run(
        "const roles = document.querySelector('[data-testid=person-role]'); roles.selectedIndex = 1; \
         roles.dispatchEvent(new Event('change', { bubbles: true }))",
    )
    .await;
    olga.click("person-role-save").await;
    olga.shows("person-facts", "Admin").await;

    mei.reload().await;
    administration(&mei).await;
    mei.gone("server-settings-tab").await;
    person(&mei, "olga").await;
    mei.gone("deactivate").await;
}

#[tokio::test]
async fn a_revoked_invitation_brings_nobody() {
    let (server, browser) = (accounts_server().await, Browser::start().await);
    let olga = owner(&server, &browser).await;
    let link = invitation(&server, &olga).await;
    olga.click("revoke").await;
    olga.gone("revoke").await;
    let late = browser.open(&link).await;
    late.part("join-refused").await;
}

#[tokio::test]
async fn a_link_asks_whoever_is_signed_in() {
    let (server, browser) = (accounts_server().await, Browser::start().await);
    let olga = browser.open(&set_up_link(&server)).await;
    olga.click("account-stay").await;
    join(&olga, "olga").await;
    let link = invitation(&server, &olga).await;

    let tab = browser.open(&link).await;
    tab.shows("join-signed-in", "olga").await;
    tab.click("join-leave").await;
    tab.shows("me-name", "olga").await;
    tab.online().await;

    let tab = browser.open(&link).await;
    tab.click("join-as-new").await;
    join(&tab, "mei").await;
    tab.reload().await;
    tab.shows("me-name", "mei").await;
    olga.reload().await;
    olga.shows("me-name", "olga").await;
}

#[tokio::test]
async fn the_owner_opens_the_server_for_everybody() {
    let (server, browser) = (accounts_server().await, Browser::start().await);
    let olga = owner(&server, &browser).await;
    let stranger = browser.open(&server.url("/")).await;
    stranger.part("sign-in-password").await;
    stranger.gone("register").await;
    administration(&olga).await;
    olga.click("server-settings-tab").await;
    olga.click("setting-registration").await;
    olga.until(
        "the setting",
        "(box => box?.checked && !box.disabled)(document.querySelector('[data-testid=setting-registration]'))",
    )
    .await;
    stranger.reload().await;
    stranger.click("register").await;
    join(&stranger, "sven").await;
}

/// The code of now, as an app makes it of the secret on the page (RFC 6238).
const CODE: &str = "
    const text = document.querySelector('[data-testid=second-factor-secret]').textContent.replace(/[ =]/g, '');
    const bits = [...text].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
    const key = new Uint8Array(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)));
    const counter = new DataView(new ArrayBuffer(8));
    counter.setBigUint64(0, BigInt(Math.floor(Date.now() / 30000)));
    return crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-1' }, false, ['sign'])
      .then(key => crypto.subtle.sign('HMAC', key, counter.buffer))
      .then(mac => {
        const view = new DataView(mac);
        const number = view.getUint32(view.getUint8(19) & 15) & 0x7fffffff;
        return String(number % 1000000).padStart(6, '0');
      })";

/// Gives the password that a new second factor asks for.
async fn ask_for_a_secret(tab: &Tab) {
    tab.type_into("second-factor-password", SEA).await;
    tab.click("second-factor-begin").await;
    tab.part("second-factor-qr").await;
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_a_recovery_code_stands_in_for_it() {
    let (server, browser) = (accounts_server().await, Browser::start().await);
    let olga = owner(&server, &browser).await;
    olga.click("settings").await;
    olga.click("second-factor").await;
    olga.type_into("second-factor-password", "a wrong one").await;
    olga.click("second-factor-begin").await;
    olga.shows("second-factor-error", "not the password").await;
    olga.run("document.querySelector('[data-testid=second-factor-password]').value = ''").await;
    ask_for_a_secret(&olga).await;
    olga.type_into("second-factor-code", "000000").await;
    olga.click("second-factor-confirm").await;
    olga.shows("second-factor-error", "not valid").await;
    olga.run("document.querySelector('[data-testid=second-factor-code]').value = ''").await;
    let code = olga.run(CODE).await;
    olga.type_into("second-factor-code", code.as_str().expect("six digits")).await;
    olga.click("second-factor-confirm").await;
    olga.part("recovery-codes").await;
    let codes =
        olga.run("return [...document.querySelectorAll('[data-testid=recovery-codes] li')].map(li => li.textContent)")
            .await;
    let codes: Vec<String> = serde_json::from_value(codes).expect("codes");
    olga.click("second-factor-done").await;
    olga.gone("second-factor-dialog").await;

    let tab = Browser::start().await;
    let elsewhere = tab.open(&server.url("/")).await;
    sign_in(&elsewhere, "olga").await;
    elsewhere.part("sign-in-code").await;
    elsewhere.type_into("sign-in-code", "000000").await;
    elsewhere.click("sign-in-submit").await;
    elsewhere.shows("sign-in-error", "not valid").await;
    elsewhere.click("code-kind").await;
    elsewhere.run("document.querySelector('[data-testid=sign-in-code]').value = ''").await;
    elsewhere.type_into("sign-in-code", codes[0].as_str()).await;
    elsewhere.click("sign-in-submit").await;
    elsewhere.online().await;

    elsewhere.click("settings").await;
    elsewhere.click("second-factor").await;
    elsewhere.shows("second-factor-active", &format!("{} recovery codes are left", codes.len() - 1)).await;
    elsewhere.type_into("second-factor-code", codes[1].as_str()).await;
    elsewhere.click("second-factor-remove").await;
    elsewhere.gone("second-factor-dialog").await;
    elsewhere.click("settings").await;
    elsewhere.click("second-factor").await;
    ask_for_a_secret(&elsewhere).await;
}

#[tokio::test]
async fn other_devices_are_listed_and_signed_out() {
    let (server, browser) = (accounts_server().await, Browser::start().await);
    let olga = owner(&server, &browser).await;
    let other = browser.open(&server.url("/")).await;
    let third = browser.open(&server.url("/")).await;
    for tab in [&other, &third] {
        sign_in(tab, "olga").await;
        tab.online().await;
    }
    let count = |wanted: usize| {
        format!(
            "document.querySelectorAll('[data-testid=session]').length === {wanted} && \
             document.querySelectorAll('[data-testid=session][data-current]').length === 1"
        )
    };
    olga.click("settings").await;
    olga.click("devices").await;
    olga.until("three sessions", &count(3)).await;
    olga.click("end-session").await;
    olga.until("two sessions", &count(2)).await;
    olga.click("end-others").await;
    olga.click("end-others-confirm").await;
    olga.until("one session", &count(1)).await;
    for tab in [&other, &third] {
        tab.part("sign-in-password").await;
    }
    olga.click("end-all").await;
    olga.click("end-all-confirm").await;
    olga.part("sign-in-password").await;
}

#[tokio::test]
async fn a_form_that_is_told_to_wait_waits_and_then_goes_on() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let tab = browser.open(&server.url("/")).await;
    tab.part("sign-in-name").await;
    let refusal =
        json!({ "code": "rate_limited", "message": "Too often.", "retry_after_ms": 8_000 }).to_string();
    tab.run(&format!(
        "const real = window.fetch; let refused = false; window.fetch = (...asked) => {{ \
         if (asked[0].method !== 'POST' || refused) return real(...asked); \
         refused = true; return Promise.resolve(new Response({}, {{ status: 429 }})) }}",
        json!(refusal)
    ))
    .await;
    tab.type_into("sign-in-name", "ann").await;
    tab.click("sign-in-submit").await;
    tab.shows("sign-in-error", "Try again in").await;
    let disabled = "document.querySelector('[data-testid=sign-in-submit]').disabled";
    assert_eq!(tab.run(&format!("return {disabled}")).await, true);
    // Typing does not shorten it.
    tab.type_into("sign-in-name", "a").await;
    assert_eq!(tab.run(&format!("return {disabled}")).await, true);
    tab.until("the end of the wait", &format!("!{disabled}")).await;
    tab.gone("sign-in-error").await;
    tab.click("sign-in-submit").await;
    tab.shows("me-name", "anna").await;
}

#[tokio::test]
async fn a_link_without_its_secret_and_one_that_nobody_made_say_so() {
    let (server, browser) = (accounts_server().await, Browser::start().await);
    let tab = browser.open(&server.url("/join")).await;
    tab.shows("join-refused", "Part of the link is missing").await;
    // Another fragment loads no page.
    tab.run("location.hash = '#nobody-made-this'").await;
    tab.shows("join-refused", "not valid any more").await;
    tab.click("join-leave").await;
    tab.part("sign-in-password").await;
}

#[tokio::test]
async fn on_a_phone_in_chinese_the_administration_is_a_page_with_a_way_back() {
    let server = accounts_server().await;
    let browser = Browser::looking(Look::PHONE.chinese()).await;
    let olga = browser.open(&set_up_link(&server)).await;
    olga.shows("join-lead", "所有者").await;
    join(&olga, "olga").await;
    administration(&olga).await;
    olga.shows("account-facts", "所有者").await;
    olga.click("back").await;
    olga.until("the list", "location.pathname === '/'").await;
    olga.gone("administration-page").await;
    olga.back().await;
    person(&olga, "olga").await;
    olga.back().await;
    olga.gone("person-dialog").await;
    olga.part("administration-page").await;
}

#[tokio::test]
async fn pictures_of_accounts() {
    for (name, look) in [("light", Look::DESKTOP), ("phone-dark-chinese", Look::PHONE.dark().chinese())] {
        let (server, browser) = (accounts_server().await, Browser::looking(look).await);
        let shot = |part: &str| picture_file(&format!("accounts-{part}-{name}"));
        let olga = browser.open(&set_up_link(&server)).await;
        olga.part("account-name").await;
        olga.picture(&shot("join")).await;
        join(&olga, "olga").await;
        let link = invitation(&server, &olga).await;
        olga.picture(&shot("invitations")).await;
        let mei = browser.open(&link).await;
        mei.part("join-lead").await;
        mei.picture(&shot("invited")).await;
        join(&mei, "mei").await;
        olga.click("people-tab").await;
        olga.part("account").await;
        olga.picture(&shot("people")).await;
        person(&olga, "mei").await;
        olga.part("session").await;
        olga.picture(&shot("person")).await;
        olga.escape().await;
        olga.click("server-settings-tab").await;
        olga.part("setting-registration").await;
        olga.picture(&shot("settings")).await;
        mei.click("settings").await;
        mei.picture(&shot("menu")).await;
        mei.click("devices").await;
        mei.part("session").await;
        mei.picture(&shot("devices")).await;
        mei.escape().await;
        mei.click("settings").await;
        mei.click("second-factor").await;
        ask_for_a_secret(&mei).await;
        mei.picture(&shot("second-factor")).await;
    }
}
