//! A modal dialog: the rest of the page waits for it. Escape, its button, a click beside it and, on a narrow screen, the
//! browser's Back close it, and the keyboard goes back to where it was.

use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    prelude::*,
};
use web_sys::{HtmlDialogElement, HtmlElement};

use crate::{
    browser::{document, focus_soon},
    components::icon::{Draw, Icon},
    composing::is_composing,
    i18n::{Locale, say, td_string},
    reactive::{Slot, held, press, watch},
    route::use_route,
};

/// Made when it opens, and gone when `open` is false: whoever uses it shows it then.
#[component]
pub(crate) fn Dialog(
    title: fn(Locale) -> &'static str,
    open: RwSignal<bool>,
    #[prop(default = "dialog")] testid: &'static str,
    /// `alertdialog` where it asks something that cannot wait.
    #[prop(default = "dialog")]
    role: &'static str,
    children: Children,
) -> impl IntoView {
    let dialog = Slot::new();
    let close = move || {
        open.try_set(false);
    };
    watch(move || {
        if let Some(dialog) = dialog.get::<HtmlDialogElement>() {
            let _ = dialog.show_modal();
        }
    });
    give_keyboard_back();
    use_route().cover(open);
    // An input method's Escape gives up what it composes, and nothing else.
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && is_composing(&event) {
            event.prevent_default();
        }
    };
    // A click beside the dialog's own box is one on its backdrop.
    let beside = move |event: MouseEvent| {
        let dialog = dialog.now::<HtmlDialogElement>();
        if dialog.is_some_and(|dialog| event.target().as_ref() == Some(dialog.as_ref())) {
            close();
        }
    };
    view! {
        <dialog
            class="dialog"
            role=role
            data-testid=testid
            use:held=dialog
            aria-labelledby="dialog-title"
            aria-describedby="dialog-text"
            on:close=press(close)
            on:keydown=key
            on:mousedown=beside
        >
            <div class="dialog-box">
                <header class="dialog-head">
                    <h2 id="dialog-title">{say(title)}</h2>
                    <button
                        class="icon-button"
                        type="button"
                        aria-label=say(|l| td_string!(l, conversation.close))
                        on:click=press(close)
                    >
                        <Draw icon=Icon::Close/>
                    </button>
                </header>
                {children()}
            </div>
        </dialog>
    }
}

/// Gives the keyboard back to what has it now, when the reactive owner ends.
fn give_keyboard_back() {
    let before = document()
        .active_element()
        .and_then(|element| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(element).ok());
    let before = StoredValue::new_local(before);
    on_cleanup(move || {
        // Nothing outside the dialog takes it while the dialog is there.
        if let Some(before) = before.try_get_value().flatten() {
            focus_soon(before);
        }
    });
}
