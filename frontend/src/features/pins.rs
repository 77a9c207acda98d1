//! The list of pinned messages: each leads to the message in its place.

pub(crate) mod pinned;

use confab_shared::{
    id::{ConversationId, Seq},
    message::Message,
};
use leptos::{prelude::*, task::spawn_local};

use self::pinned::pinned;
use crate::{
    features::{
        attachments::words::of_message,
        message_actions::{commands, offers::may_pin},
        message_text::plain_beginning,
    },
    i18n::{dates, t, t_fmt, td_string},
    platform::{api, browser::is_wide_screen, clock::local_day},
    session::use_session,
    state::Chat,
    ui::{
        avatar::{Avatar, Size},
        icon::Icon,
        icon_button::IconButton,
        initials::hue,
        person_name::{shown_name, unique_name},
        reactive::{effect, memo, on_event},
        show::{Show, dynamic},
    },
};

/// The pinned messages of a conversation, in a panel that is open.
#[component]
pub(crate) fn PinnedMessages(id: ConversationId, panel_open: RwSignal<bool>) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let fetched = RwSignal::new(None::<Vec<Message>>);
    let requests = StoredValue::new(0_u32);
    let (failed, retry) = (RwSignal::new(false), RwSignal::new(0_u32));
    effect(move || {
        retry.track();
        chat.pins_version();
        let number = requests.try_update_value(|requests| {
            *requests += 1;
            *requests
        });
        spawn_local(async move {
            let answer = api::get_pins(&session.token(), id).await;
            // An answer may be overtaken by a later one.
            if requests.try_get_value() != number {
                return;
            }
            failed.try_set(answer.is_err());
            if let Ok(answer) = answer {
                chat.apply_users(answer.users);
                fetched.try_set(Some(answer.messages));
            }
        });
    });
    let shown = memo(move || {
        fetched.with(|fetched| {
            chat.state.with(|state| pinned(state, id, fetched.as_deref().unwrap_or_default()))
        })
    });
    let loading = move || fetched.with(Option::is_none) && !failed.get();
    let none = move || fetched.with(Option::is_some) && shown.with(Vec::is_empty);
    view! {
        <section class="pins" aria-label=t(|l| td_string!(l, pins.title))>
            <h3 class="details-heading">
                {t(|l| td_string!(l, pins.title))}
                <span class="count">{move || Some(shown.with(Vec::len)).filter(|count| *count > 0)}</span>
            </h3>
            <Show when=failed>
                <p class="details-note">
                    {t(|l| td_string!(l, pins.failed))} " "
                    <button class="button plain" type="button" on:click=on_event(move || retry.update(|retry| *retry += 1))>
                        {t(|l| td_string!(l, conversation.try_again))}
                    </button>
                </p>
            </Show>
            <Show when=loading>
                <p class="details-note" role="status">{t(|l| td_string!(l, pins.loading))}</p>
            </Show>
            <Show when=none>
                <p class="details-note" data-testid="no-pins">{t(|l| td_string!(l, pins.none))}</p>
            </Show>
            <ul class="pin-list">
                {dynamic(move || {
                    let items = shown.get().into_iter().map(|message| item(chat, id, &message, panel_open));
                    items.collect_view().into_any()
                })}
            </ul>
        </section>
    }
}

fn item(chat: Chat, id: ConversationId, message: &Message, panel_open: RwSignal<bool>) -> AnyView {
    let (seq, at) = (message.seq, message.at);
    let author = chat.person(message.by);
    let hue_of = Signal::stored(author.as_ref().map_or(1, |author| hue(author.name.as_str())));
    let (author, unique) =
        author.map(|author| (shown_name(&author), unique_name(&author))).unwrap_or_default();
    let shown = message.clone();
    let text = t_fmt(move |l| plain_beginning(&of_message(l, &shown)));
    let today = memo(move || local_day(chat.now.get()));
    let may_unpin = memo(move || {
        chat.state.with(|state| state.conversation(id).is_some_and(|found| may_pin(found.kind, found.role)))
    });
    let jump = move || {
        if !is_wide_screen() {
            panel_open.set(false);
        }
        chat.jump_to(id, seq);
    };
    view! {
        <li class="pin" data-testid="pin" data-pin=seq.to_string()>
            <button
                class="pin-message"
                type="button"
                data-testid="pin-jump"
                title=t(|l| td_string!(l, pins.jump))
                on:click=on_event(jump)
            >
                <Avatar name=Signal::stored(author.clone()) hue_of size=Size::Small/>
                <span class="pin-head">
                    <b dir="auto" title=unique>{author}</b>
                    <time title=t_fmt(move |l| dates::full_date(l, at))>
                        {t_fmt(move |l| dates::list_time(l, at, today.get()))}
                    </time>
                </span>
                <span class="pin-text" dir="auto">{text}</span>
            </button>
            <Show when=may_unpin>
                <Unpin id seq/>
            </Show>
        </li>
    }
    .into_any()
}

#[component]
fn Unpin(id: ConversationId, seq: Seq) -> impl IntoView {
    let chat: Chat = expect_context();
    view! {
        <IconButton
            icon=Icon::Close
            label=|l| td_string!(l, actions.unpin)
            class="icon-button pin-remove"
            testid="pin-remove"
            on_press=move |()| commands::pin(chat, id, seq, false)
        />
    }
}
