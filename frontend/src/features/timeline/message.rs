//! A message: its bubble, with the author's avatar below and name above a group of messages.

use confab_shared::{
    id::{ClientId, ConversationId},
    state::{MessageView, OutboxEntry, SendState},
};
use leptos::prelude::*;

use crate::{
    features::{
        message_actions::{
            deleted_mark::deleted_mark, pinned_mark::PinnedMark, reactions::Reactions,
            refused_change::RefusedChange,
        },
        timeline::{
            links::{TextSegment, segments},
            rows::{MessageRow, MessageSource},
        },
    },
    i18n::{dates, error_text, t, t_fmt, td_string, use_language},
    state::{Chat, Delivery},
    ui::{
        avatar::{Avatar, Size},
        bidi::render_isolated,
        icon::{Icon, IconView},
        initials::hue,
        reactive::{memo, on_event},
        show::{Show, dynamic},
    },
};

#[component]
pub(crate) fn Message(
    id: ConversationId,
    row: MessageRow,
    group: bool,
    peers_read: Memo<u64>,
) -> impl IntoView {
    let chat: Chat = expect_context();
    let view = view_of(chat, id, row.source);
    let author =
        chat.state.with_untracked(|state| state.user(row.by).map(|u| u.name.to_string())).unwrap_or_default();
    let (seq, unsent) = match row.source {
        MessageSource::Log(seq) => (Some(seq), None),
        MessageSource::Outbox(client_id, delivery) => (None, Some((client_id, delivery))),
    };
    let state = move || match (row.own, unsent, seq) {
        (false, ..) => "received",
        (true, Some((_, Delivery::Pending)), _) => "pending",
        (true, Some((_, Delivery::Failed)), _) => "failed",
        (true, Some((_, Delivery::Sent)), _) => "sent",
        (true, None, seq) => match seq.is_some_and(|seq| peers_read.get() >= seq.0) {
            true => "seen",
            false => "sent",
        },
    };
    let beside = (!row.own).then(|| {
        let author = author.clone();
        row.last_of_group.then(|| view! { <Avatar name=Signal::stored(author) size=Size::Small/> })
    });
    let class = format!("author ink-{}", hue(&author));
    let heading =
        (group && !row.own && row.first_of_group).then(|| view! { <span class=class>{author}</span> });
    view! {
        <div class="row" class:own=row.own class:first=row.first_of_group class:last=row.last_of_group data-row=seq.map(|seq| seq.to_string())>
            {beside.map(|avatar| view! { <span class="row-avatar">{avatar}</span> })}
            <div class="row-body">
                {heading}
                <div
                    class="bubble"
                    dir="auto"
                    tabindex=seq.map(|_| "-1")
                    data-testid="message"
                    data-seq=seq.map(|seq| seq.to_string())
                    data-own=row.own.to_string()
                    data-state=state
                    data-deleted=move || is_deleted(view).then_some("true")
                >
                    {message_text(chat, row.source, view)}
                    <span class="stamp" dir="ltr">
                        <PinnedMark view/>
                        <EditedMark view/>
                        <time title=t_fmt(move |l| dates::full_date(l, row.at))>
                            {t_fmt(move |l| dates::time_of_day(l, row.at))}
                        </time>
                        {row.own.then(|| view! { <DeliveryMark state/> })}
                    </span>
                </div>
                {seq.map(|seq| view! { <Reactions id seq view/> <RefusedChange view/> })}
                {failed(unsent).map(|client_id| view! { <Refusal client_id/> })}
            </div>
        </div>
    }
}

fn failed(unsent: Option<(ClientId, Delivery)>) -> Option<ClientId> {
    unsent.filter(|(_, delivery)| *delivery == Delivery::Failed).map(|(client_id, _)| client_id)
}

/// The message of the log as the user sees it; none of an unsent one. What it shows changes only with this message.
fn view_of(chat: Chat, id: ConversationId, source: MessageSource) -> Memo<Option<MessageView>> {
    memo(move || match source {
        MessageSource::Log(seq) => chat.state.with(|state| state.message(id, seq)),
        MessageSource::Outbox(..) => None,
    })
}

fn is_deleted(view: Memo<Option<MessageView>>) -> bool {
    view.with(|view| view.as_ref().is_some_and(|view| view.message.deleted.is_some()))
}

