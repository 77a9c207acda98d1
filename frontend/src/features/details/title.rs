//! The name of a conversation at the top of its details, and the dialog that renames a group.

use confab_shared::{command::Rename, conversation::ConversationKind, id::ConversationId, text::Title};
use leptos::prelude::*;

use super::{
    change_list::ChangeList,
    changes::{ChangeKind, discard_refused},
    text_dialog::{Line, TextDialog},
};
use crate::{
    features::conversations::{
        conversation_avatar::ConversationAvatar, display_name::display_name, summary::ConversationSummary,
    },
    i18n::{td_string, use_language},
    platform::{client_id, clock},
    state::Chat,
    ui::{
        avatar::Size,
        bidi::render_isolated,
        form_error::FormError,
        icon::Icon,
        icon_button::IconButton,
        reactive::memo,
        show::{Show, dynamic},
    },
};

#[component]
pub(super) fn ConversationTitle(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    let lang = use_language();
    let summary =
        memo(move || chat.state.with(|state| ConversationSummary::of(state, id, chat.now.get_untracked())));
    let name =
        memo(move || summary.with(|s| s.as_ref().map(|s| display_name(lang.get(), s))).unwrap_or_default());
    let group = move || summary.with(|s| s.as_ref().is_some_and(|s| s.kind == ConversationKind::Group));
    let renaming = RwSignal::new(false);
    view! {
        <div class="details-title">
            <ConversationAvatar id size=Size::Large/>
            <h3 dir="auto" data-testid="details-name">{dynamic(move || name.with(|name| render_isolated(name)))}</h3>
            <Show when=group>
                <IconButton
                    icon=Icon::Pen
                    label=|l| td_string!(l, details.rename_title)
                    testid="rename"
                    on_press=move |()| renaming.set(true)
                />
            </Show>
        </div>
        <Show when=group>
            <ChangeList id kind=ChangeKind::Rename/>
        </Show>
        <Show when=renaming>
            <RenameDialog id open=renaming/>
        </Show>
    }
}

#[component]
fn RenameDialog(id: ConversationId, open: RwSignal<bool>) -> impl IntoView {
    let chat: Chat = expect_context();
    let before = chat.state.with_untracked(|state| ConversationSummary::name(state, id)).unwrap_or_default();
    let line = Line {
        title: |l| td_string!(l, details.rename_title),
        label: |l| td_string!(l, details.rename),
        dialog_testid: "rename-dialog",
        input_testid: "rename-input",
        save_testid: "rename-save",
    };
    let save = move |title: &str| {
        let title = Title::new(title).map_err(|invalid| FormError::from_text_error(&invalid))?.to_string();
        discard_refused(chat, id, ChangeKind::Rename);
        let rename = Rename { client_id: client_id::new(), conversation: id, title };
        chat.submit(rename.into(), clock::now());
        Ok(())
    };
    let can_save = |new: &str, before: &str| !new.trim().is_empty() && new.trim() != before;
    view! { <TextDialog line before open can_save save=Box::new(save)/> }
}
