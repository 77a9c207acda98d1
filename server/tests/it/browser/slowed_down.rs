//! A person who sends faster than the server takes it: nothing fails, and the page says so and goes on by itself.

use confab::domain::limits::POSTS;
use confab_shared::event::EventBody;
use serde_json::json;

use crate::support::{
    Person, Server, Socket,
    browser::Browser,
    person::EVERYONE,
    reverse_proxy::{CLIENT, Mistake, Site},
};

const BANNER: &str = "connection-banner";

/// How many messages the page sends at once: more than is regained meanwhile, by far.
const SENT: usize = 200;

/// Sends messages as fast as the page can.
fn send_at_once() -> String {
    format!(
        "const field = document.querySelector('[data-testid=composer-input]'); \
         for (let n = 1; n <= {SENT}; n++) {{ \
         field.value = `message ${{n}}`; \
         field.dispatchEvent(new Event('input', {{ bubbles: true }})); \
         field.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, cancelable: true }})); }}"
    )
}

#[tokio::test]
async fn what_is_sent_too_fast_waits_and_goes_out_by_itself() {
    let site = Site::new().await;
    let flags = ["--public-url", &site.origin(), "--trusted-proxy", "127.0.0.1"];
    let server = Server::with().flags(flags).start().await;
    let proxy = site.before(&server, Mistake::None);
    let mei = Person::come(&server, "mei").await;
    let notes = mei.direct("mei").await;
    let browser = Browser::start().await;
    let tab = browser.open(&proxy.url("/")).await;
    let session = json!({ "token": mei.token, "user": mei.user, "kept": false });
    tab.run(&format!("sessionStorage.setItem('confab.session', {})", json!(session.to_string()))).await;
    tab.go(&proxy.url(&format!("/c/{notes}"))).await;
    tab.part("composer-input").await;
    tab.say("before").await;
    tab.said("before").await;

    // Elsewhere she has sent almost all that she may.
    let headers = [("x-forwarded-for", CLIENT)];
    let mut socket = Socket::connect_with(&server.socket_url(""), &headers, &mei.token).await;
    socket.send_many(EVERYONE, POSTS.remote.burst.get() as usize - 20, |n| n.to_string()).await;
    tab.run(&send_at_once()).await;
    tab.shows(BANNER, "faster than this server takes it").await;
    tab.said(&format!("message {SENT}")).await;
    tab.gone(BANNER).await;
    let stored = mei.log(notes).await.into_iter().filter_map(|event| match event.body {
        EventBody::Posted(posted) => Some(posted.text.to_string()),
        _ => None,
    });
    let sent = (1..=SENT).map(|n| format!("message {n}"));
    assert!(stored.eq(["before".to_owned()].into_iter().chain(sent)), "each once, in order");
}
