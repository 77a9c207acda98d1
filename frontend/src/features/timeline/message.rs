//! A message: its bubble. The first of a group has the author's avatar beside it and the name above, the last one has the
//! time.

use confab_shared::{
    command::{Command, Send},
    conversation::ConversationKind,
    id::{ClientId, Seq, UserId},
    markdown::preview,
    mentions::is_mentioned,
    state::{MessageView, OutboxEntry},
    user::User,
};
use leptos::prelude::*;

use crate::{
    features::{
        attachments::{in_message::InMessage, room::MessageAttachments, words::text_or_words},
        conversations::author_hues::use_author_hues,
        message_actions::{
            deleted_mark::deleted_mark, pinned_mark::PinnedMark, reactions::Reactions,
            refused_change::RefusedChange,
        },
        message_text::{Content, FormattedText, known_people, spoken},
        outbox::refusal::{RefusalButtons, refusal},
        previews::LinkPreviews,
        replies::quote::Quote,
        threads::{line::ThreadLine, origin::ThreadOrigin},
        timeline::{
            faces::{Faces, ReaderFaces},
            rendered_rows::RenderedRows,
            rows::{MessageRow, MessageSource, Row},
        },
    },
    i18n::{Locale, dates, errors::error_text, plurals::t_plural, t, t_fmt, td_string, use_language},
    state::{Chat, Delivery, Scope},
    ui::{
        avatar::{Avatar, Size},
        bidi::{isolate, render_isolated},
        icon::{Icon, IconView},
        person_name::{name_with_unique, shown_name, unique_name},
        reactive::memo,
        show::{Show, dynamic},
    },
};

#[component]
pub(crate) fn Message(
    scope: Scope,
    row: MessageRow,
    rendered: RenderedRows,
    peers_read: Memo<u64>,
    faces: Faces,
) -> impl IntoView {
    let chat: Chat = expect_context();
    let id = scope.id;
    // The row while its view lives: it is sent, and others join its group.
    let current = memo(move || match rendered.find(row.key) {
        Some(Row::Message(row)) => row,
        _ => row,
    });
    let view = view_of(chat, scope, current);
    let replied = memo(move || replied(chat, current, view));
    let author = memo(move || chat.person(row.by));
    let shown = memo(move || author.with(|author| author.as_ref().map(shown_name)).unwrap_or_default());
    let unique = memo(move || author.with(|author| author.as_ref().and_then(unique_name)));
    let state = memo(move || delivery_state(&current.get(), peers_read));
    let seq = memo(move || seq_of(&current.get()).map(|seq| seq.to_string()));
    let first = memo(move || current.with(|row| row.first_of_group));
    let last = memo(move || current.with(|row| row.last_of_group));
    let deleted = memo(move || is_deleted(view));
    let attached = InMessage::new(scope, view, memo(move || current.with(unsent)));
    let mentions_me = memo(move || {
        let me = chat.state.with_untracked(|state| state.me().map(|me| me.id));
        let mentions = |(view, me): (&MessageView, UserId)| is_mentioned(&view.message.mentions, row.by, me);
        view.with(|view| view.as_ref().zip(me).is_some_and(mentions))
    });
    let label = label(current, view, state, author, replied, attached);
    let of_name = author.with_untracked(|author| author.as_ref().map(|author| author.name.to_string()));
    let hue = use_author_hues().of(row.by, &of_name.unwrap_or_default());
    let beside = (!row.own).then(|| {
        view! {
            <span class="row-avatar">
                <Show when=first>
                    <Avatar name=shown hue_of=hue size=Size::Small/>
                </Show>
            </span>
        }
    });
    let group = chat.state.with_untracked(|state| {
        state.conversation(id).is_some_and(|conversation| conversation.kind != ConversationKind::Direct)
    });
    let heading = (group && !row.own).then(|| {
        view! {
            <Show when=first>
                <span class=move || format!("author ink-{}", hue.get()) dir="auto" title=move || unique.get()>{shown}</span>
            </Show>
        }
    });
    let failed = memo(move || current.with(failed));
    view! {
        <div
            class="row"
            class:own=row.own
            class:first=move || first.get()
            class:last=move || last.get()
            role="listitem"
            aria-label=label
            data-row=move || seq.get()
        >
            {beside}
            <div class="row-body">
                {heading}
                <div
                    class="bubble"
                    class:with-files=move || attached.is_any()
                    class:with-pictures=move || attached.has_pictures()
                    class:wordless=move || attached.is_all()
                    dir="auto"
                    tabindex="-1"
                    data-testid="message"
                    data-seq=move || seq.get()
                    data-own=row.own.to_string()
                    data-state=move || state.get()
                    data-deleted=move || deleted.get().then_some("true")
                    data-mentions-me=move || mentions_me.get().then_some("true")
                >
                    {dynamic(move || {
                        let Replied { to, thread } = replied.get();
                        let origin = thread.filter(|_| scope.thread.is_none());
                        let origin = origin.map(|root| view! { <ThreadOrigin id root/> });
                        view! { {origin} {to.map(|seq| view! { <Quote scope seq/> })} }.into_any()
                    })}
                    <MessageAttachments attached/>
                    {message_text(chat, scope, current, view, deleted)}
                    <LinkPreviews id own=row.own view/>
                    <span class="stamp" dir="ltr">
                        <PinnedMark view/>
                        <EditedMark view/>
                        <time title=t_fmt(move |l| dates::full_date(l, current.get().at))>
                            {t_fmt(move |l| dates::time_of_day(l, current.get().at))}
                        </time>
                        {row.own.then(|| view! { <DeliveryMark state/> })}
                    </span>
                    {dynamic(move || {
                        let beside = |seq| view! { <ReaderFaces faces seq/> };
                        faces.shown.get().then(|| beside(memo(move || current.with(seq_of)))).into_any()
                    })}
                </div>
                {dynamic(move || {
                    let changes = current.with(seq_of).map(|seq| {
                        let thread = scope.thread.is_none().then(|| view! { <ThreadLine id seq view/> });
                        view! { <Reactions id seq view/> {thread} <RefusedChange view/> }
                    });
                    changes.into_any()
                })}
                {dynamic(move || failed.get().map(|client_id| view! { <Refusal client_id/> }).into_any())}
            </div>
        </div>
    }
}