/// The text as it is now, or the mark of a deleted message.
fn message_text(chat: Chat, source: MessageSource, view: Memo<Option<MessageView>>) -> impl IntoView {
    let lang = use_language();
    let unsent = match source {
        MessageSource::Log(_) => String::new(),
        // The text of an unsent message never changes.
        MessageSource::Outbox(client_id, _) => chat.state.with_untracked(|state| {
            state.outbox.get(client_id).and_then(OutboxEntry::text).unwrap_or_default().to_owned()
        }),
    };
    let text = memo(move || {
        view.with(|view| view.as_ref().map_or_else(|| unsent.clone(), |view| view.message.text.to_string()))
    });
    let deleted = memo(move || is_deleted(view));
    dynamic(move || {
        if deleted.get() {
            let mark = view.with(|view| {
                let message = &view.as_ref()?.message;
                Some(chat.state.with_untracked(|state| deleted_mark(lang.get(), state, message)))
            });
            let mark = render_isolated(&mark.unwrap_or_default());
            view! { <span class="bubble-deleted" data-testid="message-deleted">{mark}</span> }.into_any()
        } else {
            let text = text.with(|text| render_text(text));
            view! { <span class="bubble-text" data-testid="message-text">{text}</span> }.into_any()
        }
    })
}

/// Says that a message was edited, and when.
#[component]
fn EditedMark(view: Memo<Option<MessageView>>) -> impl IntoView {
    let edited_at = memo(move || {
        view.with(|view| {
            let message = &view.as_ref()?.message;
            message.edited_at.filter(|_| message.deleted.is_none())
        })
    });
    let title = t_fmt(move |l| {
        let when = edited_at.get().map(|at| dates::full_date(l, at)).unwrap_or_default();
        td_string!(l, timeline.edited_at, when = when).to_string()
    });
    view! {
        <Show when=move || edited_at.get().is_some()>
            <button
                class="edited-mark"
                type="button"
                data-action="revisions"
                data-testid="message-edited"
                title=title
                aria-label=title
            >
                {t(|l| td_string!(l, timeline.edited))}
            </button>
        </Show>
    }
}

/// Renders a text as text nodes and links.
fn render_text(text: &str) -> impl IntoView + use<> {
    segments(text)
        .into_iter()
        .map(|segment| match segment {
            TextSegment::Text(text) => text.to_owned().into_any(),
            TextSegment::Link(link) => view! {
                <a href=link.to_owned() target="_blank" rel="noopener noreferrer">{link.to_owned()}</a>
            }
            .into_any(),
        })
        .collect::<Vec<_>>()
}

/// The delivery state of the user's own message: an icon, and a word for assistive technology.
#[component]
fn DeliveryMark(state: impl Fn() -> &'static str + Copy + Send + Sync + 'static) -> impl IntoView {
    let lang = use_language();
    let state = memo(state);
    dynamic(move || {
        let locale = lang.get();
        let (icon, word) = match state.get() {
            "pending" => (Icon::Clock, td_string!(locale, timeline.pending)),
            "failed" => (Icon::Alert, td_string!(locale, timeline.failed)),
            "seen" => (Icon::Seen, td_string!(locale, timeline.seen)),
            _ => (Icon::Sent, td_string!(locale, timeline.sent)),
        };
        view! {
            <span class="delivery" title=word>
                <IconView icon/>
                <span class="visually-hidden">{word}</span>
            </span>
        }
        .into_any()
    })
}

/// Why a message was refused, with buttons to retry and discard it.
#[component]
fn Refusal(client_id: ClientId) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let error = chat.state.with_untracked(|state| {
        state.outbox.get(client_id).and_then(|entry| match &entry.state {
            SendState::Failed(code, message) => Some((*code, message.clone())),
            _ => None,
        })
    });
    let why = move || {
        let (code, message) = error.clone()?;
        Some(error_text(lang.get(), &confab_shared::error::ErrorBody { code, message, client_id: None }))
    };
    view! {
        <div class="failed" role="alert">
            <span>{why}</span>
            <button type="button" data-testid="retry" on:click=on_event(move || chat.retry(client_id))>
                {t(|l| td_string!(l, timeline.retry))}
            </button>
            <button type="button" data-testid="discard" on:click=on_event(move || chat.discard(client_id))>
                {t(|l| td_string!(l, timeline.discard))}
            </button>
        </div>
    }
}
