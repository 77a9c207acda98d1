//! What a member may do with a group: rename it, add people, leave it.

use confab_shared::{
    api::ConversationView,
    command::{AddMembers, Leave, Rename},
    id::ConversationId,
};
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

use crate::{
    api::{self, Answer},
    app::use_session,
    client_id,
    components::refusal::{Refusal, RefusalNote},
    components::when::When,
    components::{
        icon::{Draw, Icon},
        suggestions::NameField,
    },
    i18n::{say, td_string},
    reactive::{Slot, memo, press, watch},
    state::{Chat, ListRow},
};

#[component]
pub(crate) fn GroupSettings(id: ConversationId) -> impl IntoView {
    view! {
        <RenameForm id/>
        <AddForm id/>
        <LeaveForm id/>
    }
}

/// Hands what a command came to where it belongs: the conversation to the state, a refusal to the form.
fn take(
    chat: Chat,
    answer: Answer<ConversationView>,
    name: Option<String>,
    error: RwSignal<Option<Refusal>>,
) -> bool {
    match answer {
        Ok(view) => {
            chat.made(view);
            error.try_set(None);
            true
        }
        Err(refused) => {
            error.try_set(Some(Refusal { error: refused, name }));
            false
        }
    }
}

#[component]
fn RenameForm(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let error = RwSignal::new(None);
    let name = memo(move || chat.state.with(|state| ListRow::name(state, id)).unwrap_or_default());
    let title = RwSignal::new(name.get_untracked());
    watch(move || title.set(name.get()));
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let body = Rename { client_id: client_id::new(), conversation: id, title: title.get_untracked() };
        spawn_local(async move {
            take(chat, api::rename(&session.token(), id, &body).await, None, error);
        });
    };
    let same = move || title.with(|title| name.with(|name| title.trim() == name));
    view! {
        <form class="details-form" on:submit=save novalidate>
            <label class="label" for="rename">{say(|l| td_string!(l, details.rename))}</label>
            <div class="field-with-button">
                <input
                    id="rename"
                    class="field"
                    data-testid="rename-input"
                    type="text"
                    autocomplete="off"
                    bind:value=title
                    on:input=press(move || error.set(None))
                />
                <button class="button quiet" type="submit" data-testid="rename-save" disabled=same>
                    {say(|l| td_string!(l, details.save))}
                </button>
            </div>
            <RefusalNote refusal=error/>
        </form>
    }
}

#[component]
fn AddForm(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let error = RwSignal::new(None);
    let text = RwSignal::new(String::new());
    let input = Slot::new();
    let add = move || {
        let name = text.get_untracked().trim().to_owned();
        if name.is_empty() {
            return;
        }
        let body = AddMembers { client_id: client_id::new(), conversation: id, users: vec![name] };
        spawn_local(async move {
            if take(
                chat,
                api::add_members(&session.token(), id, &body).await,
                body.users.first().cloned(),
                error,
            ) {
                text.try_set(String::new());
            }
        });
    };
    watch(move || {
        text.track();
        error.set(None);
    });
    view! {
        <form
            class="details-form"
            novalidate
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                add();
            }
        >
            <label class="label" for="add-member">{say(|l| td_string!(l, details.add))}</label>
            <div class="field-with-button">
                <NameField
                    id="add-member"
                    testid="add-member-input"
                    text
                    placeholder=Signal::derive(say(|l| td_string!(l, details.add_hint)).to_owned())
                    input
                    picked=move |name: String| {
                        text.set(name);
                        add();
                    }
                />
                <button
                    class="button quiet"
                    type="submit"
                    data-testid="add-member-save"
                    disabled=Signal::derive(move || text.with(|text| text.trim().is_empty()))
                >
                    {say(|l| td_string!(l, details.add_save))}
                </button>
            </div>
            <RefusalNote refusal=error/>
        </form>
    }
}

#[component]
fn LeaveForm(id: ConversationId) -> impl IntoView {
    let session = use_session();
    let asking = RwSignal::new(false);
    let error = RwSignal::new(None);
    let leave = move || {
        spawn_local(async move {
            match api::leave(&session.token(), id, &Leave { client_id: client_id::new(), conversation: id })
                .await
            {
                // The event says the rest, and leads home.
                Ok(()) => {}
                Err(refused) => {
                    error.try_set(Some(Refusal { error: refused, name: None }));
                }
            }
        });
    };
    let ask = move || {
        view! {
            <button class="button plain danger" type="button" data-testid="leave" on:click=press(move || asking.set(true))>
                <Draw icon=Icon::Leave/>
                {say(|l| td_string!(l, details.leave))}
            </button>
        }
    };
    view! {
        <div class="details-form leave">
            <When holds=move || asking.get() otherwise=ask>
                <p>{say(|l| td_string!(l, details.leave_question))}</p>
                <div class="leave-choice">
                    <button class="button quiet" type="button" on:click=press(move || asking.set(false))>
                        {say(|l| td_string!(l, details.stay))}
                    </button>
                    <button
                        class="button danger"
                        type="button"
                        data-testid="leave-confirm"
                        on:click=press(leave)
                    >
                        {say(|l| td_string!(l, details.leave_confirm))}
                    </button>
                </div>
            </When>
            <RefusalNote refusal=error/>
        </div>
    }
}