/// The state of a message, as the page's tests and styles name it.
fn delivery_state(row: &MessageRow, peers_read: Memo<u64>) -> &'static str {
    match row.source {
        _ if !row.own => "received",
        MessageSource::Outbox(_, Delivery::Pending) => "pending",
        MessageSource::Outbox(_, Delivery::Failed) => "failed",
        MessageSource::Outbox(_, Delivery::Sent) => "sent",
        MessageSource::Log(seq) if peers_read.get() >= seq.0 => "seen",
        MessageSource::Log(_) => "sent",
    }
}

/// The words of a delivery state.
fn state_word(locale: Locale, state: &str) -> Option<&'static str> {
    match state {
        "pending" => Some(td_string!(locale, timeline.pending)),
        "failed" => Some(td_string!(locale, timeline.failed)),
        "seen" => Some(td_string!(locale, timeline.seen)),
        "sent" => Some(td_string!(locale, timeline.sent)),
        _ => None,
    }
}

fn seq_of(row: &MessageRow) -> Option<Seq> {
    match row.source {
        MessageSource::Log(seq) => Some(seq),
        MessageSource::Outbox(..) => None,
    }
}

fn failed(row: &MessageRow) -> Option<ClientId> {
    match row.source {
        MessageSource::Outbox(client_id, Delivery::Failed) => Some(client_id),
        _ => None,
    }
}

/// The command of a message that is not in the log.
fn unsent(row: &MessageRow) -> Option<ClientId> {
    match row.source {
        MessageSource::Outbox(client_id, _) => Some(client_id),
        MessageSource::Log(_) => None,
    }
}

/// What a message is a reply to; nothing of a deleted one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Replied {
    /// The message that it quotes.
    to: Option<Seq>,
    /// The root of its thread.
    thread: Option<Seq>,
}

fn replied(chat: Chat, row: Memo<MessageRow>, view: Memo<Option<MessageView>>) -> Replied {
    match row.with(|row| row.source) {
        MessageSource::Log(_) => view.with(|view| {
            let message = view.as_ref().map(|view| &view.message);
            let message = message.filter(|message| message.deleted.is_none());
            message.map(|message| Replied { to: message.reply_to, thread: message.thread })
        }),
        MessageSource::Outbox(client_id, _) => {
            chat.state.with_untracked(|state| match &state.outbox.get(client_id)?.command {
                Command::Send(Send { reply_to, thread, .. }) => {
                    Some(Replied { to: *reply_to, thread: *thread })
                }
                _ => None,
            })
        }
    }
    .unwrap_or_default()
}

