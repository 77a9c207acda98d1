//! The members of a conversation.

use confab_shared::{id::ConversationId, user::User};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    features::conversations::author_hues::{AuthorHues, use_author_hues},
    i18n::{collation, t, td_string, use_language},
    platform::api,
    session::use_session,
    state::Chat,
    ui::{
        avatar::{Avatar, Size},
        bidi::{isolate, render_isolated},
        reactive::{effect, memo, on_event},
        show::{Show, dynamic},
    },
};

#[component]
pub(super) fn MemberList(
    id: ConversationId,
    /// What stands between the heading and the members.
    children: Children,
) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let lang = use_language();
    let hues = use_author_hues();
    let members = RwSignal::new(Vec::<User>::new());
    let sorted = memo(move || members.with(|members| collation::sort_by_name(lang.get(), members)));
    let failed = RwSignal::new(false);
    let retry = RwSignal::new(false);
    let count = memo(move || chat.state.with(|state| state.conversation(id).map_or(0, |c| c.member_count)));
    // Fetched again whenever the member count changes.
    effect(move || {
        retry.track();
        if count.get() == 0 {
            return;
        }
        spawn_local(async move {
            let answer = api::get_members(&session.token(), id).await;
            failed.try_set(answer.is_err());
            if let Ok(answer) = answer {
                chat.apply_presence(answer.presence);
                hues.set_members(answer.users.clone());
                members.try_set(answer.users);
            }
        });
    });
    view! {
        <h3 class="details-heading">
            {t(|l| td_string!(l, details.members))}
            <span class="count">{move || Some(members.with(Vec::len)).filter(|count| *count > 0)}</span>
        </h3>
        {children()}
        <Show when=failed>
            <p class="details-note">
                {t(|l| td_string!(l, details.failed))} " "
                <button
                    class="button plain"
                    type="button"
                    data-testid="retry-members"
                    on:click=on_event(move || retry.update(|retry| *retry = !*retry))
                >
                    {t(|l| td_string!(l, conversation.try_again))}
                </button>
            </p>
        </Show>
        <Show when=move || members.with(Vec::is_empty) && !failed.get()>
            <p class="details-note" role="status">{t(|l| td_string!(l, details.loading))}</p>
        </Show>
        <ul class="members">
            {dynamic(move || sorted.get().into_iter().map(|user| member(chat, hues, &user)).collect_view().into_any())}
        </ul>
    }
}

fn member(chat: Chat, hues: AuthorHues, user: &User) -> impl IntoView + use<> {
    let (id, name) = (user.id, user.name.to_string());
    let me = chat.state.with_untracked(|state| state.me().is_some_and(|me| me.id == id));
    let online = Signal::derive(move || if me { chat.knows_presence() } else { chat.is_online(id) });
    let avatar = Signal::stored(name.clone());
    let lang = use_language();
    let own = name.clone();
    let label = move || match me {
        true => {
            render_isolated(td_string!(lang.get(), conversation.you_suffix, name = isolate(&own)).as_ref())
        }
        false => own.clone().into_any(),
    };
    view! {
        <li class="member" data-testid="member" data-name=name>
            <Avatar name=avatar hue_of=hues.of(id, user.name.as_str()) online size=Size::Middle/>
            <span class="member-name" dir="auto">{dynamic(label)}</span>
        </li>
    }
}
