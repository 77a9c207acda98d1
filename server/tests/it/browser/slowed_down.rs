//! A person who sends faster than the server takes it: nothing fails, and the page says so and goes on by itself.

use confab_shared::{command::Send, event::EventBody};
use serde_json::json;

use crate::support::{
    Person, Server, Socket,
    browser::Browser,
    client_id,
    person::EVERYONE,
    reverse_proxy::{CLIENT, Mistake, Site},
};

const BANNER: &str = "connection-banner";

/// How many messages the page sends at once.
const SENT: usize = 20;

/// How many messages she sends elsewhere before she waits for the answers: fewer than a server leaves unanswered.
const AT_ONCE: usize = 50;

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

/// Records what the banner says from now on: it may show for a moment only.
fn record_banner() -> String {
    format!(
        "window.banners = []; \
         new MutationObserver(() => window.banners.push(document.querySelector('[data-testid={BANNER}]')?.textContent ?? '')) \
         .observe(document.body, {{ childList: true, characterData: true, subtree: true }})"
    )
}

/// Sends messages at once, and answers those that were refused.
async fn refused(socket: &mut Socket, messages: &[Send]) -> Vec<Send> {
    for message in messages {
        socket.command(message.clone()).await;
    }
    let mut refused = Vec::new();
    for message in messages {
        if socket.answer(message.client_id).await.is_err() {
            refused.push(message.clone());
        }
    }
    refused
}

/// Sends until the person may send no more, and answers what was refused.
async fn use_up(socket: &mut Socket) -> Vec<Send> {
    loop {
        let messages: Vec<_> = std::iter::repeat_with(message).take(AT_ONCE).collect();
        let refused = refused(socket, &messages).await;
        if !refused.is_empty() {
            return refused;
        }
    }
}

/// Sends for ever, what was refused first, so that what the person may send is used as it is regained, however slow the page
/// is.
async fn send_on(mut socket: Socket, mut next: Vec<Send>) -> ! {
    loop {
        next = refused(&mut socket, &next).await;
        next.resize_with(AT_ONCE, message);
    }
}

fn message() -> Send {
    Send::new(client_id(), EVERYONE, "elsewhere".to_owned())
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

    // Elsewhere she sends all that she may.
    let headers = [("x-forwarded-for", CLIENT)];
    let mut socket = Socket::connect_with(&server.socket_url(""), &headers, &mei.token).await;
    let refused = use_up(&mut socket).await;
    let page_says_so = async {
        tab.run(&record_banner()).await;
        tab.run(&send_at_once()).await;
        tab.until(
            "the banner",
            "window.banners.some(text => text.includes('faster than this server takes it'))",
        )
        .await;
    };
    tokio::select! {
        _ = send_on(socket, refused) => {}
        () = page_says_so => {}
    }
    tab.said(&format!("message {SENT}")).await;
    tab.gone(BANNER).await;
    let stored = mei.log(notes).await.into_iter().filter_map(|event| match event.body {
        EventBody::Posted(posted) => Some(posted.text.to_string()),
        _ => None,
    });
    let sent = (1..=SENT).map(|n| format!("message {n}"));
    assert!(stored.eq(["before".to_owned()].into_iter().chain(sent)), "each once, in order");
}