/// The message in a sentence for assistive technology: author, time and state, what it is a reply to, then the text and its thread.
fn label(
    row: Memo<MessageRow>,
    view: Memo<Option<MessageView>>,
    state: Memo<&'static str>,
    author: Memo<Option<User>>,
    replied: Memo<Replied>,
    attached: InMessage,
) -> impl Fn() -> String {
    let lang = use_language();
    let chat: Chat = expect_context();
    move || {
        let (locale, row) = (lang.get(), row.get());
        let who = if row.own {
            td_string!(locale, timeline.author_you).to_owned()
        } else {
            author.with(|author| author.as_ref().map(name_with_unique)).unwrap_or_default()
        };
        let edited = view.with(|view| view.as_ref().is_some_and(|view| view.message.edited_at.is_some()));
        let mut parts = vec![who, dates::time_of_day(locale, row.at)];
        parts.extend(edited.then(|| td_string!(locale, timeline.edited).to_owned()));
        parts.extend(state_word(locale, state.get()).map(str::to_owned));
        parts.extend(replied.get().to.map(|_| td_string!(locale, replies.is_reply).to_owned()));
        let count = view.with(|view| Some(view.as_ref()?.message.replies.as_ref()?.count));
        parts.extend(count.map(|count| t_plural!(locale, count, threads.count, count = count)));
        let text = match is_deleted(view) {
            true => deletion(chat, locale, view),
            false => {
                let text = text_of(chat, row.source, view);
                let text = preview(&text, false);
                isolate(&spoken(
                    locale,
                    &attached.with(|attachments| text_or_words(locale, &text, attachments)),
                ))
            }
        };
        td_string!(
            locale,
            timeline.label_of,
            about = parts.join(td_string!(locale, timeline.label_separator)),
            text = text
        )
        .to_string()
    }
}

/// The message of the log as the user sees it; none of an unsent one. What it shows changes only with this message.
fn view_of(chat: Chat, scope: Scope, row: Memo<MessageRow>) -> Memo<Option<MessageView>> {
    let source = memo(move || row.with(|row| row.source));
    memo(move || match source.get() {
        MessageSource::Log(seq) => chat.state.with(|state| state.message(scope.id, seq)),
        MessageSource::Outbox(..) => None,
    })
}

fn is_deleted(view: Memo<Option<MessageView>>) -> bool {
    view.with(|view| view.as_ref().is_some_and(|view| view.message.deleted.is_some()))
}

/// The words in place of a deleted message.
fn deletion(chat: Chat, locale: Locale, view: Memo<Option<MessageView>>) -> String {
    chat.track_names();
    let mark = |view: &Option<MessageView>| {
        let message = &view.as_ref()?.message;
        Some(chat.state.with_untracked(|state| deleted_mark(locale, state, message)))
    };
    view.with(mark).unwrap_or_default()
}

fn text_of(chat: Chat, source: MessageSource, view: Memo<Option<MessageView>>) -> String {
    match source {
        MessageSource::Log(_) => {
            view.with(|view| view.as_ref().map(|view| view.message.text.to_string())).unwrap_or_default()
        }
        // The text of an unsent message never changes.
        MessageSource::Outbox(client_id, _) => chat.state.with_untracked(|state| {
            state.outbox.get(client_id).and_then(OutboxEntry::text).unwrap_or_default().to_owned()
        }),
    }
}

/// What a message says, and whom it mentions.
fn content_of(chat: Chat, scope: Scope, source: MessageSource, view: Memo<Option<MessageView>>) -> Content {
    let text = text_of(chat, source, view);
    let mentions = match source {
        MessageSource::Log(_) => {
            view.with(|view| view.as_ref().map(|view| view.message.mentions.clone())).unwrap_or_default()
        }
        MessageSource::Outbox(..) if text.contains(['@', '＠']) => {
            chat.state.with_untracked(|state| known_people(state, scope))
        }
        MessageSource::Outbox(..) => Vec::new(),
    };
    Content { text, mentions }
}

/// The text as it is now, or the mark of a deleted message.
fn message_text(
    chat: Chat,
    scope: Scope,
    row: Memo<MessageRow>,
    view: Memo<Option<MessageView>>,
    deleted: Memo<bool>,
) -> impl IntoView {
    let lang = use_language();
    let content = memo(move || content_of(chat, scope, row.with(|row| row.source), view));
    let seq = memo(move || row.with(seq_of));
    dynamic(move || {
        if deleted.get() {
            let mark = render_isolated(&deletion(chat, lang.get(), view));
            view! { <span class="bubble-deleted" data-testid="message-deleted">{mark}</span> }.into_any()
        } else {
            view! { <FormattedText id=scope.id seq content/> }.into_any()
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

/// The delivery state of the user's own message, as an icon.
#[component]
fn DeliveryMark(state: Memo<&'static str>) -> impl IntoView {
    let lang = use_language();
    dynamic(move || {
        let icon = match state.get() {
            "pending" => Icon::Clock,
            "failed" => Icon::Alert,
            "seen" => Icon::Seen,
            _ => Icon::Sent,
        };
        // The label of the row names the state for assistive technology.
        view! {
            <span class="delivery" title=state_word(lang.get(), state.get()) aria-hidden="true">
                <IconView icon/>
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
    let error = chat.state.with_untracked(|state| state.outbox.get(client_id).and_then(refusal));
    view! {
        <div class="failed" role="alert">
            <span>{move || error.as_ref().map(|error| error_text(lang.get(), error))}</span>
            <RefusalButtons client_id/>
        </div>
    }
}
