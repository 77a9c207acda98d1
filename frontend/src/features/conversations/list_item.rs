//! An item of the list of conversations.

use confab_shared::{conversation::ConversationKind, id::ConversationId};
use leptos::prelude::*;

use super::{
    conversation_avatar::ConversationAvatar,
    display_name::display_name,
    hits::{Hit, Hits},
};
use crate::{
    features::{
        attachments::words::words,
        conversations::summary::{Author, ConversationSummary, Preview, one_line},
        message_text::spoken,
    },
    i18n::{Locale, dates, t_fmt, td_string, use_language},
    route::{Location, conversation_path, use_route},
    state::{Chat, Connection, Delivery},
    ui::{
        avatar::Size,
        bidi::{isolate, render_isolated, strip_direction_controls},
        icon::{Icon, IconView},
        reactive::{ElementRef, capture, memo, set_css_variable},
        show::{Show, bool_attr, dynamic, optional_attr},
    },
};

#[component]
pub(crate) fn ConversationListItem(
    id: ConversationId,
    today: Memo<u64>,
    hits: Hits,
    /// The place of the item in the list.
    index: Memo<usize>,
    /// The number of conversations in the list.
    count: Memo<usize>,
) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let route = use_route();
    // The clock changes who is typing, and nothing else.
    let typing_user = memo(move || {
        let typing = chat.state.with(|state| state.typing(id, chat.now.get()));
        typing.first().copied().unwrap_or_default()
    });
    let summary = memo(move || {
        typing_user.track();
        chat.state.with(|state| ConversationSummary::of(state, id, chat.now.get_untracked()))
    });
    let is = move |holds: fn(&ConversationSummary) -> bool| summary.with(|s| s.as_ref().is_some_and(holds));
    let unread = memo(move || summary.with(|s| s.as_ref().map_or(0, |s| s.unread)));
    // While connected, a pending command is sent in a moment.
    let unsent = memo(move || {
        let disconnected = chat.connection() != Connection::Online;
        let unsent = summary.with(|s| s.as_ref().and_then(|s| s.unsent));
        unsent.filter(|delivery| disconnected || *delivery == Delivery::Failed)
    });
    let quiet = move || is(|s| s.kind == ConversationKind::Broadcast && !s.mentioned);
    let mentioned = memo(move || is(|s| s.mentioned));
    let name =
        memo(move || summary.with(|s| s.as_ref().map(|s| display_name(lang.get(), s))).unwrap_or_default());
    let plain_name =
        memo(move || summary.with(|s| s.as_ref().and_then(|s| s.name.clone())).unwrap_or_else(|| name.get()));
    let unique_name = memo(move || summary.with(|s| s.as_ref().and_then(|s| s.unique_name.clone())));
    // Of the open conversation the field shows the draft.
    let draft = memo(move || match route.location() {
        Location::Conversation(open) if open == id => String::new(),
        _ => one_line(&chat.draft_text(id)),
    });
    let last = t_fmt(move |l| {
        let draft = draft.get();
        match draft.is_empty() {
            false => td_string!(l, sidebar.draft, text = strip_direction_controls(&draft)).to_string(),
            true => summary.with(|s| s.as_ref().map(|s| preview(l, &s.preview))).unwrap_or_default(),
        }
    });
    let time = memo(move || {
        let at = summary.with(|s| s.as_ref().and_then(|s| s.at));
        at.map(|at| dates::list_time(lang.get(), at, today.get())).unwrap_or_default()
    });
    let online = memo(move || {
        let peer = chat.state.with(|state| state.conversation(id)?.peer);
        peer.is_some_and(|peer| chat.is_online(peer))
    });
    let current = memo(move || hits.current.get() == Some(Hit::Conversation(id)));
    let searching = hits.searching;
    let label = t_fmt(move |l| {
        let unread =
            (unread.get() > 0 || mentioned.get()).then(|| badge_words(l, unread.get(), mentioned.get()));
        let unsent = unsent.get().map(|delivery| unsent_words(l, delivery).to_owned());
        let online = online.get().then(|| td_string!(l, sidebar.online).to_owned());
        let parts = [
            Some(isolate(&name.get())),
            online,
            unread,
            unsent,
            Some(spoken(l, &last.get())),
            Some(time.get()),
        ];
        parts
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(td_string!(l, sidebar.pause))
    });
    let typing = move || is(|s| matches!(s.preview, Preview::Typing | Preview::TypingBy(_)));
    // The place in the list, of what is an entry to assistive technology: the row, or while the user searches the link in it.
    let place = move |of_link: bool, at: bool| {
        Signal::derive(move || {
            let number = if at { index.get() + 1 } else { count.get() };
            (searching.get() == of_link).then(|| number.to_string())
        })
    };
    let row = ElementRef::new();
    set_css_variable(row, "--index", index);
    view! {
        <li
            use:capture=row
            role=optional_attr(move || Some(if searching.get() { "presentation" } else { "listitem" }))
            aria-setsize=place(false, false)
            aria-posinset=place(false, true)
        >
            <a
                id=Hit::Conversation(id).element_id()
                role=optional_attr(move || searching.get().then_some("option"))
                aria-setsize=place(true, false)
                aria-posinset=place(true, true)
                aria-selected=optional_attr(move || searching.get().then(|| if current.get() { "true" } else { "false" }))
                aria-label=label
                tabindex=optional_attr(move || Some(if current.get() { "0" } else { "-1" }))
                href=conversation_path(id)
                aria-current=optional_attr(move || (route.location() == Location::Conversation(id)).then_some("page"))
                class="conversation"
                class:active=Signal::derive(move || searching.get() && current.get())
                data-testid="conversation-item"
                data-conversation=id.to_string()
                data-name=plain_name
                data-unread=bool_attr(move || unread.get() > 0 || mentioned.get())
            >
                <ConversationAvatar id size=Size::Large/>
                <span class="conversation-text">
                    <span class="conversation-name" dir="auto" title=move || unique_name.get()>
                        {dynamic(move || name.with(|name| render_isolated(name)))}
                    </span>
                    <span class="conversation-last" class:typing=typing dir="auto" data-testid="last-message">
                        {dynamic(move || match draft.with(String::is_empty) {
                            true => last.with(|last| render_isolated(last)),
                            false => draft.with(|draft| draft_line(lang.get(), draft)),
                        })}
                    </span>
                </span>
                <span class="conversation-side">
                    <span class="conversation-time">{time}</span>
                    {dynamic(move || unsent.get().map(|delivery| unsent_mark(lang.get(), delivery)).into_any())}
                    <Show when=move || { unread.get() > 0 || mentioned.get() }>
                        <span class="badge" class:quiet=quiet data-testid="unread-badge">
                            {move || badge_text(unread.get(), mentioned.get())}
                        </span>
                    </Show>
                </span>
            </a>
        </li>
    }
}

