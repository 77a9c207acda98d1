//! Voice messages: the button that begins one. What records it is fetched on demand ([`super::recorder`]).

use leptos::prelude::*;

use super::{recorder::recorder, recording::Recording};
use crate::{
    i18n::{t, td_string},
    platform::files::can_record,
    ui::{
        icon::{Icon, IconView},
        on_demand::when_fetched,
        reactive::on_event,
        show::Show,
    },
};

/// What records, in place of the field, while it is on.
#[component]
pub(crate) fn RecorderPlace(recording: Recording) -> impl IntoView {
    view! {
        <Show when=recording.is_on>
            {when_fetched(Some(recording.is_on), move || recorder(recording))}
        </Show>
    }
}

/// The button that begins to record, where the browser can.
#[component]
pub(crate) fn RecordButton(recording: Recording) -> impl IntoView {
    can_record().then(|| {
        view! {
            <button
                class="format-toggle record"
                type="button"
                data-testid="record"
                title=t(|l| td_string!(l, attachments.record))
                aria-label=t(|l| td_string!(l, attachments.record))
                on:click=on_event(move || recording.is_on.set(true))
            >
                <IconView icon=Icon::Microphone/>
            </button>
        }
    })
}
