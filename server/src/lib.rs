//! Confab's server, as a library for its executable, its tests and its benchmarks. ARCHITECTURE.md says which module
//! may import which.

pub mod admission;
pub mod app;
pub mod auth;
pub mod bus;
pub mod chat;
pub mod clock;
pub mod config;
pub mod error;
pub mod frame;
pub mod http;
pub mod hub;
pub mod id_map;
pub mod lifecycle;
pub mod policy;
pub mod proxy_hints;
pub mod published;
pub mod store;
pub mod throttle;
pub mod ws;
