//! One message: its bubble, with the author's avatar and name where its run has them.

use confab_shared::{
    event::{EventBody, Posted},
    id::{ClientId, ConversationId},
    state::{OutboxEntry, SendState},
};
use leptos::prelude::*;

use crate::{
    components::when::shown,
    components::{
        avatar::{Avatar, Size},
        icon::{Draw, Icon},
    },
    format,
    i18n::{error_text, say, td_string, tell, use_language},
    reactive::{memo, press},
    state::{Chat, Delivery, MessageRow, Origin, Piece, hue, pieces},
};

#[component]
pub(crate) fn Message(id: ConversationId, row: MessageRow, group: bool, seen: Memo<u64>) -> impl IntoView {
    let chat: Chat = expect_context();
    let text = text_of(chat, id, row.origin);
    let author =
        chat.state.with_untracked(|state| state.user(row.by).map(|u| u.name.to_string())).unwrap_or_default();
    let (seq, waiting) = match row.origin {
        Origin::Log(seq) => (Some(seq), None),
        Origin::Outbox(client_id, delivery) => (None, Some((client_id, delivery))),
    };
    let state = move || match (row.own, waiting, seq) {
        (false, ..) => "received",
        (true, Some((_, Delivery::Pending)), _) => "pending",
        (true, Some((_, Delivery::Failed)), _) => "failed",
        (true, Some((_, Delivery::Sent)), _) => "sent",
        (true, None, seq) => match seq.is_some_and(|seq| seen.get() >= seq.0) {
            true => "seen",
            false => "sent",
        },
    };
    let beside = (!row.own).then(|| {
        let author = author.clone();
        row.last.then(|| view! { <Avatar name=Signal::stored(author) size=Size::Small/> })
    });
    let ink = format!("author ink-{}", hue(&author));
    let heading = (group && !row.own && row.first).then(|| view! { <span class=ink>{author}</span> });
    view! {
        <div class="row" class:own=row.own class:first=row.first class:last=row.last data-row=seq.map(|seq| seq.to_string())>
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
                    <span class="bubble-text" data-testid="message-text">{linked(&text)}</span>
                    <span class="stamp" dir="ltr">
                        <time title=tell(move |l| format::full(l, row.at))>
                            {tell(move |l| format::time(l, row.at))}
                        </time>
                        {row.own.then(|| view! { <DeliveryMark state/> })}
                    </span>
                </div>
                {failed(waiting).map(|client_id| view! { <Failed client_id/> })}
            </div>
        </div>
    }
}

fn failed(waiting: Option<(ClientId, Delivery)>) -> Option<ClientId> {
    waiting.filter(|(_, delivery)| *delivery == Delivery::Failed).map(|(client_id, _)| client_id)
}

/// What a message says. A row's message never changes, so it is read once.
fn text_of(chat: Chat, id: ConversationId, origin: Origin) -> String {
    chat.state.with_untracked(|state| match origin {
        Origin::Log(seq) => {
            match state.timeline(id).and_then(|timeline| timeline.get(seq)).map(|event| &event.body) {
                Some(EventBody::Posted(Posted { text, .. })) => text.to_string(),
                _ => String::new(),
            }
        }
        Origin::Outbox(client_id, _) => {
            let entry = state.outbox.get(client_id);
            entry.and_then(OutboxEntry::text).unwrap_or_default().to_owned()
        }
    })
}

/// The text as text nodes and links, nothing else.
fn linked(text: &str) -> impl IntoView + use<> {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned().into_any(),
            Piece::Link(link) => view! {
                <a href=link.to_owned() target="_blank" rel="noopener noreferrer">{link.to_owned()}</a>
            }
            .into_any(),
        })
        .collect::<Vec<_>>()
}

/// How far an own message has come: a mark for the eye, a word for the ear.
#[component]
fn DeliveryMark(state: impl Fn() -> &'static str + Copy + Send + Sync + 'static) -> impl IntoView {
    let lang = use_language();
    let state = memo(state);
    shown(move || {
        let locale = lang.get();
        let (icon, word) = match state.get() {
            "pending" => (Icon::Clock, td_string!(locale, timeline.pending)),
            "failed" => (Icon::Alert, td_string!(locale, timeline.failed)),
            "seen" => (Icon::Seen, td_string!(locale, timeline.seen)),
            _ => (Icon::Sent, td_string!(locale, timeline.sent)),
        };
        view! {
            <span class="delivery" title=word>
                <Draw icon/>
                <span class="for-ears">{word}</span>
            </span>
        }
        .into_any()
    })
}

/// Why a message was refused, and what can be done about it.
#[component]
fn Failed(client_id: ClientId) -> impl IntoView {
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
            <button type="button" data-testid="retry" on:click=press(move || chat.retry(client_id))>
                {say(|l| td_string!(l, timeline.retry))}
            </button>
            <button type="button" data-testid="discard" on:click=press(move || chat.discard(client_id))>
                {say(|l| td_string!(l, timeline.discard))}
            </button>
        </div>
    }
}
