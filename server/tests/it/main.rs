//! Tests of the server over the wire: people, and programs that misbehave, talk to the real executable.
//!
//! A test reads like what people do. It waits for the thing itself, never for time to pass: see [`support`].
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod accounts;
mod admission;
mod attachments;
mod attacks;
mod attacks_transport;
mod bad_input;
mod broadcast;
mod browser;
mod cluster;
mod commands;
mod committing;
mod consent;
mod data_commands;
mod data_folder;
mod delivery;
mod direct;
mod display_names;
mod drafts;
mod folding;
mod full_disk;
mod groups;
mod health;
mod history;
mod lagging;
mod legacy;
mod legacy_doors;
mod legacy_errors;
mod legacy_missed;
mod lifecycle;
mod link_previews;
mod listing;
mod liveness;
mod logs;
mod members;
mod message_changes;
mod metrics;
mod migrate;
mod migration;
mod names;
mod not_told_apart;
mod origin;
mod page;
#[cfg(target_os = "linux")]
mod partitions;
mod passwords;
mod postgres;
#[cfg(target_os = "linux")]
mod power_loss;
mod presence;
mod probing;
mod reading;
mod real_proxies;
mod receipts;
mod replies;
mod representations;
mod saved;
mod search;
mod sessions;
mod starting;
mod stopping;
mod support;
mod threads;
mod topic;
mod typing;
mod user_command;
mod wrong_requests;
