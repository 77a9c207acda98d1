//! A row of the list of conversations.

use confab_shared::{conversation::ConversationKind, id::ConversationId};
use leptos::prelude::*;

use crate::{
    bidi::{isolated, sentence, unturned},
    components::{
        avatar::Avatar,
        icon::{Draw, Icon},
        when::{When, shown, yes_or_no},
    },
    format,
    i18n::{Locale, td_string, tell, use_language},
    reactive::memo,
    route::{Place, path_of, use_route},
    state::{Author, Chat, Connection, Delivery, ListRow, Preview},
};

#[component]
pub(crate) fn ConversationRow(id: ConversationId, today: Memo<u64>) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let route = use_route();
    let row = memo(move || chat.state.with(|state| ListRow::of(state, id, chat.now.get())));
    let with = move |read: fn(&ListRow) -> bool| row.with(|row| row.as_ref().is_some_and(read));
    let unread = memo(move || row.with(|row| row.as_ref().map_or(0, |row| row.unread)));
    // While in touch, what waits is gone in a moment.
    let unsent = memo(move || {
        let waits = chat.connection() != Connection::Online;
        let unsent = row.with(|row| row.as_ref().and_then(|row| row.unsent));
        unsent.filter(|delivery| waits || *delivery == Delivery::Failed)
    });
    let quiet = move || with(|row| row.kind == ConversationKind::Broadcast && !row.called);
    let called = memo(move || with(|row| row.called));
    let name =
        memo(move || row.with(|row| row.as_ref().map(|row| shown_name(lang.get(), row))).unwrap_or_default());
    let plain_name = memo(move || {
        row.with(|row| row.as_ref().and_then(|row| row.name.clone())).unwrap_or_else(|| name.get())
    });
    let last =
        tell(move |l| row.with(|row| row.as_ref().map(|row| preview(l, &row.preview))).unwrap_or_default());
    let time = move || {
        let at = row.with(|row| row.as_ref().and_then(|row| row.at));
        at.map(|at| format::in_list(lang.get(), at, today.get()))
    };
    let typing = move || with(|row| matches!(row.preview, Preview::Typing | Preview::TypingBy(_)));
    let square = chat.state.with_untracked(|state| {
        state.conversation(id).is_some_and(|conversation| conversation.kind != ConversationKind::Direct)
    });
    view! {
        <li>
            <a
                href=path_of(id)
                aria-current=move || (route.place() == Place::Conversation(id)).then_some("page")
                class="conversation"
                data-testid="conversation-item"
                data-conversation=id.to_string()
                data-name=plain_name
                data-unread=yes_or_no(move || unread.get() > 0)
            >
                <Avatar name=plain_name square online=Signal::derive(move || with(|row| row.online))/>
                <span class="conversation-text">
                    <span class="conversation-name" dir="auto">
                        {shown(move || name.with(|name| sentence(name)))}
                    </span>
                    <span class="conversation-last" class:typing=typing dir="auto" data-testid="last-message">
                        {shown(move || last.with(|last| sentence(last)))}
                    </span>
                </span>
                <span class="conversation-side">
                    <span class="conversation-time">{time}</span>
                    {shown(move || unsent.get().map(|delivery| unsent_mark(lang.get(), delivery)).into_any())}
                    <When holds=move || { unread.get() > 0 }>
                        <span class="badge" class:quiet=quiet data-testid="unread-badge">
                            <span aria-hidden="true">{move || count(unread.get(), called.get())}</span>
                            <span class="for-ears">
                                {tell(move |l| td_string!(l, sidebar.unread, count = unread.get()).to_string())}
                                {tell(move |l| {
                                    if called.get() { td_string!(l, sidebar.called).to_string() } else { String::new() }
                                })}
                            </span>
                        </span>
                    </When>
                </span>
            </a>
        </li>
    }
}

/// That something of one's own is not sent.
fn unsent_mark(locale: Locale, delivery: Delivery) -> impl IntoView + use<> {
    let (icon, class, word) = match delivery {
        Delivery::Failed => (Icon::Alert, "unsent-mark failed", td_string!(locale, timeline.failed)),
        _ => (Icon::Clock, "unsent-mark", td_string!(locale, timeline.pending)),
    };
    view! {
        <span class=class data-testid="unsent-mark" title=word>
            <Draw icon/>
            <span class="for-ears">{word}</span>
        </span>
    }
}

/// The name that people see, to stand alone in a view or isolated in a sentence.
pub(crate) fn shown_name(locale: Locale, row: &ListRow) -> String {
    match &row.name {
        // There is one, and every language has its own word for it.
        _ if row.kind == ConversationKind::Broadcast => td_string!(locale, conversation.everyone).to_string(),
        Some(name) if row.notes => {
            td_string!(locale, conversation.you_suffix, name = isolated(name)).to_string()
        }
        Some(name) => unturned(name),
        None => td_string!(locale, conversation.unnamed).to_string(),
    }
}

fn count(unread: u64, called: bool) -> String {
    let at = if called { "@ " } else { "" };
    if unread > 999 { format!("{at}999+") } else { format!("{at}{unread}") }
}

fn preview(locale: Locale, preview: &Preview) -> String {
    match preview {
        Preview::Typing => td_string!(locale, sidebar.typing).to_string(),
        Preview::TypingBy(name) => {
            td_string!(locale, sidebar.someone_typing, name = isolated(name)).to_string()
        }
        Preview::Message(Author::You, text) => {
            // The text alone decides the line's direction, and so that it is cut at its end.
            let author = td_string!(locale, sidebar.you, text = "").to_string();
            let you = author.trim_end_matches([':', '：', ' ']);
            format!("{}{}{}", isolated(you), &author[you.len()..], unturned(text))
        }
        Preview::Message(Author::Named(name), text) => {
            td_string!(locale, sidebar.author, name = isolated(name), text = unturned(text)).to_string()
        }
        Preview::Message(Author::Understood, text) => unturned(text),
        Preview::Nothing => td_string!(locale, sidebar.no_messages).to_string(),
    }
}
