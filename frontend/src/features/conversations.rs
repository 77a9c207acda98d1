//! The list of conversations, and the dialog for a new one.

pub(crate) mod author_hues;
pub(crate) mod conversation_avatar;
pub(crate) mod display_name;
pub(crate) mod filter;
pub(crate) mod hits;
pub(crate) mod list;
pub(crate) mod list_focus;
pub(crate) mod list_item;
pub(crate) mod list_window;
mod member_chips;
mod messages_result;
mod more;
pub(crate) mod new_conversation;
pub(crate) mod order;
pub(crate) mod people_results;
pub(crate) mod start_direct;
pub(crate) mod summary;
