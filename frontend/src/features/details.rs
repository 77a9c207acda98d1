//! The details panel: the members of a conversation and the settings of a group.

pub(crate) mod change_list;
pub(crate) mod changes;
mod group_settings;
mod member_pages;
mod members;
pub(crate) mod text_dialog;
mod title;

use confab_shared::{conversation::ConversationKind, id::ConversationId};
use leptos::prelude::*;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use self::{
    group_settings::{AddMembersForm, LeaveForm},
    members::MemberList,
    title::ConversationTitle,
};
use crate::{
    features::pins::PinnedMessages,
    i18n::{t, td_string},
    platform::{
        browser::{document, focus_on_next_frame, listen},
        input_method::is_composing,
    },
    route::use_route,
    state::Chat,
    ui::{
        icon::Icon,
        icon_button::IconButton,
        on_demand::on_demand,
        reactive::{ElementRef, capture, effect, memo},
        show::Show,
    },
};

on_demand! {
    /// The panel of a conversation's details.
    pub(crate) fn details_panel(id: ConversationId, open: RwSignal<bool>) in dialogs { <Details id open/> }
}

#[component]
fn Details(id: ConversationId, open: RwSignal<bool>) -> impl IntoView {
    let chat: Chat = expect_context();
    let is = move |kind| {
        memo(move || chat.state.with(|state| state.conversation(id).is_some_and(|c| c.kind == kind)))
    };
    let (broadcast, group) = (is(ConversationKind::Broadcast), is(ConversationKind::Group));
    use_route().push_overlay(open);
    let panel = ElementRef::new();
    // Escape works in the panel, and where the focused element was removed and the body has the focus. A dialog above the
    // panel, and a field that has used the key, come first.
    listen(&document(), "keydown", move |event: KeyboardEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let in_panel = target.is_some_and(|target| {
            let within = |selector| target.closest(selector).is_ok_and(|found| found.is_some());
            target.tag_name() == "BODY" || (within(".details") && !within("dialog"))
        });
        if in_panel && !event.default_prevented() && event.key() == "Escape" && !is_composing(&event) {
            open.set(false);
        }
    });
    // Keyboard users continue in the panel, and leave it with Escape.
    effect(move || {
        if let Some(panel) = panel.get::<HtmlElement>() {
            focus_on_next_frame(panel);
        }
    });
    view! {
        <aside
            class="details"
            tabindex="-1"
            use:capture=panel
            data-testid="details-panel"
            aria-label=t(|l| td_string!(l, details.title))
        >
            <header class="details-header">
                <h2>{t(|l| td_string!(l, details.title))}</h2>
                <IconButton
                    icon=Icon::Close
                    label=|l| td_string!(l, conversation.close)
                    on_press=move |()| open.set(false)
                />
            </header>
            <div class="details-body">
                <ConversationTitle id/>
                <Show when=broadcast>
                    <p class="details-note">{t(|l| td_string!(l, details.everyone))}</p>
                </Show>
                <PinnedMessages id panel_open=open/>
                <MemberList id>
                    <Show when=group>
                        <AddMembersForm id/>
                    </Show>
                </MemberList>
                <Show when=group>
                    <LeaveForm id/>
                </Show>
            </div>
        </aside>
    }
}
