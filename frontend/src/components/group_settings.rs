//! What a member may do with a group: rename it, add people, leave it.

use confab_shared::{
    api::{AddMembers, ConversationView, Leave, Rename},
    ids::ConversationId,
    protocol::ErrorBody,
};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};

use crate::{
    api::{self, Answer},
    app::use_session,
    client_id,
    components::when::When,
    components::{
        icon::{Draw, Icon},
        suggestions::NameField,
    },
    i18n::{error_text, name_error_text, say, td_string, tell},
    route::use_route,
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
fn take(chat: Chat, answer: Answer<ConversationView>, error: RwSignal<Option<ErrorBody>>) -> bool {
    match answer {
        Ok(view) => {
            chat.view(view);
            error.try_set(None);
            true
        }
        Err(refused) => {
            error.try_set(Some(refused));
            false
        }
    }
}

#[component]
fn RenameForm(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let error = RwSignal::new(None);
    let name = Memo::new(move |_| chat.state.with(|state| ListRow::name(state, id)).unwrap_or_default());
    let title = RwSignal::new(name.get_untracked());
    Effect::new(move |_| title.set(name.get()));
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let body = Rename { client_id: client_id::new(), title: title.get_untracked() };
        spawn_local(async move {
            take(chat, api::rename(&session.token(), id, &body).await, error);
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
                    on:input=move |_| error.set(None)
                />
                <button class="button quiet" type="submit" data-testid="rename-save" disabled=same>
                    {say(|l| td_string!(l, details.save))}
                </button>
            </div>
            <p class="field-error" role="alert" hidden=Signal::derive(move || error.with(Option::is_none))>
                {tell(move |l| error.get().map(|error| error_text(l, &error)).unwrap_or_default())}
            </p>
        </form>
    }
}

#[component]
fn AddForm(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let error = RwSignal::new(None);
    let text = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    let add = move || {
        let name = text.get_untracked().trim().to_owned();
        if name.is_empty() {
            return;
        }
        let body = AddMembers { client_id: client_id::new(), users: vec![name] };
        spawn_local(async move {
            if take(chat, api::add_members(&session.token(), id, &body).await, error) {
                text.try_set(String::new());
            }
        });
    };
    Effect::new(move |_| {
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
            <p class="field-error" role="alert" hidden=Signal::derive(move || error.with(Option::is_none))>
                {tell(move |l| error.get().map(|error| name_error_text(l, &error)).unwrap_or_default())}
            </p>
        </form>
    }
}

#[component]
fn LeaveForm(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let route = use_route();
    let asking = RwSignal::new(false);
    let error = RwSignal::new(None::<ErrorBody>);
    let leave = StoredValue::new_local(move || {
        spawn_local(async move {
            match api::leave(&session.token(), id, &Leave { client_id: client_id::new() }).await {
                Ok(()) => {
                    route.go("/");
                    chat.forget(id);
                }
                Err(refused) => drop(error.try_set(Some(refused))),
            }
        });
    });
    let ask = move || {
        view! {
            <button class="button plain danger" type="button" data-testid="leave" on:click=move |_| asking.set(true)>
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
                    <button class="button quiet" type="button" on:click=move |_| asking.set(false)>
                        {say(|l| td_string!(l, details.stay))}
                    </button>
                    <button
                        class="button danger"
                        type="button"
                        data-testid="leave-confirm"
                        on:click=move |_| leave.with_value(|leave| leave())
                    >
                        {say(|l| td_string!(l, details.leave_confirm))}
                    </button>
                </div>
            </When>
            <p class="field-error" role="alert" hidden=Signal::derive(move || error.with(Option::is_none))>
                {tell(move |l| error.get().map(|error| error_text(l, &error)).unwrap_or_default())}
            </p>
        </div>
    }
}
