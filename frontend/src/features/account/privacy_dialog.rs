//! What others may do with the user: whether strangers add them to groups.

use confab_shared::api::MeChange;
use leptos::prelude::*;

use super::profile::use_profile;
use crate::{
    i18n::td_string,
    platform::api,
    session::use_session,
    ui::{
        dialog::Dialog,
        form_error::FormErrorText,
        on_demand::on_demand,
        reactive::{effect, memo},
        setting::Setting,
        show::Show,
        submission::Submission,
    },
};

on_demand! {
    /// The dialog of the privacy settings.
    pub(super) fn privacy_dialog(open: RwSignal<bool>) in dialogs { <PrivacyDialog open/> }
}

#[component]
fn PrivacyDialog(open: RwSignal<bool>) -> impl IntoView {
    let (session, profile) = (use_session(), use_profile());
    let asks = RwSignal::new(false);
    let request = Submission::new();
    let stored = memo(move || profile.get().map(|me| me.asks_before_groups));
    effect(move || {
        // While a change is on its way, the box shows what the user chose.
        if let (Some(stored), false) = (stored.get(), untrack(|| request.is_blocked())) {
            asks.set(stored);
        }
    });
    let change = move |on: bool| {
        let token = session.token();
        let change = MeChange { asks_before_groups: Some(on), ..MeChange::default() };
        request.run(async move {
            match api::change_me(&token, &change).await {
                Ok(me) => {
                    asks.try_set(me.asks_before_groups);
                    profile.set(me);
                    Ok(())
                }
                Err(refused) => {
                    // The box shows what holds.
                    asks.try_set(!on);
                    Err(refused)
                }
            }
        });
    };
    view! {
        <Dialog title=|l| td_string!(l, requests.privacy) open testid="privacy-dialog">
            <Show when=move || stored.with(Option::is_some)>
                <Setting
                    label=|l| td_string!(l, requests.asks_before)
                    hint=|l| td_string!(l, requests.asks_before_hint)
                    testid="asks-before-groups"
                    value=asks
                    blocked=request.disabled_or(|| false)
                    on_change=change
                />
            </Show>
            <FormErrorText error=request.error testid="privacy-error"/>
        </Dialog>
    }
}
