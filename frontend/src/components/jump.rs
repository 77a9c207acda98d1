//! Ways through a conversation of which more is unread than fits: to the newest message, and to the next that calls one
//! by name.

use confab_shared::id::ConversationId;
use leptos::prelude::*;

use crate::{
    components::{
        icon::{Draw, Icon},
        scroll::{Scroll, Target},
        when::When,
    },
    i18n::{say, td_string},
    reactive::{memo, press},
    state::Chat,
};

#[component]
pub(crate) fn Jumps(id: ConversationId, scroll: Scroll) -> impl IntoView {
    view! {
        <div class="jumps">
            <JumpToMention id scroll/>
            <JumpToNewest id scroll/>
        </div>
    }
}

#[component]
fn JumpToNewest(id: ConversationId, scroll: Scroll) -> impl IntoView {
    let chat: Chat = expect_context();
    let unread = memo(move || chat.state.with(|state| state.conversation(id).map_or(0, |c| c.unread())));
    let jump = move || {
        chat.open_newest(id);
        scroll.to_end();
    };
    view! {
        <When holds=move || scroll.placed.get() && !scroll.at_end.get()>
            <button
                class="jump"
                type="button"
                data-testid="jump-to-newest"
                aria-label=say(|l| td_string!(l, timeline.newest))
                title=say(|l| td_string!(l, timeline.newest))
                on:click=press(jump)
            >
                <Draw icon=Icon::Down/>
                <When holds=move || { unread.get() > 0 }>
                    <span class="badge">{move || unread.get()}</span>
                </When>
            </button>
        </When>
    }
}

#[component]
fn JumpToMention(id: ConversationId, scroll: Scroll) -> impl IntoView {
    let chat: Chat = expect_context();
    // The next below what is on the screen, or else one above it.
    let next = memo(move || {
        let shown = scroll.shown.get();
        chat.state.with(|state| {
            let mentions = &state.conversation(id)?.mentions;
            let below = mentions.iter().find(|seq| **seq > shown.last);
            below.or_else(|| mentions.iter().find(|seq| **seq < shown.first)).copied()
        })
    });
    let jump = move || {
        if let Some(seq) = next.get_untracked() {
            chat.open_around(id, seq);
            scroll.to(Target::Event(seq));
        }
    };
    let count = move || chat.state.with(|state| state.conversation(id).map_or(0, |c| c.mentions.len()));
    view! {
        <When holds=move || scroll.placed.get() && next.get().is_some()>
            <button
                class="jump"
                type="button"
                data-testid="jump-to-mention"
                aria-label=say(|l| td_string!(l, timeline.next_mention))
                title=say(|l| td_string!(l, timeline.next_mention))
                on:click=press(jump)
            >
                <span class="jump-sign" aria-hidden="true">"@"</span>
                <span class="badge">{count}</span>
            </button>
        </When>
    }
}
