//! Attacks from outside, one file for each door: floods, proxies that lie, names of other sites, and what the log says of
//! all that. The attackers act with sockets and requests of their own. Where one comes from another address than this
//! machine's, a trusted proxy says so: the limits of loopback are made for development and are much wider.

mod floods;
mod hosts;
mod log;
mod proxies;
mod sockets;

use confab_shared::{
    api::{SignIn, SignedIn},
    error::ErrorCode,
};
use reqwest::Method;

use crate::support::{
    Person, Server, Socket, http,
    person::{Refused, answer},
    server::Setup,
};

/// A server behind a proxy on this machine, which says where its clients are.
fn behind_a_proxy() -> Setup {
    Server::with().flags(["--trusted-proxy", "127.0.0.1"])
}

/// Signs in from an address.
async fn sign_in_from(server: &Server, from: &str, request: &SignIn) -> Result<SignedIn, Refused> {
    answer(http().post(server.url("/api/v1/sessions")).header("x-forwarded-for", from).json(request)).await
}

fn guest(name: &str) -> SignIn {
    SignIn { name: name.to_owned(), guest_key: None, password: None, code: None }
}

/// Opens a person's socket from an address.
async fn connect_from(server: &Server, person: &Person, from: &str) -> Socket {
    Socket::connect_with(&server.socket_url(""), &[("x-forwarded-for", from)], &person.token).await
}

/// Makes a conversation from an address.
async fn open_from(person: &Person, from: &str, with: &str) -> Result<serde_json::Value, Refused> {
    let body = serde_json::json!({ "kind": "direct", "user": with });
    answer(person.request(Method::POST, "/conversations").header("x-forwarded-for", from).json(&body)).await
}

/// Repeats something until it is refused as too much in too short a time: how often it went through. The refusal says
/// when to try again.
async fn until_limited<T>(
    at_most: usize,
    mut attempt: impl AsyncFnMut(usize) -> Result<T, Refused>,
) -> usize {
    for passed in 0..at_most {
        if let Err(refused) = attempt(passed).await
            && refused.body.code == ErrorCode::RateLimited
        {
            refused.is(429, ErrorCode::RateLimited);
            assert!(refused.body.retry_after_ms.is_some_and(|wait| wait >= 1_000), "{refused:?}");
            return passed;
        }
    }
    panic!("{at_most} went through");
}
