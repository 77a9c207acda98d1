//! The recovery codes of a second factor, which are shown once.

use leptos::prelude::*;

use crate::{
    i18n::{t, td_string},
    platform::clipboard,
    ui::{
        icon::{Icon, IconView},
        reactive::{ElementRef, capture, focus_when_mounted, on_event},
    },
};

#[component]
pub(super) fn RecoveryCodeList(codes: Vec<String>, on_done: Callback<()>) -> impl IntoView {
    let done = ElementRef::new();
    focus_when_mounted(done);
    let all = codes.join("\n");
    let rows = codes.into_iter().map(|code| view! { <li>{code}</li> }).collect_view();
    view! {
        <p id="dialog-text" class="dialog-text" role="status">{t(|l| td_string!(l, second_factor.codes))}</p>
        <ul class="recovery-codes" data-testid="recovery-codes">{rows}</ul>
        <footer class="dialog-footer">
            <button class="button quiet" type="button" on:click=on_event(move || clipboard::copy(&all))>
                <IconView icon=Icon::Copy/>
                {t(|l| td_string!(l, second_factor.copy))}
            </button>
            <button
                class="button"
                type="button"
                data-testid="second-factor-done"
                use:capture=done
                on:click=on_event(move || on_done.run(()))
            >
                {t(|l| td_string!(l, password.done))}
            </button>
        </footer>
    }
}
