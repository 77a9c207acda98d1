//! The messages of a conversation and what happened between them.

use std::cell::Cell;

use confab_shared::{
    ids::{ConversationId, Seq},
    model::ConversationKind,
};
use leptos::prelude::*;

use crate::{
    browser::{document, listen, visible},
    clock::local_day,
    components::when::{When, yes_or_no},
    components::{
        icon::{Draw, Icon},
        message::Message,
        notice::Notice,
        scroll::{Scroll, Shape},
        top_bar::typing_line,
    },
    format,
    i18n::{say, td_string, tell, use_language},
    reactive::{held, memo, press, watch},
    state::{Chat, MessageRow, Older, Origin, Row, rows},
};

#[component]
pub(crate) fn Timeline(id: ConversationId) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let rows = rows_of(chat, id);
    let loaded = memo(move || chat.state.with(|state| state.me().is_some() && state.timeline(id).is_some()));
    let nothing = memo(move || loaded.get() && rows.with(Vec::is_empty));
    let seen = memo(move || chat.state.with(|state| state.conversation(id).map_or(0, |c| c.seen.0)));
    let group = memo(move || {
        chat.state.with(|state| state.conversation(id).is_some_and(|c| c.kind != ConversationKind::Direct))
    });
    let today = memo(move || local_day(chat.now.get()));
    let typing = memo(move || typing_line(chat, id, lang.get()).unwrap_or_default());
    let scroll = Scroll::new();
    scroll.keep_through_resizes();
    follow(chat, id, rows, scroll);
    read_at_end(chat, id, scroll);
    let scrolled = move |_| {
        scroll.look();
        want_older(chat, id, scroll);
    };
    view! {
        <div class="timeline-frame">
            <div
                class="timeline"
                class:direct=Signal::derive(move || !group.get())
                class:placed=scroll.placed
                data-testid="timeline"
                role="log"
                tabindex="0"
                aria-label=say(|l| td_string!(l, timeline.label))
                    aria-busy=yes_or_no(move || !loaded.get())
                use:held=scroll.element
                on:scroll=scrolled
            >
                <div class="timeline-space"></div>
                <OlderState id/>
                <When holds=move || loaded.get() otherwise=TimelineSkeleton>
                    <For each=move || rows.get() key=|row| *row let:row>
                        {match row {
                            Row::Day(_, at) => view! {
                                <div class="day" data-testid="day">
                                    {tell(move |l| format::day(l, at, today.get()))}
                                </div>
                            }.into_any(),
                            Row::New => view! {
                                <div class="new-line" data-testid="new-line">
                                    {say(|l| td_string!(l, timeline.new))}
                                </div>
                            }.into_any(),
                            Row::Notice(seq) => view! { <Notice id seq/> }.into_any(),
                            Row::Message(row) => {
                                view! { <Message id row group=group.get_untracked() seen/> }.into_any()
                            }
                        }}
                    </For>
                    <When holds=move || nothing.get()>
                        <Nothing id/>
                    </When>
                </When>
                <div class="typing-line" aria-live="polite">
                    <When holds=move || !typing.with(String::is_empty)>
                        <span data-testid="typing-line">{typing}</span>
                    </When>
                </div>
            </div>
            <JumpToNewest id scroll/>
        </div>
    }
}

/// The rows to show. They hold no text, so that an event elsewhere costs little and a row's view stays.
fn rows_of(chat: Chat, id: ConversationId) -> Memo<Vec<Row>> {
    memo(move || {
        let new_after = chat.opened().filter(|opened| opened.id == id).and_then(|opened| opened.new_after());
        chat.state.with(|state| rows(state, id, new_after, local_day))
    })
}

/// Keeps the scroll position in step with the rows.
fn follow(chat: Chat, id: ConversationId, rows: Memo<Vec<Row>>, scroll: Scroll) {
    let before = Cell::new(None::<Option<Origin>>);
    watch(move || {
        let (last, bottom) = rows.with(|rows| (last_origin(rows), bottom_of(rows)));
        let wrote = matches!(last, Some(Origin::Outbox(..)))
            && before.get().is_some_and(|before| is_new(before, last));
        if last.is_some() || rows.with(|rows| !rows.is_empty()) {
            scroll.content_changed(Shape { bottom, wrote }, move || want_older(chat, id, scroll));
        }
        before.set(Some(last));
    });
}

