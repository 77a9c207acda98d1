//! A person who sends faster than the server takes it: nothing fails, and the page says so and goes on by itself.

use serde_json::json;

use confab::domain::limits::POSTS;
use reqwest::Method;

use crate::support::{
    Person, Server, Socket,
    browser::Browser,
    client_id,
    person::{EVERYONE, answer},
    reverse_proxy::{CLIENT, Mistake, Site},
};

const BANNER: &str = "connection-banner";

/// Uses up what mei may post, from where the proxy says that she is, and all that is regained, until it is aborted.
async fn post_without_end(mei: Person) {
    loop {
        let body = json!({ "client_id": client_id(), "text": "flood" });
        let request = mei.request(Method::POST, &format!("/conversations/{EVERYONE}/messages"));
        let _ = answer::<serde_json::Value>(request.header("x-forwarded-for", CLIENT).json(&body)).await;
    }
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

    let headers = [("x-forwarded-for", CLIENT)];
    let mut socket = Socket::connect_with(&server.socket_url(""), &headers, &mei.token).await;
    socket.send_many(EVERYONE, POSTS.remote.burst.get() as usize - 20, |n| n.to_string()).await;
    let floods: Vec<_> = (0..4).map(|_| tokio::spawn(post_without_end(mei.clone()))).collect();
    server.logs("messages of a person").await;
    tab.say("one").await;
    tab.say("two").await;
    tab.shows(BANNER, "faster than this server takes it").await;
    floods.iter().for_each(tokio::task::JoinHandle::abort);
    tab.said("two").await;
    tab.shows_messages(&["before", "one", "two"]).await;
    tab.gone(BANNER).await;
}
