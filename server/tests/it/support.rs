//! What the tests are written in: a server that is started for real, people who use it, and the demo's clients.

pub mod balancer;
pub mod browser;
pub mod client;
pub mod couriers;
pub mod demo;
#[allow(dead_code, reason = "the checker uses all of it")]
pub mod dice;
pub mod machine;
pub mod mirror;
#[path = "../../src/realtime/bus/nats/test_server.rs"]
pub mod nats;
pub mod network;
pub mod office;
pub mod person;
pub mod proxy_program;
pub mod reverse_proxy;
pub mod server;
pub mod tls;

use std::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use confab_shared::{error::ErrorBody, id::ClientId};

pub use self::{client::Socket, demo::Demo, mirror::Mirror, person::Person, server::Server, tls::TlsClient};

/// How long anything may take that a test waits for: far more than it needs, so that only what never comes fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for the thing itself; panics with what was waited for.
pub async fn in_time<T>(what: &str, wait: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: it did not come within {PATIENCE:?}"),
    }
}

/// A fresh id for a command.
pub fn client_id() -> ClientId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let text = format!("\"0190d0a0-0000-7000-8000-{number:012x}\"");
    serde_json::from_str(&text).expect("this is how a UUID looks")
}

/// What an upgrade was refused with.
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    pub body: ErrorBody,
}

/// The refusal behind an error of the WebSocket client.
pub fn refusal(error: tokio_tungstenite::tungstenite::Error) -> Refusal {
    use tokio_tungstenite::tungstenite::Error;
    let Error::Http(response) = error else { panic!("a refusal over HTTP was expected: {error}") };
    let body = response.body().as_deref().unwrap_or_default();
    let body = serde_json::from_slice(body)
        .unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(body)));
    Refusal { status: response.status().as_u16(), body }
}

/// A client for HTTP that goes nowhere but straight to the server.
pub fn http() -> reqwest::Client {
    // reqwest takes it from the process.
    confab::crypto_provider::install();
    reqwest::Client::builder().no_proxy().build().expect("a client for HTTP can be made")
}
