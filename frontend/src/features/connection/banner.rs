//! The banner that shows while the server is out of reach, while it takes no more commands for a moment, and while it is slow.

use std::time::Duration;

use confab_shared::error::ErrorCode;
use leptos::prelude::*;

use crate::{
    features::connection::UpgradeProbe,
    i18n::{Locale, errors::foreign_origin_text, plurals::t_plural, t_fmt, td_string},
    state::{Chat, Connection},
    ui::{
        reactive::{Debounce, effect, memo},
        show::Show,
    },
};

/// Shorter losses show no banner.
const DELAY: Duration = Duration::from_millis(1_000);

/// How long the banner stays after the last command that had to wait: the server takes one every 50 ms, and the banner would
/// flicker.
const LINGER: Duration = Duration::from_millis(1_500);

#[component]
pub(crate) fn Banner() -> impl IntoView {
    let chat: Chat = expect_context();
    let upgrade_probe: UpgradeProbe = expect_context();
    let visible = RwSignal::new(false);
    let connection = memo(move || chat.connection());
    let slowed_down = slowed_down_of_late(chat);
    let slow = memo(move || chat.is_slow());
    let debounce = Debounce::new();
    effect(move || match connection.get() {
        Connection::Online => {
            debounce.cancel();
            visible.set(slowed_down.get() || slow.get());
        }
        Connection::NoNetwork => {
            debounce.cancel();
            visible.set(true);
        }
        Connection::Connecting | Connection::Offline => debounce.schedule(DELAY, move || {
            visible.try_set(true);
        }),
    });
    view! {
        <Show when=move || visible.get()>
            <div class="banner" role="status" data-testid="connection-banner">
                <p>
                    {t_fmt(move |l| status_text(l, connection.get(), upgrade_probe.refusal(), slowed_down.get()))}
                    <span>{t_fmt(move |l| unsent_text(l, chat))}</span>
                </p>
            </div>
        </Show>
    }
}

/// Whether commands wait for the server to take more, or did within [`LINGER`].
fn slowed_down_of_late(chat: Chat) -> RwSignal<bool> {
    let of_late = RwSignal::new(false);
    let debounce = Debounce::new();
    let slowed_down = memo(move || chat.is_slowed_down());
    effect(move || {
        if slowed_down.get() {
            debounce.cancel();
            of_late.set(true);
        } else {
            debounce.schedule(LINGER, move || {
                of_late.try_set(false);
            });
        }
    });
    of_late
}

fn status_text(
    locale: Locale,
    connection: Connection,
    refusal: Option<ErrorCode>,
    slowed_down: bool,
) -> String {
    match (refusal, connection) {
        (_, Connection::NoNetwork) => td_string!(locale, connection.unplugged).to_owned(),
        (Some(ErrorCode::UpgradeRequired), _) => td_string!(locale, connection.no_sockets).to_owned(),
        (Some(ErrorCode::ForeignOrigin), _) => foreign_origin_text(locale),
        (_, Connection::Connecting) => td_string!(locale, connection.first).to_owned(),
        (None, Connection::Online) if slowed_down => td_string!(locale, connection.slowed_down).to_owned(),
        (None, Connection::Online) => td_string!(locale, connection.slow).to_owned(),
        (_, Connection::Online | Connection::Offline) => td_string!(locale, connection.lost).to_owned(),
    }
}

/// What happens to unsent commands.
fn unsent_text(locale: Locale, chat: Chat) -> String {
    if chat.has_unsaved() {
        return td_string!(locale, connection.unkept).to_owned();
    }
    match chat.pending_count() {
        0 => String::new(),
        count => t_plural!(locale, count as u64, connection.waiting, count = count),
    }
}
