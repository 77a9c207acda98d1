//! Adding members to a group, and leaving it. Each is a command of the outbox: it shows at once, waits while disconnected,
//! and can be retried or discarded when the server refuses it.

use confab_shared::{
    command::{AddMembers, Leave},
    id::ConversationId,
    text::UserName,
};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    change_list::ChangeList,
    changes::{ChangeKind, has_unsent},
};
use crate::{
    features::people::name_field::NameField,
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
pub(super) fn AddMembersForm(id: ConversationId) -> impl IntoView {
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
            <label class="visually-hidden" for="add-member">{t(|l| td_string!(l, details.add))}</label>
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
pub(super) fn LeaveForm(id: ConversationId) -> impl IntoView {
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
