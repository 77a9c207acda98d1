//! Confab's server, as a library for its executable, its tests and its benchmarks. ARCHITECTURE.md says which module
//! may import which.

pub mod app;
pub mod blobs;
pub mod clock;
pub mod config;
pub mod crypto_provider;
pub mod data_command;
pub mod domain;
pub mod lifecycle;
pub mod link_preview;
pub mod media;
pub mod metrics;
pub mod migrate_command;
pub mod network;
pub mod panics;
pub mod realtime;
pub mod service;
pub mod storage;
pub mod throttle;
pub mod transport;
pub mod user_command;
pub mod websocket;
