//! The parts that pages are made of.

pub(crate) mod avatar;
pub(crate) mod banner;
pub(crate) mod composer;
pub(crate) mod conversation_row;
pub(crate) mod details;
pub(crate) mod dialog;
pub(crate) mod group_settings;
pub(crate) mod icon;
pub(crate) mod language_switch;
pub(crate) mod me;
pub(crate) mod member_chips;
pub(crate) mod message;
pub(crate) mod new_conversation;
pub(crate) mod notice;
pub(crate) mod people_found;
pub(crate) mod refusal;
pub(crate) mod scroll;
pub(crate) mod sidebar;
pub(crate) mod sign_out;
pub(crate) mod stranded;
pub(crate) mod suggestions;
pub(crate) mod timeline;
pub(crate) mod top_bar;
pub(crate) mod when;
