//! The features of the page, a module each: its pure state, tested natively, and its views.

pub(crate) mod account;
pub(crate) mod administration;
pub(crate) mod announcer;
pub(crate) mod attachments;
pub(crate) mod composer;
pub(crate) mod connection;
pub(crate) mod conversations;
pub(crate) mod details;
pub(crate) mod drafts;
pub(crate) mod group_requests;
pub(crate) mod join;
pub(crate) mod message_actions;
pub(crate) mod message_text;
pub(crate) mod outbox;
pub(crate) mod people;
pub(crate) mod pins;
pub(crate) mod previews;
pub(crate) mod replies;
pub(crate) mod saved;
pub(crate) mod search;
pub(crate) mod shell;
pub(crate) mod sign_in;
pub(crate) mod threads;
pub(crate) mod timeline;
pub(crate) mod unread;
