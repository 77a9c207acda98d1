//! About a conversation: who is in it and, for a group, what one may do with it.

use confab_shared::{conversation::ConversationKind, id::ConversationId, user::User};
use leptos::{prelude::*, task::spawn_local};

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::{
    api,
    app::use_session,
    bidi::{isolated, sentence},
    browser::{document, focus_soon, listen},
    components::when::{When, shown},
    components::{
        avatar::{Avatar, Size},
        group_settings::GroupSettings,
        icon::{Draw, Icon},
    },
    composing::is_composing,
    i18n::{say, td_string, use_language},
    natural,
    reactive::{Slot, held, memo, press, watch},
    route::use_route,
    state::Chat,
};

#[component]
pub(crate) fn Details(id: ConversationId, open: RwSignal<bool>) -> impl IntoView {
    let chat: Chat = expect_context();
    let is = move |kind| {
        memo(move || chat.state.with(|state| state.conversation(id).is_some_and(|c| c.kind == kind)))
    };
    let (broadcast, group) = (is(ConversationKind::Broadcast), is(ConversationKind::Group));
    use_route().cover(open);
    let panel = Slot::new();
    // Also where the keyboard is nowhere, since what had it is gone.
    listen(&document(), "keydown", move |event: KeyboardEvent| {
        let at = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let ours = at.is_some_and(|at| {
            at.tag_name() == "BODY" || at.closest(".details").is_ok_and(|in_it| in_it.is_some())
        });
        if ours && event.key() == "Escape" && !is_composing(&event) {
            open.set(false);
        }
    });
    // Whoever goes by the keyboard goes on in the panel, and out of it with Escape.
    watch(move || {
        if let Some(panel) = panel.get::<HtmlElement>() {
            focus_soon(panel);
        }
    });
    view! {
        <aside
            class="details"
            tabindex="-1"
            use:held=panel
            data-testid="details-panel"
            aria-label=say(|l| td_string!(l, details.title))
        >
            <header class="details-head">
                <h2>{say(|l| td_string!(l, details.title))}</h2>
                <button
                    class="icon-button"
                    type="button"
                    aria-label=say(|l| td_string!(l, conversation.close))
                    on:click=press(move || open.set(false))
                >
                    <Draw icon=Icon::Close/>
                </button>
            </header>
            <div class="details-body">
                <When holds=broadcast>
                    <p class="details-note">{say(|l| td_string!(l, details.everyone))}</p>
                </When>
                <When holds=group>
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
    let lang = use_language();
    let members = RwSignal::new(Vec::<User>::new());
    let sorted = memo(move || members.with(|members| natural::sorted(lang.get(), members)));
    let failed = RwSignal::new(false);
    let again = RwSignal::new(false);
    let count = memo(move || chat.state.with(|state| state.conversation(id).map_or(0, |c| c.member_count)));
    // Asked anew whenever somebody comes or goes.
    watch(move || {
        again.track();
        if count.get() == 0 {
            return;
        }
        spawn_local(async move {
            let answer = api::members(&session.token(), id).await;
            failed.try_set(answer.is_err());
            if let Ok(answer) = answer {
                chat.met(answer.presence);
                members.try_set(answer.users);
            }
        });
    });
    view! {
        <h3 class="details-heading">
            {say(|l| td_string!(l, details.members))}
            <span class="count">{move || Some(members.with(Vec::len)).filter(|count| *count > 0)}</span>
        </h3>
        <When holds=failed>
            <p class="details-note">
                {say(|l| td_string!(l, details.failed))} " "
                <button
                    class="button plain"
                    type="button"
                    on:click=press(move || again.update(|again| *again = !*again))
                >
                    {say(|l| td_string!(l, conversation.try_again))}
                </button>
            </p>
        </When>
        <When holds=move || members.with(Vec::is_empty) && !failed.get()>
            <p class="details-note" role="status">{say(|l| td_string!(l, details.loading))}</p>
        </When>
        <ul class="members">
            {shown(move || sorted.get().into_iter().map(|user| member(chat, &user)).collect_view().into_any())}
        </ul>
    }
}

fn member(chat: Chat, user: &User) -> impl IntoView + use<> {
    let (id, name) = (user.id, user.name.to_string());
    let me = chat.state.with_untracked(|state| state.me().is_some_and(|me| me.id == id));
    let online =
        Signal::derive(move || me || chat.state.with(|state| state.presence(id).is_some_and(|p| p.online)));
    let avatar = Signal::stored(name.clone());
    let lang = use_language();
    let own = name.clone();
    let called = move || match me {
        true => sentence(td_string!(lang.get(), conversation.you_suffix, name = isolated(&own)).as_ref()),
        false => own.clone().into_any(),
    };
    view! {
        <li class="member" data-testid="member" data-name=name>
            <Avatar name=avatar online size=Size::Middle/>
            <span class="member-name" dir="auto">{shown(called)}</span>
        </li>
    }
}
