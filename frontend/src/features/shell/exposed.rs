//! The notice that anyone who reaches the server can come in.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    i18n::{t, td_string},
    platform::{api, storage::WebStorage},
    ui::{icon::Icon, icon_button::IconButton, show::Show},
};

/// Where the browser remembers that the notice was dismissed.
const STORAGE_KEY: &str = "confab.exposed-dismissed";

#[component]
pub(super) fn ExposedNotice() -> impl IntoView {
    let visible = RwSignal::new(false);
    if WebStorage::Browser.get(STORAGE_KEY).is_none() {
        spawn_local(async move {
            let exposed = api::get_server().await.is_ok_and(|server| server.exposed);
            visible.try_set(exposed);
        });
    }
    let dismiss = move || {
        WebStorage::Browser.set(STORAGE_KEY, "yes");
        visible.set(false);
    };
    view! {
        <Show when=visible>
            <div class="banner still" role="status" data-testid="exposed">
                <p>{t(|l| td_string!(l, exposed.text))}</p>
                <IconButton
                    icon=Icon::Close
                    label=|l| td_string!(l, exposed.dismiss)
                    testid="dismiss-exposed"
                    on_press=move |()| dismiss()
                />
            </div>
        </Show>
    }
}
