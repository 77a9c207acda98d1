//! Who or what one talks with, and how they are.

use confab_shared::{ids::ConversationId, model::ConversationKind};
use leptos::prelude::*;

use crate::{
    bidi::{isolated, sentence},
    clock::local_day,
    components::when::{shown, yes_or_no},
    components::{
        avatar::{Avatar, Size},
        conversation_row::shown_name,
        icon::{Draw, Icon},
    },
    format,
    i18n::{Locale, lists::list, plurals::t_plural, say, td_string, use_language},
    reactive::{memo, press},
    state::{Chat, ListRow},
};

#[component]
pub(crate) fn TopBar(id: ConversationId, details: RwSignal<bool>) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let row = memo(move || chat.state.with(|state| ListRow::of(state, id, chat.now.get())));
    let name =
        memo(move || row.with(|row| row.as_ref().map(|row| shown_name(lang.get(), row))).unwrap_or_default());
    let plain_name = memo(move || {
        row.with(|row| row.as_ref().and_then(|row| row.name.clone())).unwrap_or_else(|| name.get())
    });
    let online = Signal::derive(move || row.with(|row| row.as_ref().is_some_and(|row| row.online)));
    let square =
        memo(move || row.with(|row| row.as_ref().is_some_and(|row| row.kind != ConversationKind::Direct)));
    let status = memo(move || status(chat, id, lang.get()));
    view! {
        <header class="top">
            <a
                href="/"
                class="icon-button back"
                data-testid="back"
                aria-label=say(|l| td_string!(l, conversation.back))>
                <Draw icon=Icon::Back/>
            </a>
            {shown(move || view! { <Avatar name=plain_name square=square.get() online size=Size::Middle/> }.into_any())}
            <div class="top-text">
                <h1 data-testid="conversation-title" dir="auto">{shown(move || name.with(|name| sentence(name)))}</h1>
                <p data-testid="conversation-status">{shown(move || status.with(|status| sentence(status)))}</p>
            </div>
            <button
                class="icon-button"
                type="button"
                data-testid="details"
                aria-pressed=yes_or_no(move || details.get())
                title=say(|l| td_string!(l, conversation.details))
                    aria-label=say(|l| td_string!(l, conversation.details))
                    on:click=press(move || details.update(|open| *open = !*open))
            >
                <Draw icon=Icon::Details/>
            </button>
        </header>
    }
}

/// The line under the name.
fn status(chat: Chat, id: ConversationId, locale: Locale) -> String {
    if let Some(typing) = typing_line(chat, id, locale) {
        return typing;
    }
    chat.state.with(|state| {
        let Some(conversation) = state.conversation(id) else { return String::new() };
        let Some(peer) = conversation.peer else {
            return match conversation.member_count {
                // Who comes to the server is in it, and no event tells of them.
                _ if conversation.kind == ConversationKind::Broadcast => {
                    td_string!(locale, conversation.broadcast).to_string()
                }
                count => t_plural!(locale, count, conversation.members, count = count),
            };
        };
        if state.me().is_some_and(|me| me.id == peer) {
            return td_string!(locale, conversation.notes).to_string();
        }
        match state.presence(peer) {
            Some(presence) if presence.online => td_string!(locale, conversation.online).to_string(),
            Some(presence) => match presence.last_seen {
                Some(at) => format::last_seen(locale, at, local_day(chat.now.get())),
                None => td_string!(locale, conversation.offline).to_string(),
            },
            None => td_string!(locale, conversation.offline).to_string(),
        }
    })
}

/// Who is writing, in a sentence.
pub(crate) fn typing_line(chat: Chat, id: ConversationId, locale: Locale) -> Option<String> {
    let names: Vec<String> = chat.state.with(|state| {
        let name = |id| state.user(id).map(|user| isolated(user.name.as_str()));
        state.typing(id, chat.now.get()).into_iter().filter_map(name).collect()
    });
    match names.len() {
        0 => None,
        count @ 1..=2 => {
            Some(t_plural!(locale, count as u64, conversation.typing, names = list(locale, &names)))
        }
        _ => Some(td_string!(locale, conversation.several_typing).to_owned()),
    }
}
