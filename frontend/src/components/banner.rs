//! A quiet word while the server is out of touch.

use std::time::Duration;

use confab_shared::protocol::ErrorCode;
use leptos::prelude::*;

use crate::{
    browser::window,
    components::when::When,
    i18n::{Locale, plurals::t_plural, td_string, tell},
    reactive::{Later, memo, watch},
    socket::Obstacle,
    state::{Chat, Connection},
};

/// Shorter losses are not worth a word.
const GRACE: Duration = Duration::from_millis(1_000);

#[component]
pub(crate) fn Banner() -> impl IntoView {
    let chat: Chat = expect_context();
    let obstacle: Obstacle = expect_context();
    let shown = RwSignal::new(false);
    let connection = memo(move || chat.connection());
    let later = Later::new();
    watch(move || match connection.get() {
        Connection::Online => {
            later.stop();
            shown.set(false);
        }
        // The browser is sure.
        Connection::Unplugged => {
            later.stop();
            shown.set(true);
        }
        Connection::Connecting | Connection::Offline => later.start(GRACE, move || {
            shown.try_set(true);
        }),
    });
    view! {
        <When holds=move || shown.get()>
            <div class="banner" role="status" data-testid="connection-banner">
                <p>
                    {tell(move |l| standing(l, connection.get(), obstacle.get()))}
                    <span>{tell(move |l| waiting(l, chat))}</span>
                </p>
            </div>
        </When>
    }
}

fn standing(locale: Locale, connection: Connection, obstacle: Option<ErrorCode>) -> String {
    match (obstacle, connection) {
        (_, Connection::Unplugged) => td_string!(locale, connection.unplugged).to_owned(),
        (Some(ErrorCode::UpgradeRequired), _) => td_string!(locale, connection.no_sockets).to_owned(),
        (Some(ErrorCode::ForeignOrigin), _) => {
            let site = window().location().origin().unwrap_or_default();
            td_string!(locale, connection.foreign_site, site = site).to_string()
        }
        (_, Connection::Connecting) => td_string!(locale, connection.first).to_owned(),
        (_, Connection::Online | Connection::Offline) => td_string!(locale, connection.lost).to_owned(),
    }
}

/// What becomes of what is unsent.
fn waiting(locale: Locale, chat: Chat) -> String {
    if chat.has_unkept() {
        return td_string!(locale, connection.unkept).to_owned();
    }
    match chat.waiting_count() {
        0 => String::new(),
        count => t_plural!(locale, count as u64, connection.waiting, count = count),
    }
}
