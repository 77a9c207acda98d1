//! Who has read a message, of those who share that.

use confab_shared::{
    id::{ConversationId, Seq, UserId},
    user::User,
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    i18n::{t, td_string},
    platform::api,
    session::use_session,
    ui::{
        avatar::{Avatar, Size},
        dialog::Dialog,
        initials::hue,
        on_demand::on_demand,
        person_name::{person_name, shown_name},
        reactive::{effect, on_event},
        show::{Show, dynamic},
    },
};

on_demand! {
    /// The dialog of who has read a message.
    pub(super) fn readers_dialog(id: ConversationId, seq: Seq, open: RwSignal<bool>) in dialogs {
        <ReadersDialog id seq open/>
    }
}

#[component]
fn ReadersDialog(id: ConversationId, seq: Seq, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog title=|l| td_string!(l, readers.title) open testid="readers-dialog">
            <ReaderList id seq/>
        </Dialog>
    }
}

/// The readers as far as they were fetched.
#[derive(Clone, Default, PartialEq, Eq)]
struct Readers {
    users: Vec<User>,
    /// Whether there are more behind them; none before the server has answered.
    more: Option<bool>,
    failed: bool,
}

#[component]
fn ReaderList(id: ConversationId, seq: Seq) -> impl IntoView {
    let session = use_session();
    let readers = RwSignal::new(Readers::default());
    let fetch = move || {
        let after = readers.with_untracked(|readers| readers.users.last().map_or(UserId(0), |user| user.id));
        spawn_local(async move {
            let answer = api::get_readers(&session.token(), id, seq, after).await;
            readers.try_update(|readers| {
                readers.failed = answer.is_err();
                if let Ok(page) = answer
                    && readers.users.last().map_or(UserId(0), |user| user.id) == after
                {
                    readers.users.extend(page.users);
                    readers.more = Some(page.more);
                }
            });
        });
    };
    // Fetched once; whoever reads it meanwhile shows with the next look.
    effect(move || untrack(fetch));
    let is_empty = move || readers.with(|readers| readers.more == Some(false) && readers.users.is_empty());
    view! {
        <Show when=move || readers.with(|readers| readers.more.is_none() && !readers.failed)>
            <p class="dialog-text" role="status">{t(|l| td_string!(l, readers.loading))}</p>
        </Show>
        <Show when=move || readers.with(|readers| readers.failed)>
            <p class="dialog-text" role="alert">
                {t(|l| td_string!(l, readers.failed))} " "
                <button class="button plain" type="button" data-testid="readers-retry" on:click=on_event(fetch)>
                    {t(|l| td_string!(l, conversation.try_again))}
                </button>
            </p>
        </Show>
        <Show when=is_empty>
            <p class="dialog-text" data-testid="no-readers">{t(|l| td_string!(l, readers.none))}</p>
        </Show>
        <ul class="members">
            {dynamic(move || readers.get().users.iter().map(reader).collect_view().into_any())}
        </ul>
        <Show when=move || readers.with(|readers| readers.more == Some(true))>
            <button class="button plain" type="button" data-testid="more-readers" on:click=on_event(fetch)>
                {t(|l| td_string!(l, people.more))}
            </button>
        </Show>
    }
}

fn reader(user: &User) -> AnyView {
    let hue_of = Signal::stored(hue(user.name.as_str()));
    view! {
        <li class="member" data-testid="reader" data-name=user.name.to_string()>
            <Avatar name=Signal::stored(shown_name(user)) hue_of size=Size::Small/>
            <span class="member-name" dir="auto">{person_name(user)}</span>
        </li>
    }
    .into_any()
}
