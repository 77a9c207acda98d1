//! The settings of a group: rename it, add members, leave it. Each is a command of the outbox: it shows at once, waits
//! while disconnected, and can be retried or discarded when the server refuses it.

use confab_shared::{
    command::{AddMembers, Leave, Rename},
    id::ConversationId,
    text::{Title, UserName},
};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    change_list::ChangeList,
    changes::{ChangeKind, discard_refused, has_unsent},
};
use crate::{
    features::{conversations::summary::ConversationSummary, people::name_field::NameField},
    i18n::{t, td_string},
    platform::{client_id, clock},
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
        <AddMembersForm id/>
        <LeaveForm id/>
    }
}

#[component]
fn RenameForm(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let error = RwSignal::new(None);
    let name =
        memo(move || chat.state.with(|state| ConversationSummary::name(state, id)).unwrap_or_default());
    let title = RwSignal::new(name.get_untracked());
    effect(move || title.set(name.get()));
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let title = match Title::new(&title.get_untracked()) {
            Ok(title) => title.to_string(),
            Err(invalid) => return error.set(Some(FormError::from_text_error(&invalid))),
        };
        discard_refused(chat, id, ChangeKind::Rename);
        let rename = Rename { client_id: client_id::new(), conversation: id, title };
        chat.submit(rename.into(), clock::now());
    };
    let unchanged = move || title.with(|title| name.with(|name| title.trim() == name));
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
                <button class="button quiet" type="submit" data-testid="rename-save" disabled=unchanged>
                    {t(|l| td_string!(l, details.save))}
                </button>
            </div>
            <FormErrorText error/>
            <ChangeList id kind=ChangeKind::Rename/>
        </form>
    }
}

#[component]
fn AddMembersForm(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let error = RwSignal::new(None);
    let text = RwSignal::new(String::new());
    let input = ElementRef::new();
    let add = move || {
        let typed = text.get_untracked();
        let name = match UserName::new(&typed) {
            Ok(name) => name.to_string(),
            Err(_) if typed.trim().is_empty() => return,
            Err(invalid) => return error.set(Some(FormError::from_name_error(&typed, &invalid))),
        };
        let add = AddMembers { client_id: client_id::new(), conversation: id, users: vec![name] };
        chat.submit(add.into(), clock::now());
        text.set(String::new());
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
            <ChangeList id kind=ChangeKind::AddMembers/>
        </form>
    }
}

#[component]
fn LeaveForm(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let confirming = RwSignal::new(false);
    let leaving = memo(move || chat.state.with(|state| has_unsent(state, id, ChangeKind::Leave)));
    let leave = move || {
        confirming.set(false);
        chat.submit(Leave { client_id: client_id::new(), conversation: id }.into(), clock::now());
    };
    let ask = move || {
        view! {
            <button class="button plain danger" type="button" data-testid="leave" on:click=on_event(move || confirming.set(true))>
                <IconView icon=Icon::Leave/>
                {t(|l| td_string!(l, details.leave))}
            </button>
        }
    };
    let list = move || view! { <ChangeList id kind=ChangeKind::Leave/> };
    view! {
        <div class="details-form leave">
            <Show when=move || !leaving.get() fallback=list>
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
            </Show>
        </div>
    }
}
