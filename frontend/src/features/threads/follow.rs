//! Following a thread, by hand: its new replies are then unread, also without having written in it.

use confab_shared::{
    id::{ConversationId, Seq},
    state::State,
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    i18n::{t_fmt, td_string},
    platform::api,
    session::{SessionSignal, use_session},
    state::Chat,
    ui::{
        icon::{Icon, IconView},
        reactive::{memo, on_event},
        show::bool_attr,
        toast::{Toast, Toasts, use_toasts},
    },
};

/// Whether the user follows a thread.
pub(crate) fn is_following(state: &State, id: ConversationId, root: Seq) -> bool {
    state.thread(id, root).is_some_and(|thread| thread.following)
}

/// Follows a thread, or not any more.
pub(crate) fn follow(
    chat: Chat,
    session: SessionSignal,
    toasts: Toasts,
    (id, root): (ConversationId, Seq),
    following: bool,
) {
    spawn_local(async move {
        let answer = api::follow_thread(&session.token(), id, root, following).await;
        if !chat.is_alive() {
            return;
        }
        match answer {
            Ok(thread) => chat.apply_thread(thread, State::thread_changed),
            Err(_) => toasts.show(Toast::new(move |l| match following {
                true => td_string!(l, threads.not_followed).to_owned(),
                false => td_string!(l, threads.not_unfollowed).to_owned(),
            })),
        }
    });
}

/// The button that follows a thread, or ends that.
#[component]
pub(crate) fn FollowButton(id: ConversationId, root: Seq) -> impl IntoView {
    let chat: Chat = expect_context();
    let (session, toasts) = (use_session(), use_toasts());
    let following = memo(move || chat.state.with(|state| is_following(state, id, root)));
    let label = t_fmt(move |l| match following.get() {
        true => td_string!(l, threads.following).to_owned(),
        false => td_string!(l, threads.follow).to_owned(),
    });
    let title = t_fmt(move |l| match following.get() {
        true => td_string!(l, threads.unfollow).to_owned(),
        false => td_string!(l, threads.follow_hint).to_owned(),
    });
    view! {
        <button
            class="follow"
            type="button"
            data-testid="thread-follow"
            aria-pressed=bool_attr(move || following.get())
            title=title
            on:click=on_event(move || follow(chat, session, toasts, (id, root), !following.get_untracked()))
        >
            <IconView icon=Icon::Bell/>
            {label}
        </button>
    }
}
