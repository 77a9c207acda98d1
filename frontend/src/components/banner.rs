//! A quiet word while the server is out of touch.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    components::when::When,
    i18n::{td_string, tell},
    state::{Chat, Connection},
};

/// Shorter losses are not worth a word.
const GRACE: Duration = Duration::from_millis(1_000);

#[component]
pub(crate) fn Banner() -> impl IntoView {
    let chat: Chat = expect_context();
    let shown = RwSignal::new(false);
    Effect::new(move |waiting: Option<Option<TimeoutHandle>>| {
        if let Some(handle) = waiting.flatten() {
            handle.clear();
        }
        if chat.connection.get() == Connection::Online {
            shown.set(false);
            return None;
        }
        set_timeout_with_handle(
            move || {
                shown.try_set(true);
            },
            GRACE,
        )
        .ok()
    });
    view! {
        <When holds=move || shown.get()>
            <div class="banner" role="status" data-testid="connection-banner">
                {tell(move |l| {
                    let words = match chat.connection.get() {
                        Connection::Connecting => td_string!(l, connection.first),
                        _ => td_string!(l, connection.lost),
                    };
                    words.to_owned()
                })}
            </div>
        </When>
    }
}
