//! About a conversation: who is in it and, for a group, what one may do with it.

use confab_shared::{
    api::Members,
    ids::ConversationId,
    model::{ConversationKind, User},
};
use leptos::{html, prelude::*, task::spawn_local};

use crate::{
    api,
    app::use_session,
    browser::focus_soon,
    components::when::{When, shown},
    components::{
        avatar::{Avatar, Size},
        group_settings::GroupSettings,
        icon::{Draw, Icon},
    },
    i18n::{say, td_string, use_language},
    state::Chat,
};

/// What is known of the members.
#[derive(Clone)]
enum Known {
    Fetching,
    Failed,
    Here(Members),
}

#[component]
pub(crate) fn Details(id: ConversationId, open: RwSignal<bool>) -> impl IntoView {
    let chat: Chat = expect_context();
    let kind = Memo::new(move |_| chat.state.with(|state| state.conversation(id).map(|c| c.kind)));
    let close = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            open.set(false);
        }
    };
    let panel = NodeRef::<html::Aside>::new();
    // Whoever goes by the keyboard goes on in the panel, and out of it with Escape.
    Effect::new(move |_| {
        if let Some(panel) = panel.get() {
            focus_soon(panel);
        }
    });
    view! {
        <aside
            class="details"
            tabindex="-1"
            node_ref=panel
            data-testid="details-panel"
            aria-label=say(|l| td_string!(l, details.title))
                    on:keydown=close
        >
            <header class="details-head">
                <h2>{say(|l| td_string!(l, details.title))}</h2>
                <button
                    class="icon-button"
                    type="button"
                    aria-label=say(|l| td_string!(l, conversation.close))
                    on:click=move |_| open.set(false)
                >
                    <Draw icon=Icon::Close/>
                </button>
            </header>
            <div class="details-body">
                <When holds=move || kind.get() == Some(ConversationKind::Broadcast)>
                    <p class="details-note">{say(|l| td_string!(l, details.everyone))}</p>
                </When>
                <When holds=move || kind.get() == Some(ConversationKind::Group)>
                    <GroupSettings id/>
                </When>
                <MemberList id/>
            </div>
        </aside>
    }
}

#[component]
fn MemberList(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let known = RwSignal::new(Known::Fetching);
    let count = Memo::new(move |_| chat.state.with(|state| state.conversation(id).map(|c| c.member_count)));
    let again = RwSignal::new(0_u32);
    // Asked anew whenever somebody comes or goes.
    Effect::new(move |_| {
        count.track();
        again.track();
        spawn_local(async move {
            let answer = api::members(&session.token(), id).await;
            known.try_set(answer.map_or(Known::Failed, Known::Here));
        });
    });
    view! {
        <h3 class="details-heading">
            {say(|l| td_string!(l, details.members))}
            <span class="count">{move || count.get()}</span>
        </h3>
        {shown(move || match known.get() {
            Known::Fetching => view! {
                <p class="details-note" role="status">{say(|l| td_string!(l, details.loading))}</p>
            }.into_any(),
            Known::Failed => view! {
                <p class="details-note">
                    {say(|l| td_string!(l, details.failed))} " "
                    <button class="button plain" type="button" on:click=move |_| again.update(|n| *n += 1)>
                        {say(|l| td_string!(l, conversation.try_again))}
                    </button>
                </p>
            }.into_any(),
            Known::Here(members) => view! { <MemberRows members/> }.into_any(),
        })}
    }
}

#[component]
fn MemberRows(members: Members) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let me = chat.state.with_untracked(|state| state.me().map(|me| me.id));
    let Members { users, presence } = members;
    let row = move |user: User| {
        let then = presence.iter().any(|presence| presence.user == user.id && presence.online);
        // Signals tell of those whom one talks with directly; of the others only what was fetched is known.
        let online = Signal::derive(move || {
            me == Some(user.id) || chat.state.with(|state| state.presence(user.id).map_or(then, |p| p.online))
        });
        let name = user.name.to_string();
        let avatar = Signal::stored(name.clone());
        let shown = name.clone();
        let shown = move || match me == Some(user.id) {
            true => td_string!(lang.get(), conversation.you_suffix, name = shown.as_str()).to_string(),
            false => shown.clone(),
        };
        view! {
            <li class="member" data-testid="member" data-name=name>
                <Avatar name=avatar online size=Size::Middle/>
                <span class="member-name" dir="auto">{shown}</span>
            </li>
        }
    };
    view! { <ul class="members">{users.into_iter().map(row).collect_view()}</ul> }
}
