//! The timeline of a conversation: its messages, and notices of other events between them; and in the same form the replies of a
//! thread, below their root.

pub(crate) mod faces;
mod jump_buttons;
mod keyboard;
mod message;
mod notice;
mod read_tracker;
mod rendered_rows;
pub(crate) mod rows;
mod scroll;
pub(crate) mod typing;
pub(crate) mod visible_rows;
pub(crate) mod window;

use std::cell::Cell;

use confab_shared::{conversation::ConversationKind, id::ConversationId, state::State};
use leptos::prelude::*;

use crate::{
    features::{
        account::profile::use_profile,
        message_actions::MessageActions,
        threads::reply_count::ReplyCount,
        timeline::{
            faces::Faces,
            jump_buttons::JumpButtons,
            message::Message,
            notice::Notice,
            read_tracker::ReadTracker,
            rendered_rows::RenderedRows,
            rows::Row,
            scroll::{Scroll, Target},
            typing::typing_line,
            window::RowWindow,
        },
    },
    i18n::{dates, t, t_fmt, td_string, use_language},
    platform::clock::local_day,
    state::{Chat, Edge, PageFetch, Scope},
    ui::{
        keyed_children::keyed_children,
        reactive::{capture, effect, memo, on_event},
        show::{Show, bool_attr},
    },
};

#[component]
pub(crate) fn Timeline(
    scope: Scope,
    /// Whether something lies above the whole timeline: nothing is read then.
    covered: Signal<bool>,
) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let Scope { id, thread } = scope;
    let anchor = chat.scroll_anchor(id).filter(|_| thread.is_none());
    let rendered = RenderedRows::new(
        chat,
        scope,
        anchor.map_or(RowWindow::Start, |anchor| RowWindow::Around(anchor.seq)),
    );
    let rows = rendered.rows();
    let loaded =
        memo(move || chat.state.with(|state| state.me().is_some() && scope.timeline(state).is_some()));
    let empty = memo(move || loaded.get() && rows.with(Vec::is_empty));
    let group = memo(move || {
        chat.state.with(|state| state.conversation(id).is_some_and(|c| c.kind != ConversationKind::Direct))
    });
    let typing = memo(move || match thread {
        None => typing_line(chat, id, lang.get()).unwrap_or_default(),
        Some(_) => String::new(),
    });
    let scroll = Scroll::new(anchor.map_or(Target::Start, Target::Anchor), rendered);
    scroll.on_change(move || {
        if thread.is_none() {
            chat.set_scroll_anchor(id, scroll.anchor());
        }
        fetch_near_edges(chat, scope, rendered, scroll);
    });
    scroll.observe_resizes();
    scroll_with_rows(chat, scope, rendered, scroll);
    ReadTracker::start(chat, scope, scroll, covered);
    // Who does not share how far they have read does not see it of others. How far others have read a thread is not known.
    let profile = use_profile();
    let shares = memo(move || profile.get().is_none_or(|me| me.shares_read_positions));
    let faces = Faces::new(chat, scope, shares);
    let label = t_fmt(move |l| match thread {
        None => td_string!(l, timeline.label).to_owned(),
        Some(_) => td_string!(l, threads.replies).to_owned(),
    });
    view! {
        <div class="timeline-frame">
            <div
                class="timeline"
                data-testid=if thread.is_none() { "timeline" } else { "thread-timeline" }
                role="log"
                // What is loaded above the end is no news.
                aria-live=move || if scroll.at_end.get() { "polite" } else { "off" }
                tabindex="0"
                aria-label=label
                aria-busy=bool_attr(move || !loaded.get())
                use:capture=scroll.element
                on:scroll=move |_| scroll.on_scroll()
                // The page scrolls, too: only these are the user's.
                on:wheel=on_event(move || chat.read_on(scope))
                on:touchmove=on_event(move || chat.read_on(scope))
                on:keydown=move |event| keyboard::on_keydown(&event, chat, scope, scroll)
            >
                <div
                    class="timeline-content"
                    class:direct=Signal::derive(move || !group.get())
                    class:with-faces=faces.shown
                    use:capture=scroll.content
                >
                    <div class="timeline-space"></div>
                    <PageFetchFailed scope edge=Edge::Older/>
                    <Show when=move || loaded.get() fallback=TimelineSkeleton>
                        <Rows scope rendered scroll shares faces/>
                        <Show when=move || empty.get()>
                            <Empty id/>
                        </Show>
                    </Show>
                    <PageFetchFailed scope edge=Edge::Newer/>
                    <div class="typing-line" aria-live="polite">
                        <Show when=move || !typing.with(String::is_empty)>
                            <span data-testid="typing-line">{typing}</span>
                        </Show>
                    </div>
                </div>
            </div>
            <JumpButtons scope scroll/>
            <MessageActions scope timeline=scroll.element/>
        </div>
    }
}