/// A draft in a line: its word has a colour of its own.
pub(crate) fn draft_line(locale: Locale, text: &str) -> AnyView {
    let word = td_string!(locale, sidebar.draft, text = "").to_string();
    let text = strip_direction_controls(text);
    view! { <span class="draft-word">{word}</span> {text} }.into_any()
}

/// The mark of an unsent command.
fn unsent_mark(locale: Locale, delivery: Delivery) -> impl IntoView + use<> {
    let (icon, class) = match delivery {
        Delivery::Failed => (Icon::Alert, "unsent-mark failed"),
        _ => (Icon::Clock, "unsent-mark"),
    };
    view! {
        <span class=class data-testid="unsent-mark" title=unsent_words(locale, delivery)>
            <IconView icon/>
        </span>
    }
}

fn unsent_words(locale: Locale, delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Failed => td_string!(locale, timeline.failed),
        _ => td_string!(locale, timeline.pending),
    }
}

/// The text of the badge. An edit can mention the user in a message that is read already.
fn badge_text(unread: u64, mentioned: bool) -> String {
    if unread == 0 {
        return "@".to_owned();
    }
    let at = if mentioned { "@ " } else { "" };
    if unread > 999 { format!("{at}999+") } else { format!("{at}{unread}") }
}

/// The badge in words, for assistive technology.
fn badge_words(locale: Locale, unread: u64, mentioned: bool) -> String {
    if unread == 0 {
        return td_string!(locale, sidebar.mentioned).to_owned();
    }
    let called = if mentioned { td_string!(locale, sidebar.called) } else { "" };
    format!("{}{called}", td_string!(locale, sidebar.unread, count = unread))
}

fn preview(locale: Locale, preview: &Preview) -> String {
    match preview {
        Preview::Typing => td_string!(locale, sidebar.typing).to_string(),
        Preview::TypingBy(name) => {
            td_string!(locale, sidebar.someone_typing, name = isolate(name)).to_string()
        }
        Preview::Attachments(author, attachments) => {
            let text = Preview::Message(author.clone(), words(locale, attachments));
            self::preview(locale, &text)
        }
        Preview::Message(Author::You, text) => {
            // Isolated, so that the text alone decides the direction of the line and at which end it is cut.
            let author = td_string!(locale, sidebar.you, text = "").to_string();
            let you = author.trim_end_matches([':', '：', ' ']);
            format!("{}{}{}", isolate(you), &author[you.len()..], strip_direction_controls(text))
        }
        Preview::Message(Author::Named(name), text) => {
            td_string!(locale, sidebar.author, name = isolate(name), text = strip_direction_controls(text))
                .to_string()
        }
        Preview::Message(Author::Other, text) => strip_direction_controls(text),
        Preview::Nothing => td_string!(locale, sidebar.no_messages).to_string(),
    }
}
