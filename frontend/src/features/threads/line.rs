//! The line below the root of a thread: how many replies, by whom, and when the last one came.

use confab_shared::{
    id::{ConversationId, Seq, UserId},
    state::{MessageView, OutboxEntry, SendState},
};
use leptos::prelude::*;

use crate::{
    features::conversations::{author_hues::use_author_hues, list_item::draft_line, summary::one_line},
    i18n::{
        dates::{Age, ago},
        plurals::t_plural,
        t_fmt, td_string, use_language,
    },
    route::use_route,
    state::{Chat, Scope},
    ui::{
        avatar::{Avatar, Size},
        bidi::isolate,
        icon::{Icon, IconView},
        person_name::shown_name,
        reactive::{memo, on_event},
        show::{Show, bool_attr, dynamic},
    },
};

/// How many faces are shown.
const MAX_FACES: usize = 3;

#[component]
pub(crate) fn ThreadLine(id: ConversationId, seq: Seq, view: Memo<Option<MessageView>>) -> impl IntoView {
    let chat: Chat = expect_context();
    let has_replies = move || view.with(|view| view.as_ref().is_some_and(|v| v.message.replies.is_some()));
    // A refused reply is found also where the thread is closed.
    let refused = memo(move || {
        let is_refused = |entry: &OutboxEntry| matches!(entry.state, SendState::Failed(..));
        chat.state.with(|state| state.outbox.replies_of(id, seq).any(is_refused))
    });
    // Of the open thread the field shows the draft.
    let route = use_route();
    let draft = memo(move || match route.thread(id) == Some(seq) {
        true => String::new(),
        false => one_line(&chat.draft_text(Scope::of_thread(id, seq))),
    });
    let there = move || view.with(|view| view.as_ref().is_some_and(|view| view.message.deleted.is_none()));
    view! {
        <Show when=move || has_replies() || refused.get() || there() && !draft.with(String::is_empty)>
            <Line id seq view refused draft/>
        </Show>
    }
}

#[component]
fn Line(
    id: ConversationId,
    seq: Seq,
    view: Memo<Option<MessageView>>,
    refused: Memo<bool>,
    draft: Memo<String>,
) -> impl IntoView {
    let (lang, chat): (_, Chat) = (use_language(), expect_context());
    let route = use_route();
    let replies = memo(move || view.with(|view| view.as_ref()?.message.replies.clone()));
    let count = memo(move || replies.with(|replies| replies.as_ref().map_or(0, |replies| replies.count)));
    let faces = memo(move || {
        let faces = replies.with(|replies| replies.as_ref().map(|replies| replies.faces.clone()));
        faces.unwrap_or_default().into_iter().take(MAX_FACES).collect::<Vec<_>>()
    });
    let unread = memo(move || chat.state.with(|state| state.thread(id, seq).is_some_and(|t| t.unread > 0)));
    let words = t_fmt(move |l| match count.get() {
        0 => td_string!(l, threads.no_replies).to_owned(),
        count => t_plural!(l, count, threads.count, count = count),
    });
    let last_at = memo(move || {
        let last_at = replies.with(|replies| replies.as_ref().map(|replies| replies.last_at))?;
        Some((last_at, Age::of(last_at, chat.now.get())))
    });
    let last = t_fmt(move |l| {
        let when = last_at.get().map(|(at, age)| ago(l, at, age)).unwrap_or_default();
        td_string!(l, threads.last_reply, when = when).to_string()
    });
    let label = t_fmt(move |l| {
        let unread = unread.get().then(|| td_string!(l, threads.unread_one).to_owned());
        let refused = refused.get().then(|| td_string!(l, timeline.failed).to_owned());
        let last = (count.get() > 0).then(|| last.get());
        let draft = Some(draft.get()).filter(|draft| !draft.is_empty());
        let draft = draft.map(|text| td_string!(l, sidebar.draft, text = isolate(&text)).to_string());
        let parts = [Some(words.get()), last, unread, refused, draft].into_iter().flatten();
        parts.collect::<Vec<_>>().join(td_string!(l, timeline.label_separator))
    });
    view! {
        <button
            class="thread-line"
            type="button"
            data-testid="thread-line"
            data-unread=bool_attr(move || unread.get())
            aria-label=label
            on:click=on_event(move || route.open_thread(id, seq))
        >
            <span class="faces">
                {dynamic(move || faces.get().into_iter().map(|user| face(chat, user)).collect_view().into_any())}
            </span>
            <b>{words}</b>
            {dynamic(move || match draft.with(String::is_empty) {
                true if count.get() == 0 => ().into_any(),
                true => view! { <span class="thread-last">{last}</span> }.into_any(),
                false => {
                    let line = draft.with(|draft| draft_line(lang.get(), draft));
                    view! { <span class="thread-last" dir="auto" data-testid="thread-draft">{line}</span> }.into_any()
                }
            })}
            <Show when=refused>
                <span class="unsent-mark failed" data-testid="thread-refused">
                    <IconView icon=Icon::Alert/>
                </span>
            </Show>
        </button>
    }
}

/// The small picture of a user.
pub(crate) fn face(chat: Chat, user: UserId) -> AnyView {
    let person = chat.person(user);
    let name = person.as_ref().map(shown_name).unwrap_or_default();
    let hue_of = use_author_hues().of(user, person.as_ref().map_or("", |person| person.name.as_str()));
    view! { <Avatar name=Signal::stored(name) hue_of size=Size::Small/> }.into_any()
}