/// Whether the newest message of one's own is another one than before.
fn is_new(before: Option<Origin>, now: Option<Origin>) -> bool {
    match (before, now) {
        (Some(Origin::Outbox(before, _)), Some(Origin::Outbox(now, _))) => before != now,
        _ => true,
    }
}

fn last_origin(rows: &[Row]) -> Option<Origin> {
    match rows.last() {
        Some(Row::Message(MessageRow { origin, .. })) => Some(*origin),
        _ => None,
    }
}

fn bottom_of(rows: &[Row]) -> Seq {
    let seq = |row: &Row| match row {
        Row::Notice(seq) | Row::Message(MessageRow { origin: Origin::Log(seq), .. }) => Some(*seq),
        _ => None,
    };
    rows.iter().find_map(seq).unwrap_or_default()
}

/// Asks for older messages when the beginning is near, unless that just failed: then the reader is asked.
fn want_older(chat: Chat, id: ConversationId, scroll: Scroll) {
    if scroll.near_beginning() && untrack(|| chat.older()) != Some(Older::Failed(id)) {
        chat.fetch_older(id);
    }
}

/// What is at the end of a conversation in a visible tab is read.
fn read_at_end(chat: Chat, id: ConversationId, scroll: Scroll) {
    let seen_tab = RwSignal::new(visible());
    listen(&document(), "visibilitychange", move |_: web_sys::Event| seen_tab.set(visible()));
    let unread = memo(move || {
        chat.state.with(|state| {
            let head = state.conversation(id).filter(|c| c.cursor < c.head).map(|c| c.head);
            head.is_some_and(|head| state.timeline(id).is_some_and(|timeline| timeline.top() >= head))
        })
    });
    watch(move || {
        if unread.get() && seen_tab.get() && scroll.at_end.get() {
            chat.read_all(id);
        }
    });
}

#[component]
fn JumpToNewest(id: ConversationId, scroll: Scroll) -> impl IntoView {
    let chat: Chat = expect_context();
    let unread = memo(move || chat.state.with(|state| state.conversation(id).map_or(0, |c| c.unread())));
    view! {
        <When holds=move || scroll.placed.get() && !scroll.at_end.get()>
            <button
                class="jump"
                type="button"
                data-testid="jump-to-newest"
                aria-label=say(|l| td_string!(l, timeline.newest))title=say(|l| td_string!(l, timeline.newest))
                    on:click=press(move || scroll.to_end())
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
fn OlderState(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    view! {
        <When holds=move || chat.older() == Some(Older::Failed(id))>
            <div class="older">
                <span>{say(|l| td_string!(l, conversation.older_failed))}</span>
                <button class="button plain" type="button" on:click=press(move || chat.fetch_older(id))>
                    {say(|l| td_string!(l, conversation.try_again))}
                </button>
            </div>
        </When>
    }
}

/// A conversation in which nobody spoke yet.
#[component]
fn Nothing(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let notes = chat.state.with_untracked(|state| {
        let peer = state.conversation(id).and_then(|conversation| conversation.peer);
        peer.is_some() && peer == state.me().map(|me| me.id)
    });
    view! {
        <div class="calm small">
            <h2>{say(|l| td_string!(l, conversation.empty_title))}</h2>
            <p>
                {tell(move |l| match notes { true => td_string!(l, conversation.empty_notes), false => td_string!(l, conversation.empty) }.to_owned())}
            </p>
        </div>
    }
}

/// The shape of a conversation while its messages are on their way.
#[component]
fn TimelineSkeleton() -> impl IntoView {
    let bones = ["long", "middle", "own short", "long", "own middle", "short"];
    view! {
        <div class="skeleton talk-bones" aria-hidden="true">
            {bones.map(|bone| view! { <span class=format!("bone bubble-bone {bone}")></span> }).collect_view()}
        </div>
    }
}
