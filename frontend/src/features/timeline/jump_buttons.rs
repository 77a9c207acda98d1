//! Buttons that scroll to the newest message, to the first unread one and to the next one that mentions the user.

use leptos::prelude::*;

use crate::{
    features::timeline::scroll::{Scroll, Target},
    i18n::{plurals::t_plural, t, t_fmt, td_string},
    state::{Chat, Scope},
    ui::{
        icon::{Icon, IconView},
        icon_button::IconButton,
        reactive::{memo, on_event},
        show::Show,
    },
};

#[component]
pub(crate) fn JumpButtons(scope: Scope, scroll: Scroll) -> impl IntoView {
    view! {
        <div class="jumps">
            <JumpToUnread scope scroll/>
            <JumpToMention scope scroll/>
            <JumpToNewest scope scroll/>
        </div>
    }
}

#[component]
fn JumpToNewest(scope: Scope, scroll: Scroll) -> impl IntoView {
    let chat: Chat = expect_context();
    let unread = memo(move || chat.state.with(|state| scope.position(state).map_or(0, |(_, unread)| unread)));
    let jump = move || {
        chat.read_on(scope);
        chat.open_newest(scope);
        scroll.scroll_to_end();
    };
    let label = t_fmt(move |l| match unread.get() {
        0 => td_string!(l, timeline.newest).to_owned(),
        count => t_plural!(l, count, timeline.newest_unread, count = count),
    });
    view! {
        <Show when=move || scroll.ready.get() && !scroll.at_end.get()>
            <button
                class="jump"
                type="button"
                data-testid="jump-to-newest"
                aria-label=label
                title=label
                on:click=on_event(jump)
            >
                <IconView icon=Icon::Down/>
                <Show when=move || { unread.get() > 0 }>
                    <span class="badge">{move || unread.get()}</span>
                </Show>
            </button>
        </Show>
    }
}

#[component]
fn JumpToUnread(scope: Scope, scroll: Scroll) -> impl IntoView {
    let chat: Chat = expect_context();
    // Where the first unread message is above the viewport.
    let first = memo(move || {
        let visible = scroll.visible.get();
        chat.state.with(|state| {
            let (behind, _) = scope.position(state).filter(|(_, unread)| *unread > 0)?;
            let timeline = scope.timeline(state)?;
            let first = match timeline.contains(behind.next()) {
                true => timeline.next_item_after(behind)?,
                false => behind.next(),
            };
            (first < visible.first).then_some(first)
        })
    });
    let jump = move || {
        if let Some(seq) = first.get_untracked() {
            chat.open_around(scope, seq);
            scroll.scroll_to(Target::Event(seq));
        }
    };
    view! {
        <Show when=move || scroll.ready.get() && first.get().is_some()>
            <IconButton
                icon=Icon::Up
                label=|l| td_string!(l, timeline.first_unread)
                class="jump"
                testid="jump-to-unread"
                on_press=move |()| jump()
            />
        </Show>
    }
}

#[component]
fn JumpToMention(scope: Scope, scroll: Scroll) -> impl IntoView {
    let chat: Chat = expect_context();
    // The next mention below the viewport, or else the first one.
    let next = memo(move || {
        let visible = scroll.visible.get();
        chat.state.with(|state| {
            let mentions = || scope.mentions(state).iter().map(|mention| mention.seq);
            let below = mentions().filter(|seq| *seq > visible.last).min();
            below.or_else(|| mentions().filter(|seq| *seq < visible.first).min())
        })
    });
    let jump = move || {
        if let Some(seq) = next.get_untracked() {
            chat.open_around(scope, seq);
            scroll.scroll_to(Target::Event(seq));
        }
    };
    let count = move || chat.state.with(|state| scope.mentions(state).len());
    view! {
        <Show when=move || scroll.ready.get() && next.get().is_some()>
            <button
                class="jump"
                type="button"
                data-testid="jump-to-mention"
                aria-label=t(|l| td_string!(l, timeline.next_mention))
                title=t(|l| td_string!(l, timeline.next_mention))
                on:click=on_event(jump)
            >
                <span class="jump-sign" aria-hidden="true">"@"</span>
                <span class="badge">{count}</span>
            </button>
        </Show>
    }
}
