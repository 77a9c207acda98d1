//! How clients reach the use cases: HTTP and WebSocket, and what both share. [`router`] is the table of routes.

pub mod admission;
pub mod error;
pub mod http;
pub mod listener;
pub mod origin;
pub mod proxy_hints;
pub mod router;
pub mod throttle;
pub mod ws;
