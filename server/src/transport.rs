//! HTTP and WebSocket: decodes requests, calls the use cases of `service`, and encodes the answers. [`router`] is the
//! route table.

mod admission;
pub mod client_address;
mod connection_id;
pub mod control;
mod error;
mod http;
pub mod listener;
pub mod metrics;
pub(crate) mod origin;
mod proxy_hints;
pub(crate) mod router;
mod security_log;
mod stream;
pub mod tls;
pub mod ws;
