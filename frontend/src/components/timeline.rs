//! The messages of a conversation and what happened between them.

use std::cell::Cell;

use confab_shared::{conversation::ConversationKind, id::ConversationId};
use leptos::prelude::*;

use crate::{
    clock::local_day,
    components::when::{When, yes_or_no},
    components::{
        jump::Jumps,
        message::Message,
        notice::Notice,
        reading::Reading,
        scroll::{Scroll, Target},
        top_bar::typing_line,
    },
    format,
    i18n::{say, td_string, tell, use_language},
    reactive::{held, memo, press, watch},
    state::{Chat, Edge, PageFetch, Row, rows},
};

#[component]
pub(crate) fn Timeline(id: ConversationId) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let rows = rows_of(chat, id);
    let loaded = memo(move || chat.state.with(|state| state.me().is_some() && state.timeline(id).is_some()));
    let nothing = memo(move || loaded.get() && rows.with(Vec::is_empty));
    let seen =
        memo(move || chat.state.with(|state| state.conversation(id).map_or(0, |c| c.peers_read_seq.0)));
    let group = memo(move || {
        chat.state.with(|state| state.conversation(id).is_some_and(|c| c.kind != ConversationKind::Direct))
    });
    let today = memo(move || local_day(chat.now.get()));
    let typing = memo(move || typing_line(chat, id, lang.get()).unwrap_or_default());
    let scroll = Scroll::new(chat.place_in(id).map_or(Target::Start, Target::Place), is_current(chat, id));
    scroll.on_moved(move || {
        chat.keep_place(id, scroll.place());
        want_more(chat, id, scroll);
    });
    scroll.keep_through_resizes();
    follow(chat, id, rows, scroll);
    Reading::of(chat, id, scroll);
    view! {
        <div class="timeline-frame">
            <div
                class="timeline"
                data-testid="timeline"
                role="log"
                tabindex="0"
                aria-label=say(|l| td_string!(l, timeline.label))
                aria-busy=yes_or_no(move || !loaded.get())
                use:held=scroll.element
                on:scroll=move |_| scroll.scrolled()
            >
                <div class="timeline-content" class:direct=Signal::derive(move || !group.get()) use:held=scroll.content>
                    <div class="timeline-space"></div>
                    <BesideFailed id edge=Edge::Older/>
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
                                Row::Notice(seq) => view! {
                                    <div class="notice-row" data-row=seq.to_string()><Notice id seq/></div>
                                }.into_any(),
                                Row::Message(row) => {
                                    view! { <Message id row group=group.get_untracked() seen/> }.into_any()
                                }
                            }}
                        </For>
                        <When holds=move || nothing.get()>
                            <Nothing id/>
                        </When>
                    </When>
                    <BesideFailed id edge=Edge::Newer/>
                    <div class="typing-line" aria-live="polite">
                        <When holds=move || !typing.with(String::is_empty)>
                            <span data-testid="typing-line">{typing}</span>
                        </When>
                    </div>
                </div>
            </div>
            <Jumps id scroll/>
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

/// Whether the rows end with the newest event of the conversation.
fn is_current(chat: Chat, id: ConversationId) -> Memo<bool> {
    memo(move || {
        chat.state.with(|state| {
            let head = state.conversation(id).map(|c| c.head_seq);
            state.timeline(id).is_some_and(|t| t.follows() && head.is_some_and(|head| t.top() >= head))
        })
    })
}

/// Keeps the scroll position in step with the rows, and goes to the end when one writes.
fn follow(chat: Chat, id: ConversationId, rows: Memo<Vec<Row>>, scroll: Scroll) {
    watch(move || {
        rows.track();
        scroll.settle_soon();
    });
    let posts = Cell::new(chat.posts());
    watch(move || {
        let now = chat.posts();
        if posts.replace(now) != now {
            scroll.to_end();
        }
    });
    // What was held may have become a window on the past, without a row that says so.
    let follows = memo(move || chat.state.with(|state| state.timeline(id).is_some_and(|t| t.follows())));
    watch(move || {
        if !follows.get() {
            want_more(chat, id, scroll);
        }
    });
}

/// Asks for more where an edge of what is held is near, unless that just failed: then the reader is asked.
fn want_more(chat: Chat, id: ConversationId, scroll: Scroll) {
    let failed = |edge| untrack(|| chat.beside(edge)) == Some(PageFetch::Failed(id));
    if scroll.near_oldest() && !failed(Edge::Older) {
        chat.fetch_beside(id, Edge::Older);
    }
    // On the way to the end, what is between is of no use.
    let on_the_way = scroll.at_end.get_untracked() && scroll.is_in_place();
    if scroll.near_newest() && !on_the_way && !failed(Edge::Newer) {
        chat.fetch_beside(id, Edge::Newer);
    }
}

/// That more could not be fetched, at the edge where it belongs.
#[component]
fn BesideFailed(id: ConversationId, edge: Edge) -> impl IntoView {
    let chat: Chat = expect_context();
    view! {
        <When holds=move || chat.beside(edge) == Some(PageFetch::Failed(id))>
            <div class="older">
                <span>{tell(move |l| match edge {
                    Edge::Older => td_string!(l, conversation.older_failed),
                    Edge::Newer => td_string!(l, conversation.newer_failed),
                }.to_owned())}</span>
                <button class="button plain" type="button" on:click=press(move || chat.fetch_beside(id, edge))>
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
