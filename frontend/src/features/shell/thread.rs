//! A thread beside its conversation; on a narrow screen above it.

use confab_shared::{
    id::{ConversationId, Seq},
    state::State,
};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::{
    features::{
        attachments::attach::DropSurface, composer::Composer, conversations::display_name::use_display_name,
        threads::follow::FollowButton, timeline::Timeline,
    },
    i18n::{t, td_string},
    platform::{
        browser::{document, focus_on_next_frame, is_wide_screen, listen, on_next_frame},
        input_method::is_composing,
    },
    route::use_route,
    state::{Chat, Scope},
    ui::{
        bidi::render_isolated,
        icon::Icon,
        icon_button::IconButton,
        on_demand::on_demand,
        reactive::{ElementRef, capture, effect, memo},
        show::{Show, dynamic},
    },
};

on_demand! {
    /// The thread of a root, beside its conversation.
    pub(super) fn thread_panel(id: ConversationId, root: Seq) in dialogs { <ThreadPanel id root/> }
}

#[component]
fn ThreadPanel(id: ConversationId, root: Seq) -> impl IntoView {
    let chat: Chat = expect_context();
    let route = use_route();
    let scope = Scope::of_thread(id, root);
    chat.open_thread(id, root);
    on_cleanup(move || chat.close_thread(scope));
    let panel = ElementRef::new();
    let close = move || route.close_thread(id);
    let name = use_display_name(id);
    let over = memo(move || chat.state.with(|state| is_over(state, scope)));
    // The state closes a thread that does not exist.
    let known = memo(move || chat.state.with(|state| state.conversation(id).is_some()));
    let missing = memo(move || known.get() && chat.state.with(|state| state.opened_thread() != Some(root)));
    return_focus(root);
    // Without a composer that takes it, the panel has the focus.
    effect(move || {
        let panel = panel.get::<HtmlElement>().filter(|_| !is_wide_screen() || over.get_untracked());
        panel.into_iter().for_each(focus_on_next_frame);
    });
    listen(&document(), "keydown", move |event: KeyboardEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let in_panel = target.is_some_and(|target| {
            let within = |selector| target.closest(selector).is_ok_and(|found| found.is_some());
            target.tag_name() == "BODY" || (within(".thread") && !within("dialog"))
        });
        if in_panel && !event.default_prevented() && event.key() == "Escape" && !is_composing(&event) {
            close();
        }
    });
    view! {
        <aside
            class="thread"
            tabindex="-1"
            use:capture=panel
            data-testid="thread-panel"
            aria-label=t(|l| td_string!(l, threads.panel))
        >
            <header class="thread-header">
                <IconButton
                    icon=Icon::Back
                    label=|l| td_string!(l, conversation.back)
                    class="icon-button back"
                    testid="thread-back"
                    on_press=move |()| close()
                />
                <div class="thread-title">
                    <h2>{t(|l| td_string!(l, threads.panel))}</h2>
                    <p dir="auto">{dynamic(move || name.with(|name| render_isolated(name)))}</p>
                </div>
                <Show when=move || !over.get() && !missing.get()>
                    <FollowButton id root/>
                </Show>
                <IconButton
                    icon=Icon::Close
                    label=|l| td_string!(l, conversation.close)
                    class="icon-button thread-close"
                    testid="thread-close"
                    on_press=move |()| close()
                />
            </header>
            <Show
                when=move || !missing.get()
                fallback=|| view! { <p class="thread-note">{t(|l| td_string!(l, threads.missing))}</p> }
            >
                <Timeline scope covered=Signal::stored(false)/>
                <Show
                    when=move || !over.get()
                    fallback=|| view! {
                        <p class="thread-note" role="status" data-testid="thread-over">{t(|l| td_string!(l, threads.over))}</p>
                    }
                >
                    <Composer scope/>
                    <DropSurface scope/>
                </Show>
            </Show>
        </aside>
    }
}

/// Whether the root is deleted: the thread takes no more replies.
fn is_over(state: &State, scope: Scope) -> bool {
    let root = scope.timeline(state).and_then(|timeline| timeline.root());
    root.is_some_and(|root| root.deleted.is_some())
}

/// When the panel closes, gives the focus back to what opened it, or else to the root's message in the conversation.
fn return_focus(root: Seq) {
    let opener = document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let opener = StoredValue::new_local(opener);
    on_cleanup(move || {
        let opener = opener.try_get_value().flatten();
        on_next_frame(move || {
            let focused = || document().active_element().filter(|element| element.tag_name() != "BODY");
            let message = || {
                let selector = format!(".conversation-pane > .timeline-frame [data-seq='{root}']");
                document().query_selector(&selector).ok().flatten()?.dyn_into::<HtmlElement>().ok()
            };
            for element in [opener, message()].into_iter().flatten() {
                if focused().is_some() {
                    return;
                }
                let _ = element.focus();
            }
        });
    });
}
