//! The avatar of a conversation: the other user's, or the group's; Everyone has a symbol, which needs no language.

use confab_shared::{conversation::ConversationKind, id::ConversationId};
use leptos::prelude::*;

use super::summary::{ConversationSummary, peer_of};
use crate::{
    i18n::{td_string, use_language},
    state::Chat,
    ui::{
        avatar::{Avatar, Size},
        icon::Icon,
        initials::hue,
        reactive::memo,
        show::dynamic,
    },
};

#[component]
pub(crate) fn ConversationAvatar(id: ConversationId, size: Size) -> impl IntoView {
    let chat: Chat = expect_context();
    let lang = use_language();
    let is = move |kind| {
        memo(move || chat.state.with(|state| state.conversation(id).is_some_and(|c| c.kind == kind)))
    };
    let (broadcast, group) = (is(ConversationKind::Broadcast), is(ConversationKind::Group));
    let name = memo(move || {
        let name = chat.state.with(|state| ConversationSummary::name(state, id));
        name.unwrap_or_else(|| td_string!(lang.get(), conversation.unnamed).to_owned())
    });
    // From the unique name: the colour does not depend on the display name.
    let hue = Signal::derive(move || {
        let unique = chat
            .state
            .with(|state| peer_of(state, state.conversation(id)?).map(|peer| hue(peer.name.as_str())));
        unique.unwrap_or_else(|| hue(&name.get()))
    });
    let online = memo(move || {
        let peer = chat.state.with(|state| state.conversation(id)?.peer);
        peer.is_some_and(|peer| chat.is_online(peer))
    });
    // The kind of a conversation never changes; it is unknown until the conversation is.
    dynamic(move || match (broadcast.get(), group.get()) {
        (true, _) => view! { <Avatar name square=true icon=Icon::Megaphone size/> }.into_any(),
        (_, true) => view! { <Avatar name square=true size/> }.into_any(),
        _ => view! { <Avatar name hue_of=hue online size/> }.into_any(),
    })
}
