//! The page behind a reverse proxy: set up well it works, and a mistake is named.

use serde_json::json;

use crate::support::{
    Person, Server,
    browser::{Browser, Look, Tab},
    reverse_proxy::{Mistake, ReverseProxy, Site},
};

const BANNER: &str = "connection-banner";

/// A server that knows the address of its site, unless its proxy hides the name; and the proxy.
async fn with_proxy(mistake: Mistake) -> (Server, ReverseProxy) {
    let site = Site::new().await;
    let setup = Server::with().listen("0.0.0.0:0").flags(["--access", "open"]);
    let server = match mistake {
        Mistake::HidesHost => setup.start().await,
        _ => setup.flags(["--public-url", &site.origin()]).start().await,
    };
    let proxy = site.before(&server, mistake);
    (server, proxy)
}

async fn fits(tab: &Tab) {
    let overflow = tab.run("return document.documentElement.scrollWidth > innerWidth").await;
    assert_eq!(overflow, false, "nothing is cut off at the side");
}

#[tokio::test]
async fn a_proxy_that_is_set_up_well_is_not_noticed() {
    let (_server, proxy) = with_proxy(Mistake::None).await;
    let browser = Browser::start().await;
    let tab = browser.open(&proxy.url("/?userID=anna")).await;
    tab.online().await;
    tab.gone(BANNER).await;
}

#[tokio::test]
async fn a_proxy_that_drops_upgrades_is_named() {
    let (server, proxy) = with_proxy(Mistake::DropsUpgrade).await;
    let browser = Browser::start().await;
    let tab = browser.open(&proxy.url("/?userID=anna")).await;
    tab.shows(BANNER, "does not let WebSockets through").await;
    tab.shows(BANNER, "“Upgrade” and “Connection”").await;
    fits(&tab).await;
    server.logs("`Upgrade: websocket`").await;
    let phone = Browser::looking(Look::PHONE.chinese()).await;
    let tab = phone.open(&proxy.url("/?userID=li")).await;
    tab.shows(BANNER, "不允许 WebSocket 通过").await;
    fits(&tab).await;
}

#[tokio::test]
async fn a_proxy_that_hides_the_name_is_named() {
    let (server, proxy) = with_proxy(Mistake::HidesHost).await;
    let browser = Browser::start().await;
    let flag = format!("--allow-origin {}", proxy.url(""));
    // Before one is signed in, and with a session from before the proxy did so.
    let tab = browser.open(&proxy.url("/?userID=anna")).await;
    tab.until("what helps", &format!("document.body.innerText.includes({})", json!(flag))).await;
    fits(&tab).await;
    let mei = Person::come(&server, "mei").await;
    let session = json!({ "token": mei.token, "user": mei.user, "kept": false });
    tab.run(&format!("sessionStorage.setItem('confab.session', {})", json!(session.to_string()))).await;
    tab.go(&proxy.url("/")).await;
    tab.shows(BANNER, &flag).await;
    tab.shows(BANNER, "“Host”").await;
    fits(&tab).await;
    server.logs("--allow-origin").await;
}

#[tokio::test]
async fn a_name_that_the_server_does_not_answer_to_is_explained() {
    let server = Server::start().await;
    let site = format!("http://other.example:{}/c/5", server.port());
    for look in [Look::DESKTOP, Look::PHONE.dark().chinese()] {
        let browser = Browser::looking(look).await;
        let tab = browser.open(&site).await;
        tab.until("the page", "document.body.innerText.includes('--public-url')").await;
        tab.until("both languages", "!!document.querySelector('[lang=zh-CN]')").await;
        tab.until("its style", "getComputedStyle(document.body).display === 'grid'").await;
        fits(&tab).await;
    }
}
