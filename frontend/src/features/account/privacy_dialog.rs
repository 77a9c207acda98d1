//! What others may do with the user and see of them: whether strangers add them to groups, and how far they have read.

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
    let (asks, shares) = (RwSignal::new(false), RwSignal::new(false));
    let request = Submission::new();
    let stored = memo(move || profile.get().map(|me| (me.asks_before_groups, me.shares_read_positions)));
    effect(move || {
        // While a change is on its way, the boxes show what the user chose.
        if let (Some(stored), false) = (stored.get(), untrack(|| request.is_blocked())) {
            asks.set(stored.0);
            shares.set(stored.1);
        }
    });
    let change = move |change: MeChange| {
        let token = session.token();
        let before = untrack(|| stored.get());
        request.run(async move {
            match api::change_me(&token, &change).await {
                Ok(me) => {
                    asks.try_set(me.asks_before_groups);
                    shares.try_set(me.shares_read_positions);
                    profile.set(me);
                    Ok(())
                }
                Err(refused) => {
                    // The boxes show what holds.
                    if let Some(before) = before {
                        asks.try_set(before.0);
                        shares.try_set(before.1);
                    }
                    Err(refused)
                }
            }
        });
    };
    let set_asks = move |on: bool| change(MeChange { asks_before_groups: Some(on), ..MeChange::default() });
    let set_shares =
        move |on: bool| change(MeChange { shares_read_positions: Some(on), ..MeChange::default() });
    view! {
        <Dialog title=|l| td_string!(l, requests.privacy) open testid="privacy-dialog">
            <Show when=move || stored.with(Option::is_some)>
                <Setting
                    label=|l| td_string!(l, requests.asks_before)
                    hint=|l| td_string!(l, requests.asks_before_hint)
                    testid="asks-before-groups"
                    value=asks
                    blocked=request.disabled_or(|| false)
                    on_change=set_asks
                />
                <Setting
                    label=|l| td_string!(l, readers.shares)
                    hint=|l| td_string!(l, readers.shares_hint)
                    testid="shares-read-positions"
                    value=shares
                    blocked=request.disabled_or(|| false)
                    on_change=set_shares
                />
            </Show>
            <FormErrorText error=request.error testid="privacy-error"/>
        </Dialog>
    }
}
