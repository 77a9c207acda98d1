//! The reactions below a message: a chip per emoji. A click gives or withdraws one's own.

use confab_shared::{
    emoji::Emoji,
    id::{ConversationId, Seq, UserId},
    message::MAX_EMOJI_PER_MESSAGE,
    state::{MessageView, State},
};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::commands;
use crate::{
    i18n::{Locale, lists, t, t_fmt, td_string},
    state::Chat,
    ui::{
        bidi::strip_direction_controls,
        icon::{Icon, IconView},
        keyed_children::keyed_children,
        reactive::{ElementRef, capture, memo, on_event},
        show::{Show, bool_attr},
    },
};

#[component]
pub(crate) fn Reactions(id: ConversationId, seq: Seq, view: Memo<Option<MessageView>>) -> impl IntoView {
    let emoji = memo(move || {
        view.with(|view| {
            let reactions = view.iter().flat_map(|view| &view.message.reactions);
            reactions.map(|reaction| reaction.emoji.clone()).collect::<Vec<_>>()
        })
    });
    let chips = move || {
        let parent = ElementRef::new();
        let chip = move |emoji| view! { <Chip id seq emoji view/> }.into_any();
        keyed_children(parent, move || emoji.get(), Emoji::clone, chip);
        view! { <span class="chips" use:capture=parent></span> }
    };
    view! {
        <Show when=move || !emoji.with(Vec::is_empty)>
            <div class="reactions">
                {chips()}
                <Show when=move || { emoji.with(Vec::len) < MAX_EMOJI_PER_MESSAGE }>
                    <button
                        class="chip add"
                        type="button"
                        data-action="add-reaction"
                        data-testid="add-reaction"
                        aria-haspopup="dialog"
                        title=t(|l| td_string!(l, reactions.add))
                        aria-label=t(|l| td_string!(l, reactions.add))
                    >
                        <IconView icon=Icon::React/>
                    </button>
                </Show>
            </div>
        </Show>
    }
}

#[component]
fn Chip(id: ConversationId, seq: Seq, emoji: Emoji, view: Memo<Option<MessageView>>) -> impl IntoView {
    let chat: Chat = expect_context();
    let of = emoji.clone();
    let users = memo(move || {
        view.with(|view| {
            let reaction = view.as_ref().and_then(|view| view.message.reaction(&of));
            reaction.map(|reaction| reaction.users.clone()).unwrap_or_default()
        })
    });
    let own =
        memo(move || chat.state.with(|state| state.me().is_some_and(|me| users.get().contains(&me.id))));
    let shown = emoji.to_string();
    let label = {
        let emoji = shown.clone();
        t_fmt(move |l| {
            let names = users.with(|users| chat.state.with(|state| names(state, l, users)));
            td_string!(l, reactions.label, names = names, emoji = emoji.clone()).to_string()
        })
    };
    let (button, emoji_attr) = (ElementRef::new(), shown.clone());
    let toggle = move || {
        // The chip goes with its last user: the focus goes on to the message.
        if own.get_untracked() && users.with_untracked(Vec::len) == 1 {
            button.get_untracked().and_then(message_beside).map(|message| message.focus());
        }
        commands::toggle_reaction(chat, id, seq, &emoji);
    };
    view! {
        <button
            class="chip"
            type="button"
            data-testid="reaction"
            data-emoji=emoji_attr
            aria-pressed=bool_attr(move || own.get())
            title=label
            aria-label=label
            use:capture=button
            on:click=on_event(toggle)
        >
            <span class="emoji">{shown}</span>
            <span class="chip-count">{move || users.with(Vec::len)}</span>
        </button>
    }
}

fn message_beside(chip: Element) -> Option<HtmlElement> {
    let row = chip.closest(".row").ok().flatten()?;
    row.query_selector("[data-seq]").ok().flatten()?.dyn_into().ok()
}

/// All who reacted, oneself first, as one list.
fn names(state: &State, locale: Locale, users: &[UserId]) -> String {
    let me = state.me().map(|me| me.id);
    let own = users.iter().filter(|user| Some(**user) == me);
    let others = users.iter().filter(|user| Some(**user) != me);
    let name = |user: &UserId| match state.user(*user) {
        _ if Some(*user) == me => td_string!(locale, reactions.you).to_owned(),
        Some(user) => strip_direction_controls(user.shown_name()),
        None => td_string!(locale, timeline.somebody).to_owned(),
    };
    lists::list(locale, &own.chain(others).map(name).collect::<Vec<_>>())
}
