//! The devices on which the user is signed in.

use leptos::prelude::*;

use super::session_list::SessionList;
use crate::{
    i18n::{t, td_string},
    ui::{dialog::Dialog, on_demand::on_demand},
};

on_demand! {
    /// The dialog of the devices.
    pub(super) fn devices_dialog(open: RwSignal<bool>) in dialogs { <DevicesDialog open/> }
}

#[component]
fn DevicesDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog title=|l| td_string!(l, devices.title) open testid="devices-dialog">
            <div class="dialog-scroll">
                <p id="dialog-text" class="dialog-text">{t(|l| td_string!(l, devices.text))}</p>
                <SessionList of=None/>
            </div>
        </Dialog>
    }
}
