//! A quiet word while the server is out of touch.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    components::when::When,
    i18n::{td_string, tell},
    reactive::{Later, memo, watch},
    state::{Chat, Connection},
};

/// Shorter losses are not worth a word.
const GRACE: Duration = Duration::from_millis(1_000);

#[component]
pub(crate) fn Banner() -> impl IntoView {
    let chat: Chat = expect_context();
    let shown = RwSignal::new(false);
    let online = memo(move || chat.connection() == Connection::Online);
    let later = Later::new();
    watch(move || {
        if online.get() {
            later.stop();
            shown.set(false);
        } else {
            later.start(GRACE, move || {
                shown.try_set(true);
            });
        }
    });
    view! {
        <When holds=move || shown.get()>
            <div class="banner" role="status" data-testid="connection-banner">
                {tell(move |l| {
                    let words = match chat.connection() {
                        Connection::Connecting => td_string!(l, connection.first),
                        _ => td_string!(l, connection.lost),
                    };
                    words.to_owned()
                })}
            </div>
        </When>
    }
}
