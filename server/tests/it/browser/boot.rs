//! A page that cannot start says so, whichever of its files does not arrive.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::AbortHandle};

use crate::support::{Server, browser::Browser, http};

/// A proxy that forwards some paths, and answers 404 to all others.
struct Proxy {
    address: SocketAddr,
    serving: AbortHandle,
}

#[derive(Clone)]
struct Rule {
    server: String,
    /// The path to ask the server for, where a path is forwarded.
    forwarded: fn(&str) -> Option<&str>,
}

impl Proxy {
    async fn before(server: &Server, forwarded: fn(&str) -> Option<&str>) -> Self {
        let rule = Rule { server: server.url(""), forwarded };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let router = Router::new().fallback(forward).with_state(rule);
        let serving = tokio::spawn(async { axum::serve(listener, router).await }).abort_handle();
        Self { address, serving }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn forward(State(rule): State<Rule>, uri: Uri) -> Response {
    let Some(path) = (rule.forwarded)(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    let answer = http().get(format!("{}{path}", rule.server)).send().await.expect("the server answers");
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(Body::from(answer.bytes().await.expect("the body arrives")));
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response
}

const SAYS_SO: &str =
    "!!document.querySelector('.boot-failed')?.checkVisibility({ visibilityProperty: true })";

async fn it_says_so(forwarded: fn(&str) -> Option<&str>, path: &str) {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let proxy = Proxy::before(&server, forwarded).await;
    let tab = browser.open(&proxy.url(path)).await;
    tab.until("the sentence", SAYS_SO).await;
    let text = tab.run("return document.body.innerText").await;
    let text = text.as_str().expect("a page has a text");
    assert!(text.contains("could not be loaded") && text.contains("无法载入"), "{text}");
}

#[tokio::test]
async fn a_page_whose_files_are_elsewhere_says_so() {
    // As a proxy does that forwards a folder of its own to a server that knows nothing of it.
    it_says_so(|path| path.strip_prefix("/chat").filter(|path| path.starts_with('/')), "/chat/").await;
}

#[tokio::test]
async fn a_page_whose_scripts_do_not_come_says_so() {
    it_says_so(|path| Some(path).filter(|path| !path.ends_with(".js") && !path.ends_with(".wasm")), "/")
        .await;
}

#[tokio::test]
async fn a_page_whose_wasm_is_refused_says_so() {
    it_says_so(|path| Some(path).filter(|path| !path.ends_with(".wasm")), "/").await;
}

#[tokio::test]
async fn a_page_that_starts_does_not() {
    let (server, browser) = (Server::start().await, Browser::start().await);
    let proxy = Proxy::before(&server, |path| Some(path)).await;
    let tab = browser.open(&proxy.url("/")).await;
    tab.part("sign-in-name").await;
    assert_eq!(tab.run("return !!document.querySelector('#boot')").await, false);
}
