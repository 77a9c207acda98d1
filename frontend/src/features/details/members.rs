//! The members of a conversation.

use confab_shared::{error::ErrorCode, id::ConversationId, user::User};
use leptos::{prelude::*, task::spawn_local};

use super::member_pages::{MemberPages, PageRequest};
use crate::{
    features::{
        conversations::author_hues::{AuthorHues, use_author_hues},
        people::SEARCH_DELAY,
    },
    i18n::{collation, t, td_string, use_language},
    platform::api,
    session::use_session,
    state::Chat,
    ui::{
        avatar::{Avatar, Size},
        bidi::{isolate, render_isolated},
        person_name::{name_beside_unique, shown_name, unique_name},
        reactive::{Debounce, effect, memo, on_event},
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
    let pages = RwSignal::new(MemberPages::default());
    let query = RwSignal::new(String::new());
    let error = RwSignal::new(None::<ErrorCode>);
    let retry = RwSignal::new(false);
    let count = memo(move || chat.state.with(|state| state.conversation(id).map_or(0, |c| c.member_count)));
    let is_long = memo(move || pages.with(|pages| pages.is_long));
    let fetch = move |request: PageRequest| {
        spawn_local(async move {
            let PageRequest { after, prefix, limit, .. } = &request;
            let answer = api::get_members(&session.token(), id, after.as_ref(), prefix, *limit).await;
            if !pages.try_with_untracked(|pages| pages.wants(&request)).unwrap_or(false) {
                return;
            }
            error.set(answer.as_ref().err().map(|error| error.code));
            if let Ok(mut page) = answer {
                chat.apply_presence(std::mem::take(&mut page.presence));
                chat.apply_users(page.users.clone());
                pages.update(|pages| pages.take(&request, page));
                if request.prefix.is_empty() {
                    hues.set_members(pages.with_untracked(|pages| pages.users.clone()));
                }
            }
        });
    };
    let fetch_first = move || {
        let request =
            query.with_untracked(|query| pages.try_maybe_update(|pages| (false, pages.first(query))));
        request.into_iter().for_each(fetch);
    };
    let fetch_next =
        move || fetch(query.with_untracked(|query| pages.with_untracked(|pages| pages.next(query))));
    // Fetched again whenever the member count changes.
    effect(move || {
        retry.track();
        if count.get() > 0 {
            fetch_first();
        }
    });
    let debounce = Debounce::new();
    effect(move || {
        query.track();
        if is_long.get_untracked() {
            debounce.schedule(SEARCH_DELAY, fetch_first);
        }
    });
    let hidden = memo(move || error.get() == Some(ErrorCode::Forbidden));
    let failed = memo(move || error.get().is_some() && !hidden.get());
    let empty = memo(move || pages.with(|pages| pages.users.is_empty()));
    // Of a long list, the members come in the order of the server, so that none appears above those that are shown.
    let shown = memo(move || {
        let now = |user: &User| chat.person(user.id).unwrap_or_else(|| user.clone());
        let users = pages.with(|pages| pages.users.iter().map(now).collect::<Vec<_>>());
        match is_long.get() {
            true => users,
            false => collation::sort_by_name(lang.get(), &users),
        }
    });
    let shown_count = move || match is_long.get() {
        true => Some(count.get()),
        false => Some(pages.with(|pages| pages.users.len() as u64)).filter(|count| *count > 0),
    };
    let loading = move || empty.get() && error.get().is_none() && query.with(String::is_empty);
    view! {
        <h3 class="details-heading">
            {t(|l| td_string!(l, details.members))}
            <span class="count">{shown_count}</span>
        </h3>
        {children()}
        <Show when=is_long>
            <input
                class="field members-search"
                data-testid="find-member"
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                placeholder=t(|l| td_string!(l, details.find_member))
                aria-label=t(|l| td_string!(l, details.find_member))
                bind:value=query
            />
        </Show>
        <Show when=hidden>
            <p class="details-note" data-testid="members-hidden">{t(|l| td_string!(l, details.members_hidden))}</p>
        </Show>
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
        <Show when=loading>
            <p class="details-note" role="status">{t(|l| td_string!(l, details.loading))}</p>
        </Show>
        <Show when=move || empty.get() && error.get().is_none() && !query.with(String::is_empty)>
            <p class="details-note" role="status">
                {dynamic(move || {
                    let query = query.with(|query| isolate(query.trim()));
                    render_isolated(td_string!(lang.get(), details.no_member, query = query).as_ref())
                })}
            </p>
        </Show>
        <ul class="members">
            {dynamic(move || shown.get().into_iter().map(|user| member(chat, hues, &user)).collect_view().into_any())}
        </ul>
        <Show when=move || pages.with(|pages| pages.more)>
            <button
                class="button quiet members-more"
                type="button"
                data-testid="more-members"
                on:click=on_event(fetch_next)
            >
                {t(|l| td_string!(l, details.more_members))}
            </button>
        </Show>
    }
}

fn member(chat: Chat, hues: AuthorHues, user: &User) -> impl IntoView + use<> {
    let (id, name, shown) = (user.id, user.name.to_string(), shown_name(user));
    let me = chat.state.with_untracked(|state| state.me().is_some_and(|me| me.id == id));
    let online = Signal::derive(move || if me { chat.knows_presence() } else { chat.is_online(id) });
    let avatar = Signal::stored(shown.clone());
    let lang = use_language();
    let label = move || match me {
        true => {
            render_isolated(td_string!(lang.get(), conversation.you_suffix, name = isolate(&shown)).as_ref())
        }
        false => shown.clone().into_any(),
    };
    view! {
        <li class="member" data-testid="member" data-name=name>
            <Avatar name=avatar hue_of=hues.of(id, user.name.as_str()) online size=Size::Middle/>
            <span class="member-name" dir="auto">
                {name_beside_unique(dynamic(label).into_any(), unique_name(user))}
            </span>
        </li>
    }
}
