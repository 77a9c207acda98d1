//! The unsent changes of a group: pending ones, and refused ones with the reason and buttons to retry and discard them.

use confab_shared::id::ConversationId;
use leptos::prelude::*;

use super::changes::{Change, ChangeKind, unsent_changes};
use crate::{
    features::outbox::refusal::RefusalButtons,
    i18n::{Locale, t_fmt, td_string},
    state::Chat,
    ui::{
        bidi::{isolate, render_isolated},
        form_error::FormError,
        reactive::memo,
        show::dynamic,
    },
};

#[component]
pub(crate) fn ChangeList(id: ConversationId, kind: ChangeKind) -> impl IntoView {
    let chat: Chat = expect_context();
    let changes = memo(move || chat.state.with(|state| unsent_changes(state, id, kind)));
    dynamic(move || {
        changes.get().into_iter().map(|change| view! { <ChangeItem kind change/> }).collect_view().into_any()
    })
}

#[component]
fn ChangeItem(kind: ChangeKind, change: Change) -> impl IntoView {
    let client_id = change.client_id;
    let (state, class, role) = match change.error {
        Some(_) => ("failed", "group-change failed", "alert"),
        None => ("pending", "group-change", "status"),
    };
    let buttons = change.error.is_some().then(|| view! { <RefusalButtons client_id/> });
    let text = t_fmt(move |l| text(l, kind, &change));
    view! {
        <div class=class role=role data-testid="group-change" data-state=state>
            <span>{dynamic(move || text.with(|text| render_isolated(text)))}</span>
            {buttons}
        </div>
    }
}

fn text(locale: Locale, kind: ChangeKind, change: &Change) -> String {
    let argument = isolate(&change.argument);
    let Some(error) = &change.error else {
        return match kind {
            ChangeKind::Rename => td_string!(locale, details.renaming, title = argument).to_string(),
            ChangeKind::AddMembers => td_string!(locale, details.adding, names = argument).to_string(),
            ChangeKind::Leave => td_string!(locale, details.leaving).to_owned(),
            ChangeKind::SetTopic => td_string!(locale, topic.setting, topic = argument).to_string(),
        };
    };
    let name = (kind == ChangeKind::AddMembers).then(|| change.argument.clone());
    let reason = FormError { error: error.clone(), name }.text(locale);
    match kind {
        ChangeKind::Rename => {
            td_string!(locale, details.not_renamed, title = argument, reason = reason).to_string()
        }
        ChangeKind::AddMembers => {
            td_string!(locale, details.not_added, names = argument, reason = reason).to_string()
        }
        ChangeKind::Leave => td_string!(locale, details.not_left, reason = reason).to_string(),
        ChangeKind::SetTopic => {
            td_string!(locale, topic.not_set, topic = argument, reason = reason).to_string()
        }
    }
}
