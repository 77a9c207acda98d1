//! Search: over all messages that the user may see, at `/search`, and within the open conversation.

mod chips;
mod completion;
mod completion_list;
mod completions;
pub(crate) mod entry;
mod field;
mod find;
mod find_hits;
mod focus;
mod hits;
pub(crate) mod keys;
mod labels;
mod normal_forms;
mod page;
mod query;
mod recent;
mod results;
mod searching;
mod snippet;
mod start;
mod tint;

use confab_shared::id::ConversationId;
use leptos::prelude::*;

use self::{find::FindBar, page::SearchPage};
use crate::ui::on_demand::on_demand;

on_demand! {
    /// The view of the search.
    pub(crate) fn search() in dialogs { <SearchPage/> }
}

on_demand! {
    /// The search within a conversation.
    pub(crate) fn find_bar(id: ConversationId, open: RwSignal<bool>) in dialogs { <FindBar id open/> }
}
