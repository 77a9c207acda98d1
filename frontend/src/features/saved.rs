//! Saved messages: kept at hand, each with a way to its place.

use confab_shared::{
    api::{SavedCursor, SavedMessage},
    error::ErrorCode,
    id::{ConversationId, Seq},
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    features::{
        attachments::words::of_message,
        conversations::{conversation_avatar::ConversationAvatar, display_name::use_display_name},
        message_text::plain_beginning,
    },
    i18n::{Locale, dates, t, t_fmt, td_string},
    platform::{api, clock::local_day},
    route::{message_path, reply_path},
    session::{SessionSignal, use_session},
    state::Chat,
    ui::{
        avatar::Size,
        bidi::isolate,
        icon::{Icon, IconView},
        icon_button::IconButton,
        on_demand::on_demand,
        person_name::shown_name,
        reactive::{effect, memo, on_event},
        show::{Show, dynamic},
        toast::{Toast, Toasts},
    },
};

/// Saves a message.
pub(crate) fn save(session: SessionSignal, toasts: Toasts, id: ConversationId, seq: Seq) {
    spawn_local(async move {
        let text: fn(Locale) -> String = match api::save_message(&session.token(), id, seq).await {
            Ok(()) => |l| td_string!(l, saved.done).to_owned(),
            Err(error) if error.code == ErrorCode::TooManySaved => |l| td_string!(l, saved.full).to_owned(),
            Err(_) => |l| td_string!(l, saved.not_saved).to_owned(),
        };
        toasts.show(Toast::new(text));
    });
}

/// What was fetched of the list.
#[derive(Clone, Default, PartialEq)]
struct List {
    messages: Vec<SavedMessage>,
    more: Option<SavedCursor>,
    /// Whether the server has answered once.
    loaded: bool,
    failed: bool,
}

on_demand! {
    /// The view of all saved messages.
    pub(crate) fn saved_messages() in dialogs {
        <SavedMessages/>
    }
}

#[component]
fn SavedMessages() -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    chat.open(None);
    let list = RwSignal::new(List::default());
    let fetch = move || {
        let before = list.with_untracked(|list| list.more);
        spawn_local(async move {
            let answer = api::get_saved(&session.token(), before).await;
            if !chat.is_alive() {
                return;
            }
            let page = answer.map(|answer| {
                chat.apply_users(answer.users);
                (answer.messages, answer.more)
            });
            list.try_update(|list| {
                list.failed = page.is_err();
                // The same page may come twice.
                if let Ok((messages, more)) = page
                    && list.more == before
                {
                    list.messages.extend(messages);
                    (list.more, list.loaded) = (more, true);
                }
            });
        });
    };
    effect(move || untrack(fetch));
    let remove = Callback::new(move |(id, seq): (ConversationId, Seq)| {
        spawn_local(async move {
            if api::unsave_message(&session.token(), id, seq).await.is_ok() {
                list.try_update(|list| {
                    list.messages.retain(|saved| (saved.conversation, saved.message.seq) != (id, seq));
                });
            }
        });
    });
    let is_empty = move || list.with(|list| list.loaded && list.messages.is_empty() && list.more.is_none());
    view! {
        <section class="saved" data-testid="saved">
            <header class="header">
                <a href="/" class="icon-button back" data-testid="back" aria-label=t(|l| td_string!(l, conversation.back))>
                    <IconView icon=Icon::Back/>
                </a>
                <div class="header-text"><h1>{t(|l| td_string!(l, saved.title))}</h1></div>
            </header>
            <div class="saved-body">
                <Show when=move || list.with(|list| list.failed)>
                    <p class="details-note" role="alert">
                        {t(|l| td_string!(l, saved.failed))} " "
                        <button class="button plain" type="button" data-testid="saved-retry" on:click=on_event(fetch)>
                            {t(|l| td_string!(l, conversation.try_again))}
                        </button>
                    </p>
                </Show>
                <Show when=is_empty>
                    <p class="details-note" data-testid="no-saved">{t(|l| td_string!(l, saved.none))}</p>
                </Show>
                <ul class="pin-list">
                    {dynamic(move || {
                        let items = list.with(|list| list.messages.clone());
                        items.into_iter().map(|saved| item(chat, &saved, remove)).collect_view().into_any()
                    })}
                </ul>
                <Show when=move || list.with(|list| list.more.is_some())>
                    <button class="button plain" type="button" data-testid="more-saved" on:click=on_event(fetch)>
                        {t(|l| td_string!(l, people.more))}
                    </button>
                </Show>
            </div>
        </section>
    }
}

fn item(chat: Chat, saved: &SavedMessage, remove: Callback<(ConversationId, Seq)>) -> AnyView {
    let (id, seq, at) = (saved.conversation, saved.message.seq, saved.message.at);
    let path = match saved.message.thread {
        Some(root) => reply_path(id, root, seq),
        None => message_path(id, seq),
    };
    let author = chat.person(saved.message.by).map(|author| shown_name(&author)).unwrap_or_default();
    let conversation = use_display_name(id);
    let today = memo(move || local_day(chat.now.get()));
    let message = saved.message.clone();
    let text = t_fmt(move |l| plain_beginning(&of_message(l, &message)));
    let heading = t_fmt(move |l| {
        let (author, name) = (isolate(&author), isolate(&conversation.get()));
        td_string!(l, saved.heading, author = author, conversation = name).to_string()
    });
    view! {
        <li class="pin" data-testid="saved-message">
            <a class="pin-message" href=path title=t(|l| td_string!(l, pins.jump))>
                <ConversationAvatar id size=Size::Small/>
                <span class="pin-head">
                    <b dir="auto">{heading}</b>
                    <time title=t_fmt(move |l| dates::full_date(l, at))>
                        {t_fmt(move |l| dates::list_time(l, at, today.get()))}
                    </time>
                </span>
                <span class="pin-text" dir="auto">{text}</span>
            </a>
            <IconButton
                icon=Icon::Close
                label=|l| td_string!(l, saved.remove)
                class="icon-button pin-remove"
                testid="saved-remove"
                on_press=move |()| remove.run((id, seq))
            />
        </li>
    }
    .into_any()
}
