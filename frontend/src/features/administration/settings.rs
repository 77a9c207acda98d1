//! What the owner decides about the server.

use confab_shared::api::Settings;
use leptos::prelude::*;

use crate::{
    i18n::td_string,
    platform::api,
    session::use_session,
    ui::{
        setting::Setting,
        show::Show,
        submission::{FetchError, Submission},
    },
};

#[component]
pub(super) fn ServerSettings() -> impl IntoView {
    let session = use_session();
    let loaded = RwSignal::new(false);
    let (registration, second_factor) = (RwSignal::new(false), RwSignal::new(false));
    let request = Submission::new();
    let take_over = move |settings: Settings| {
        registration.try_set(settings.registration.unwrap_or_default());
        second_factor.try_set(settings.admins_need_second_factor.unwrap_or_default());
        loaded.try_set(true);
    };
    // The boxes show what holds: a change that was refused does not.
    let take_back = move |refused: Settings| {
        if let Some(on) = refused.registration {
            registration.try_set(!on);
        }
        if let Some(on) = refused.admins_need_second_factor {
            second_factor.try_set(!on);
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
        </Show>
        <FetchError request on_retry=move |()| send(None)/>
    }
}
