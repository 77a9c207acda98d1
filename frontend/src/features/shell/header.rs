//! The header of a conversation: its name, and presence or members below.

use std::cell::Cell;

use confab_shared::{conversation::ConversationKind, id::ConversationId};
use leptos::prelude::*;
use web_sys::HtmlElement;

use super::topic::Topic;
use crate::{
    features::conversations::{
        conversation_avatar::ConversationAvatar, display_name::display_name, summary::ConversationSummary,
    },
    features::timeline::typing::typing_line,
    i18n::{Locale, dates, plurals::t_plural, t, td_string, use_language},
    platform::{
        browser::{is_focus_free, on_next_frame},
        clock::local_day,
    },
    state::Chat,
    ui::{
        avatar::Size,
        bidi::render_isolated,
        icon::{Icon, IconView},
        person_name::unique_name_view,
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::{bool_attr, dynamic},
    },
};

#[component]
pub(crate) fn Header(
    id: ConversationId,
    details: RwSignal<bool>,
    /// Whether the user searches in the conversation.
    finding: RwSignal<bool>,
) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let summary =
        memo(move || chat.state.with(|state| ConversationSummary::of(state, id, chat.now.get_untracked())));
    let name =
        memo(move || summary.with(|s| s.as_ref().map(|s| display_name(lang.get(), s))).unwrap_or_default());
    let unique_name = memo(move || summary.with(|s| s.as_ref().and_then(|s| s.unique_name.clone())));
    let status = memo(move || status(chat, id, lang.get()));
    let button = ElementRef::new();
    focus_when_closed(details, button);
    view! {
        <header class="header">
            <a
                href="/"
                class="icon-button back"
                data-testid="back"
                aria-label=t(|l| td_string!(l, conversation.back))>
                <IconView icon=Icon::Back/>
            </a>
            <ConversationAvatar id size=Size::Middle/>
            <div class="header-text">
                <h1 data-testid="conversation-title" dir="auto">{dynamic(move || name.with(|name| render_isolated(name)))}</h1>
                <div class="header-line">
                    {dynamic(move || unique_name.get().map(unique_name_view).into_any())}
                    <p class:none=move || status.with(String::is_empty) data-testid="conversation-status">{dynamic(move || status.with(|status| render_isolated(status)))}</p>
                    <Topic id/>
                </div>
            </div>
            <button
                class="icon-button"
                type="button"
                data-testid="find"
                aria-pressed=bool_attr(move || finding.get())
                title=t(|l| td_string!(l, search.find))
                aria-label=t(|l| td_string!(l, search.find))
                on:click=on_event(move || finding.update(|finding| *finding = !*finding))
            >
                <IconView icon=Icon::Search/>
            </button>
            <button
                class="icon-button"
                type="button"
                data-testid="details"
                use:capture=button
                aria-pressed=bool_attr(move || details.get())
                title=t(|l| td_string!(l, conversation.details))
                    aria-label=t(|l| td_string!(l, conversation.details))
                    on:click=on_event(move || details.update(|open| *open = !*open))
            >
                <IconView icon=Icon::Details/>
            </button>
        </header>
    }
}

/// Moves the focus to the button that opened the details once they are closed and nothing else has it: also on a phone,
/// and where the browser does not focus a button that is clicked.
fn focus_when_closed(details: RwSignal<bool>, button: ElementRef) {
    let was_open = Cell::new(false);
    effect(move || {
        if was_open.replace(details.get()) && !details.get() {
            on_next_frame(move || {
                if let Some(button) = button.get_untracked::<HtmlElement>().filter(|_| is_focus_free()) {
                    let _ = button.focus();
                }
            });
        }
    });
}

/// The line below the name.
fn status(chat: Chat, id: ConversationId, locale: Locale) -> String {
    if let Some(typing) = typing_line(chat, id, locale) {
        return typing;
    }
    chat.state.with(|state| {
        let Some(conversation) = state.conversation(id) else { return String::new() };
        let Some(peer) = conversation.peer else {
            return match conversation.member_count {
                // Every user is a member, and no event counts new users.
                _ if conversation.kind == ConversationKind::Broadcast => {
                    td_string!(locale, conversation.broadcast).to_string()
                }
                count => t_plural!(locale, count, conversation.members, count = count),
            };
        };
        if state.me().is_some_and(|me| me.id == peer) {
            return td_string!(locale, conversation.notes).to_string();
        }
        // Of a stranger nothing is known before both have written.
        let Some(presence) = state.presence(peer) else { return String::new() };
        let known = chat.knows_presence();
        match (presence.online, presence.last_seen) {
            (true, _) if known => td_string!(locale, conversation.online).to_string(),
            (false, Some(at)) => dates::last_seen(locale, at, local_day(chat.now.get())),
            (false, None) if known => td_string!(locale, conversation.offline).to_string(),
            // Nothing is known about the present while disconnected.
            _ => String::new(),
        }
    })
}
