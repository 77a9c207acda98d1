//! The page in a real browser, as people use it.

mod accessibility;
mod accounts;
mod addresses;
mod announced;
mod attachments;
mod boot;
mod cluster;
mod composing;
mod consent;
mod demo_pages;
mod development;
mod directions;
mod display_names;
mod drafts;
mod faces;
mod failures;
mod fields;
mod first_visit;
mod formatting;
mod formatting_keys;
mod forwarding;
mod group_changes;
mod history;
mod identity;
mod input_method;
mod keyboard;
mod list;
mod long_lists;
mod mentions;
mod message_actions;
mod names;
mod outbox;
mod outbox_tabs;
mod overlays;
mod password;
mod pictures;
mod reading;
mod receipts;
mod recovery;
mod replies;
mod request_timeout;
mod reverse_proxy;
mod search;
mod slowed_down;
mod talking;
mod threads;
mod timeline;
mod topic;
mod typing_signals;
mod unread;

use crate::support::{Server, browser::Tab};

/// Opens the conversation with a user, from the list or as a new one, and waits for the composer.
async fn turn_to(tab: &Tab, name: &str) {
    tab.begin_with(name).await;
    tab.part("composer-input").await;
}

/// The address that signs straight in.
fn door_of(server: &Server, name: &str) -> String {
    format!("http://localhost:{}/?userID={name}", server.port())
}
