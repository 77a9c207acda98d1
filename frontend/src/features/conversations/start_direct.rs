//! Starting a conversation with a user whom a search found.

use confab_shared::api::NewConversation;
use leptos::{prelude::*, task::spawn_local};

use crate::{
    platform::api,
    route::{conversation_path, use_route},
    session::use_session,
    state::Chat,
};

/// Starts a direct conversation with the user of a name, opens it, and ends the search.
pub(crate) type StartDirect = Callback<String>;

pub(crate) fn start_direct(chat: Chat, query: RwSignal<String>) -> StartDirect {
    let (session, route) = (use_session(), use_route());
    Callback::new(move |name: String| {
        spawn_local(async move {
            let request = NewConversation::Direct { user: name };
            if let Ok(view) = api::create_conversation(&session.token(), &request).await {
                let id = view.conversation.id;
                if chat.apply_created(view) {
                    query.set(String::new());
                    route.navigate(&conversation_path(id));
                }
            }
        });
    })
}