/// The rows that are rendered.
#[component]
fn Rows(
    scope: Scope,
    rendered: RenderedRows,
    scroll: Scroll,
    shares: Memo<bool>,
    faces: Faces,
) -> impl IntoView {
    let chat: Chat = expect_context();
    let id = scope.id;
    let peers_read = memo(move || {
        let conversation = |state: &State| state.conversation(id).map_or(0, |c| c.peers_read_seq.0);
        if scope.thread.is_none() && shares.get() { chat.state.with(conversation) } else { 0 }
    });
    let today = memo(move || local_day(chat.now.get()));
    let view = move |row| match row {
        Row::Day(_, at) => view! {
            <div class="day" role="listitem" data-testid="day">
                {t_fmt(move |l| dates::day_heading(l, at, today.get()))}
            </div>
        }
        .into_any(),
        Row::NewMarker => view! {
            <div class="new-line" role="listitem" data-testid="new-line">
                {t(|l| td_string!(l, timeline.new))}
            </div>
        }
        .into_any(),
        Row::ReplyCount => view! { <ReplyCount scope/> }.into_any(),
        Row::Notice(seq) => view! {
            <div class="notice-row" role="listitem" data-row=seq.to_string()><Notice id seq/></div>
        }
        .into_any(),
        Row::Message(row) => view! { <Message scope row rendered peers_read faces/> }.into_any(),
    };
    keyed_children(scroll.list, move || rendered.rows().get(), Row::key, view);
    view! {
        <div
            class="timeline-rows"
            role="list"
            aria-label=t(|l| td_string!(l, timeline.label))
            use:capture=scroll.list
        ></div>
    }
}

/// Keeps the scroll position when the rows change, and scrolls to the end when the user sends a message.
fn scroll_with_rows(chat: Chat, scope: Scope, rendered: RenderedRows, scroll: Scroll) {
    // What is fetched for a jump may join what is there, and change no row until the user is there.
    let cached = memo(move || {
        let range = |state: &State| scope.timeline(state).map(|timeline| (timeline.first(), timeline.last()));
        chat.state.with(range)
    });
    effect(move || {
        rendered.rows().track();
        cached.track();
        scroll.restore_before_paint();
    });
    let sent = Cell::new(untrack(|| chat.sent_count(scope)));
    effect(move || {
        let now = chat.sent_count(scope);
        if sent.replace(now) != now {
            scroll.scroll_to_end();
        }
    });
    effect(move || {
        if let Some(seq) = chat.take_jump(scope) {
            scroll.scroll_to(Target::Event(seq));
        }
    });
    // A timeline can become a window on the past without a change of its rows.
    let follows = memo(move || chat.state.with(|state| scope.timeline(state).is_some_and(|t| t.follows())));
    effect(move || {
        if !follows.get() {
            fetch_near_edges(chat, scope, rendered, scroll);
        }
    });
}

/// Fetches history where an edge of what is cached is near, unless the last fetch failed: then the user may retry.
fn fetch_near_edges(chat: Chat, scope: Scope, rendered: RenderedRows, scroll: Scroll) {
    if !scroll.ready.get_untracked() {
        return;
    }
    let visible = scroll.visible.get_untracked();
    let failed = |edge| untrack(|| chat.page_fetch(scope, edge)) == Some(PageFetch::Failed(scope.id));
    if rendered.is_near(Edge::Older, visible) && !failed(Edge::Older) {
        chat.fetch_page(scope, Edge::Older);
    }
    // While scrolling to the end, the newest page is being fetched, and what lies between is not needed.
    let jumping = scroll.at_end.get_untracked() && scroll.is_settled();
    if rendered.is_near(Edge::Newer, visible) && !jumping && !failed(Edge::Newer) {
        chat.fetch_page(scope, Edge::Newer);
    }
}

/// Says that history could not be fetched, with a button to retry.
#[component]
fn PageFetchFailed(scope: Scope, edge: Edge) -> impl IntoView {
    let chat: Chat = expect_context();
    view! {
        <Show when=move || chat.page_fetch(scope, edge) == Some(PageFetch::Failed(scope.id))>
            <div class="older">
                <span>{t_fmt(move |l| match edge {
                    Edge::Older => td_string!(l, conversation.older_failed),
                    Edge::Newer => td_string!(l, conversation.newer_failed),
                }.to_owned())}</span>
                <button class="button plain" type="button" on:click=on_event(move || chat.fetch_page(scope, edge))>
                    {t(|l| td_string!(l, conversation.try_again))}
                </button>
            </div>
        </Show>
    }
}

/// The view of a conversation without events.
#[component]
fn Empty(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let notes = chat.state.with_untracked(|state| {
        let peer = state.conversation(id).and_then(|conversation| conversation.peer);
        peer.is_some() && peer == state.me().map(|me| me.id)
    });
    view! {
        <div class="empty-state small">
            <h2>{t(|l| td_string!(l, conversation.empty_title))}</h2>
            <p>
                {t_fmt(move |l| match notes { true => td_string!(l, conversation.empty_notes), false => td_string!(l, conversation.empty) }.to_owned())}
            </p>
        </div>
    }
}

/// The placeholder while the first messages are fetched.
#[component]
fn TimelineSkeleton() -> impl IntoView {
    let shapes = ["long", "middle", "own short", "long", "own middle", "short"];
    view! {
        <div class="skeleton timeline-skeleton" aria-hidden="true">
            {shapes.map(|shape| view! { <span class=format!("skeleton-shape skeleton-bubble {shape}")></span> }).collect_view()}
        </div>
    }
}
