//! What the owner decides about the server.

use confab_shared::api::Settings;
use leptos::prelude::*;
use web_sys::Event;

use crate::{
    i18n::{Locale, t, td_string},
    platform::api,
    session::use_session,
    ui::{
        setting::Setting,
        show::Show,
        submission::{FetchError, Submission},
    },
};

const MEGABYTE: u64 = 1_000_000;
const GIGABYTE: u64 = 1_000_000_000;

#[component]
pub(super) fn ServerSettings() -> impl IntoView {
    let session = use_session();
    let loaded = RwSignal::new(false);
    let (registration, second_factor) = (RwSignal::new(false), RwSignal::new(false));
    // None where the server was started without.
    let (has_previews, previews) = (RwSignal::new(false), RwSignal::new(false));
    let (attachment, storage) = (RwSignal::new(0_u64), RwSignal::new(0_u64));
    let request = Submission::new();
    let take_over = move |settings: Settings| {
        registration.try_set(settings.registration.unwrap_or_default());
        second_factor.try_set(settings.admins_need_second_factor.unwrap_or_default());
        has_previews.try_set(settings.link_previews.is_some());
        previews.try_set(settings.link_previews.unwrap_or_default());
        attachment.try_set(settings.attachment_bytes.unwrap_or_default());
        storage.try_set(settings.storage_bytes.unwrap_or_default());
        loaded.try_set(true);
    };
    // The boxes show what holds: a change that was refused does not.
    let take_back = move |refused: Settings| {
        attachment.notify();
        storage.notify();
        if let Some(on) = refused.registration {
            registration.try_set(!on);
        }
        if let Some(on) = refused.admins_need_second_factor {
            second_factor.try_set(!on);
        }
        if let Some(on) = refused.link_previews {
            previews.try_set(!on);
        }
    };
    // Without a change it fetches them.
    let send = move |change: Option<Settings>| {
        let token = session.token();
        request.run(async move {
            let answer = match &change {
                Some(change) => api::accounts::change_settings(&token, change).await,
                None => api::accounts::get_settings(&token).await,
            };
            match answer {
                Ok(settings) => {
                    take_over(settings);
                    Ok(())
                }
                Err(refused) => {
                    take_back(change.unwrap_or_default());
                    Err(refused)
                }
            }
        });
    };
    send(None);
    let blocked = request.disabled_or(|| false);
    view! {
        <Show when=move || loaded.get()>
            <Setting
                label=|l| td_string!(l, server_settings.registration)
                hint=|l| td_string!(l, server_settings.registration_hint)
                testid="setting-registration"
                value=registration
                blocked
                on_change=move |on: bool| send(Some(Settings { registration: Some(on), ..Settings::default() }))
            />
            <Setting
                label=|l| td_string!(l, server_settings.second_factor)
                hint=|l| td_string!(l, server_settings.second_factor_hint)
                testid="setting-second-factor"
                value=second_factor
                blocked
                on_change=move |on: bool| {
                    send(Some(Settings { admins_need_second_factor: Some(on), ..Settings::default() }));
                }
            />
            <Show when=move || has_previews.get()>
                <Setting
                    label=|l| td_string!(l, server_settings.link_previews)
                    hint=|l| td_string!(l, server_settings.link_previews_hint)
                    testid="setting-link-previews"
                    value=previews
                    blocked
                    on_change=move |on: bool| {
                        send(Some(Settings { link_previews: Some(on), ..Settings::default() }));
                    }
                />
            </Show>
            <Limit
                label=|l| td_string!(l, server_settings.attachment)
                hint=|l| td_string!(l, server_settings.attachment_hint)
                testid="setting-attachment"
                unit=MEGABYTE
                bytes=attachment
                blocked
                on_change=move |bytes| {
                    send(Some(Settings { attachment_bytes: Some(bytes), ..Settings::default() }));
                }
            />
            <Limit
                label=|l| td_string!(l, server_settings.storage)
                hint=|l| td_string!(l, server_settings.storage_hint)
                testid="setting-storage"
                unit=GIGABYTE
                bytes=storage
                blocked
                on_change=move |bytes| send(Some(Settings { storage_bytes: Some(bytes), ..Settings::default() }))
            />
        </Show>
        <FetchError request on_retry=move |()| send(None)/>
    }
}

/// A number of bytes in a unit.
#[component]
fn Limit(
    label: fn(Locale) -> &'static str,
    hint: fn(Locale) -> &'static str,
    testid: &'static str,
    unit: u64,
    bytes: RwSignal<u64>,
    blocked: Signal<bool>,
    #[prop(into)] on_change: Callback<u64>,
) -> impl IntoView {
    let shown = move || (bytes.get() as f64 / unit as f64).to_string();
    // With Enter, or when the field is left.
    let change = move |event: Event| {
        let typed = event_target_value(&event).trim().parse::<f64>();
        match typed.ok().filter(|number| number.is_finite() && *number >= 0.0) {
            Some(number) => on_change.run((number * unit as f64).round() as u64),
            // What holds is shown again.
            None => bytes.notify(),
        }
    };
    view! {
        <label class="check setting limit">
            <span class="entry-text">
                <b>{t(label)}</b>
                <span>{t(hint)}</span>
            </span>
            <input
                class="field"
                type="number"
                inputmode="decimal"
                min="0"
                step="any"
                data-testid=testid
                prop:value=shown
                disabled=blocked
                on:change=change
            />
        </label>
    }
}
