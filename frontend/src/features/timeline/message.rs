//! A message: its bubble, with the author's avatar below and name above a group of messages.

use confab_shared::{
    event::{EventBody, Posted},
    id::{ClientId, ConversationId},
    state::{OutboxEntry, SendState},
};
use leptos::prelude::*;

use crate::{
    features::timeline::{
        links::{TextSegment, segments},
        rows::{MessageRow, MessageSource},
    },
    i18n::{dates, error_text, t, t_fmt, td_string, use_language},
    state::{Chat, Delivery},
    ui::{
        avatar::{Avatar, Size},
        icon::{Icon, IconView},
        initials::hue,
        reactive::{memo, on_event},
        show::dynamic,
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
    let text = text_of(chat, id, row.source);
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
                    data-testid="message"
                    data-seq=seq.map(|seq| seq.to_string())
                    data-own=row.own.to_string()
                    data-state=state
                >
                    <span class="bubble-text" data-testid="message-text">{render_text(&text)}</span>
                    <span class="stamp" dir="ltr">
                        <time title=t_fmt(move |l| dates::full_date(l, row.at))>
                            {t_fmt(move |l| dates::time_of_day(l, row.at))}
                        </time>
                        {row.own.then(|| view! { <DeliveryMark state/> })}
                    </span>
                </div>
                {failed(unsent).map(|client_id| view! { <Refusal client_id/> })}
            </div>
        </div>
    }
}

fn failed(unsent: Option<(ClientId, Delivery)>) -> Option<ClientId> {
    unsent.filter(|(_, delivery)| *delivery == Delivery::Failed).map(|(client_id, _)| client_id)
}

/// The text of a message. It never changes for a row, so it is read once.
fn text_of(chat: Chat, id: ConversationId, source: MessageSource) -> String {
    chat.state.with_untracked(|state| match source {
        MessageSource::Log(seq) => {
            match state.timeline(id).and_then(|timeline| timeline.get(seq)).map(|event| &event.body) {
                Some(EventBody::Posted(Posted { text, .. })) => text.to_string(),
                _ => String::new(),
            }
        }
        MessageSource::Outbox(client_id, _) => {
            let entry = state.outbox.get(client_id);
            entry.and_then(OutboxEntry::text).unwrap_or_default().to_owned()
        }
    })
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
