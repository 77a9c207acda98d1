//! The name of a conversation at the top of its details, and the dialog that renames a group.

use confab_shared::{command::Rename, conversation::ConversationKind, id::ConversationId, text::Title};
use leptos::{ev::SubmitEvent, prelude::*};
use web_sys::HtmlInputElement;

use super::{
    change_list::ChangeList,
    changes::{ChangeKind, discard_refused},
};
use crate::{
    features::conversations::{
        conversation_avatar::ConversationAvatar, display_name::display_name, summary::ConversationSummary,
    },
    i18n::{t, td_string, use_language},
    platform::{browser::on_next_frame, client_id, clock},
    state::Chat,
    ui::{
        avatar::Size,
        bidi::render_isolated,
        dialog::Dialog,
        form_error::{FormError, FormErrorText},
        icon::{Icon, IconView},
        reactive::{ElementRef, capture, effect, memo, on_event},
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
                <button
                    class="icon-button"
                    type="button"
                    data-testid="rename"
                    title=t(|l| td_string!(l, details.rename_title))
                    aria-label=t(|l| td_string!(l, details.rename_title))
                    on:click=on_event(move || renaming.set(true))
                >
                    <IconView icon=Icon::Pen/>
                </button>
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
    let error = RwSignal::new(None);
    let before = chat.state.with_untracked(|state| ConversationSummary::name(state, id)).unwrap_or_default();
    let title = RwSignal::new(before.clone());
    let input = ElementRef::new();
    effect(move || {
        if let Some(input) = input.get::<HtmlInputElement>() {
            on_next_frame(move || {
                let _ = input.focus();
                input.select();
            });
        }
    });
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let title = match Title::new(&title.get_untracked()) {
            Ok(title) => title.to_string(),
            Err(invalid) => return error.set(Some(FormError::from_text_error(&invalid))),
        };
        discard_refused(chat, id, ChangeKind::Rename);
        let rename = Rename { client_id: client_id::new(), conversation: id, title };
        chat.submit(rename.into(), clock::now());
        open.set(false);
    };
    let unchanged =
        Signal::derive(move || title.with(|title| title.trim().is_empty() || title.trim() == before));
    view! {
        <Dialog title=|l| td_string!(l, details.rename_title) open testid="rename-dialog">
            <form class="dialog-form" on:submit=save novalidate>
                <label class="label" for="rename">{t(|l| td_string!(l, details.rename))}</label>
                <input
                    id="rename"
                    class="field"
                    data-testid="rename-input"
                    type="text"
                    autocomplete="off"
                    dir="auto"
                    use:capture=input
                    bind:value=title
                    on:input=on_event(move || error.set(None))
                />
                <FormErrorText error/>
                <footer class="dialog-footer">
                    <button class="button quiet" type="button" on:click=on_event(move || open.set(false))>
                        {t(|l| td_string!(l, new.cancel))}
                    </button>
                    <button class="button" type="submit" data-testid="rename-save" disabled=unchanged>
                        {t(|l| td_string!(l, details.save))}
                    </button>
                </footer>
            </form>
        </Dialog>
    }
}
