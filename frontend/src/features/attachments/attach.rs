//! How files come beside a field: by its button, by pasting, by dropping them onto the conversation.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, HtmlInputElement};

use super::uploads::use_uploads;
use crate::{
    i18n::{t, td_string},
    platform::{
        browser::{document, listen},
        files::{are_dragged, dropped, pasted, take_chosen},
    },
    state::Scope,
    ui::{
        icon::{Icon, IconView},
        reactive::{ElementRef, capture, effect, on_event},
        show::Show,
    },
};

/// The button that opens the system's dialog.
#[component]
pub(crate) fn AttachButton(scope: Scope, disabled: Memo<bool>) -> impl IntoView {
    let uploads = use_uploads();
    let input = ElementRef::new();
    let choose = move || {
        if let Some(input) = input.get_untracked::<HtmlInputElement>() {
            input.click();
        }
    };
    let take = move || {
        if let Some(input) = input.get_untracked::<HtmlInputElement>() {
            uploads.add(scope, take_chosen(&input));
        }
    };
    view! {
        <button
            class="format-toggle attach"
            type="button"
            data-testid="attach"
            title=t(|l| td_string!(l, attachments.attach))
            aria-label=t(|l| td_string!(l, attachments.attach))
            disabled=disabled
            on:click=on_event(choose)
        >
            <IconView icon=Icon::Attach/>
        </button>
        <input type="file" multiple hidden data-testid="attach-input" use:capture=input on:change=on_event(take)/>
    }
}

/// Whether an event is of what a selector finds, or of something in it.
pub(super) fn is_within(event: &ev::Event, selector: &str) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| element.closest(selector).is_ok_and(|found| found.is_some()))
}

/// Takes files that are pasted. Answers whether there were any.
pub(crate) fn paste(event: &ev::ClipboardEvent, add: impl FnOnce(Vec<web_sys::File>)) -> bool {
    let files = pasted(event);
    let has_files = !files.is_empty();
    if has_files {
        event.prevent_default();
        add(files);
    }
    has_files
}

/// Drops files nowhere but on a [`DropSurface`]: elsewhere the browser would leave the page for them.
pub(super) fn refuse_other_drops() {
    for event in ["dragover", "drop"] {
        listen(&document(), event, |event: DragEvent| {
            if are_dragged(&event) {
                event.prevent_default();
                if let Some(data) = event.data_transfer() {
                    data.set_drop_effect("none");
                }
            }
        });
    }
}

/// The surface that shows while files are dragged over what is around it.
#[component]
pub(crate) fn DropSurface(scope: Scope) -> impl IntoView {
    let uploads = use_uploads();
    let (place, shown) = (ElementRef::new(), RwSignal::new(false));
    effect(move || {
        let Some(around) = place.get::<Element>().and_then(|place| place.parent_element()) else { return };
        for event in ["dragenter", "dragover"] {
            listen(&around, event, move |event: DragEvent| {
                if are_dragged(&event) {
                    event.prevent_default();
                    event.stop_propagation();
                    shown.set(true);
                }
            });
        }
        let within = around.clone();
        listen(&around, "dragleave", move |event: DragEvent| {
            let to = event.related_target().and_then(|to| to.dyn_into::<Element>().ok());
            // A thread that stands in the conversation has a surface of its own.
            let stays = to.is_some_and(|to| {
                let in_thread = to.closest(".thread").is_ok_and(|found| found.is_some());
                within.contains(Some(&to)) && in_thread == scope.thread.is_some()
            });
            if !stays {
                shown.set(false);
            }
        });
        listen(&around, "drop", move |event: DragEvent| {
            shown.set(false);
            if are_dragged(&event) {
                event.prevent_default();
                event.stop_propagation();
                uploads.add(scope, dropped(&event));
            }
        });
    });
    view! {
        <div class="drop-surface" class:shown=shown use:capture=place data-testid="drop-surface" aria-hidden="true">
            <Show when=shown>
                <p><IconView icon=Icon::Attach/> {t(|l| td_string!(l, attachments.drop))}</p>
            </Show>
        </div>
    }
}
