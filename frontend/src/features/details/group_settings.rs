//! The settings of a group: rename it, add members, leave it.

use confab_shared::{
    api::ConversationView,
    command::{AddMembers, Leave, Rename},
    id::ConversationId,
};
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

use crate::{
    features::{conversations::summary::ConversationSummary, people::name_field::NameField},
    i18n::{t, td_string},
    platform::{
        api::{self, ApiResult},
        client_id,
    },
    session::use_session,
    state::Chat,
    ui::{
        form_error::{FormError, FormErrorText},
        icon::{Icon, IconView},
        reactive::{ElementRef, effect, memo, on_event},
        show::Show,
    },
};

#[component]
pub(super) fn GroupSettings(id: ConversationId) -> impl IntoView {
    view! {
        <RenameForm id/>
        <AddForm id/>
        <LeaveForm id/>
    }
}

/// Applies the answer to a command: the conversation to the state, an error to the form.
fn apply(
    chat: Chat,
    answer: ApiResult<ConversationView>,
    name: Option<String>,
    error: RwSignal<Option<FormError>>,
) -> bool {
    match answer {
        Ok(view) => {
            chat.apply_created(view);
            error.try_set(None);
            true
        }
        Err(refused) => {
            error.try_set(Some(FormError { error: refused, name }));
            false
        }
    }
}

#[component]
fn RenameForm(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let error = RwSignal::new(None);
    let name =
        memo(move || chat.state.with(|state| ConversationSummary::name(state, id)).unwrap_or_default());
    let title = RwSignal::new(name.get_untracked());
    effect(move || title.set(name.get()));
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let body = Rename { client_id: client_id::new(), conversation: id, title: title.get_untracked() };
        spawn_local(async move {
            apply(chat, api::rename(&session.token(), id, &body).await, None, error);
        });
    };
    let same = move || title.with(|title| name.with(|name| title.trim() == name));
    view! {
        <form class="details-form" on:submit=save novalidate>
            <label class="label" for="rename">{t(|l| td_string!(l, details.rename))}</label>
            <div class="field-with-button">
                <input
                    id="rename"
                    class="field"
                    data-testid="rename-input"
                    type="text"
                    autocomplete="off"
                    bind:value=title
                    on:input=on_event(move || error.set(None))
                />
                <button class="button quiet" type="submit" data-testid="rename-save" disabled=same>
                    {t(|l| td_string!(l, details.save))}
                </button>
            </div>
            <FormErrorText error/>
        </form>
    }
}

#[component]
fn AddForm(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let error = RwSignal::new(None);
    let text = RwSignal::new(String::new());
    let input = ElementRef::new();
    let add = move || {
        let name = text.get_untracked().trim().to_owned();
        if name.is_empty() {
            return;
        }
        let body = AddMembers { client_id: client_id::new(), conversation: id, users: vec![name] };
        spawn_local(async move {
            if apply(
                chat,
                api::add_members(&session.token(), id, &body).await,
                body.users.first().cloned(),
                error,
            ) {
                text.try_set(String::new());
            }
        });
    };
    effect(move || {
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
            <label class="label" for="add-member">{t(|l| td_string!(l, details.add))}</label>
            <div class="field-with-button">
                <NameField
                    id="add-member"
                    testid="add-member-input"
                    text
                    placeholder=Signal::derive(t(|l| td_string!(l, details.add_hint)).to_owned())
                    input
                    on_pick=move |name: String| {
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
                    {t(|l| td_string!(l, details.add_save))}
                </button>
            </div>
            <FormErrorText error/>
        </form>
    }
}

#[component]
fn LeaveForm(id: ConversationId) -> impl IntoView {
    let session = use_session();
    let confirming = RwSignal::new(false);
    let error = RwSignal::new(None);
    let leave = move || {
        spawn_local(async move {
            match api::leave(&session.token(), id, &Leave { client_id: client_id::new(), conversation: id })
                .await
            {
                // The event removes the conversation.
                Ok(()) => {}
                Err(refused) => {
                    error.try_set(Some(FormError { error: refused, name: None }));
                }
            }
        });
    };
    let ask = move || {
        view! {
            <button class="button plain danger" type="button" data-testid="leave" on:click=on_event(move || confirming.set(true))>
                <IconView icon=Icon::Leave/>
                {t(|l| td_string!(l, details.leave))}
            </button>
        }
    };
    view! {
        <div class="details-form leave">
            <Show when=move || confirming.get() fallback=ask>
                <p>{t(|l| td_string!(l, details.leave_question))}</p>
                <div class="leave-choice">
                    <button class="button quiet" type="button" on:click=on_event(move || confirming.set(false))>
                        {t(|l| td_string!(l, details.stay))}
                    </button>
                    <button
                        class="button danger"
                        type="button"
                        data-testid="leave-confirm"
                        on:click=on_event(leave)
                    >
                        {t(|l| td_string!(l, details.leave_confirm))}
                    </button>
                </div>
            </Show>
            <FormErrorText error/>
        </div>
    }
}
