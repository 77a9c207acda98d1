//! A modal dialog. Escape, its button, a click on the backdrop and, on a narrow screen, the browser's Back close it;
//! the focus then returns to where it was.

use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    prelude::*,
};
use web_sys::{HtmlDialogElement, HtmlElement};

use crate::{
    i18n::{Locale, t, td_string},
    platform::{
        browser::{document, focus_on_next_frame},
        input_method::is_composing,
    },
    route::use_route,
    ui::{
        icon::Icon,
        icon_button::IconButton,
        reactive::{ElementRef, capture, effect, on_event},
    },
};

/// A dialog that is open for as long as it is mounted: the parent mounts it while `open` is true.
#[component]
pub(crate) fn Dialog(
    title: fn(Locale) -> &'static str,
    open: RwSignal<bool>,
    #[prop(default = "dialog")] testid: &'static str,
    /// The ARIA role: `dialog` or `alertdialog`.
    #[prop(default = "dialog")]
    role: &'static str,
    children: Children,
) -> impl IntoView {
    let dialog = ElementRef::new();
    let close = move || {
        open.try_set(false);
    };
    effect(move || {
        if let Some(dialog) = dialog.get::<HtmlDialogElement>() {
            let _ = dialog.show_modal();
        }
    });
    restore_focus();
    use_route().push_overlay(open);
    // The Escape of an input method cancels its composition only.
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && is_composing(&event) {
            event.prevent_default();
        }
    };
    // The dialog's box is a child: a click whose target is the dialog itself is on its backdrop.
    let backdrop_click = move |event: MouseEvent| {
        let dialog = dialog.get_untracked::<HtmlDialogElement>();
        if dialog.is_some_and(|dialog| event.target().as_ref() == Some(dialog.as_ref())) {
            close();
        }
    };
    view! {
        <dialog
            class="dialog"
            role=role
            data-testid=testid
            use:capture=dialog
            aria-labelledby="dialog-title"
            aria-describedby="dialog-text"
            on:close=on_event(close)
            on:keydown=key
            on:mousedown=backdrop_click
        >
            <div class="dialog-box">
                <header class="dialog-header">
                    <h2 id="dialog-title">{t(title)}</h2>
                    <IconButton
                        icon=Icon::Close
                        label=|l| td_string!(l, conversation.close)
                        on_press=move |()| close()
                    />
                </header>
                {children()}
            </div>
        </dialog>
    }
}

/// Focuses the element that has the focus now again, when the reactive owner ends.
pub(crate) fn restore_focus() {
    let before = document()
        .active_element()
        .and_then(|element| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(element).ok());
    let before = StoredValue::new_local(before);
    on_cleanup(move || {
        // While the dialog is in the document, nothing outside it can be focused.
        if let Some(before) = before.try_get_value().flatten() {
            focus_on_next_frame(before);
        }
    });
}
