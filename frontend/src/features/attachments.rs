//! Attachments: pictures, videos, voice messages, files. What every conversation needs of them is here and in the chat's module:
//! their room in a message, how they come beside a field. All else is fetched on demand: what sends and shows them.

pub(crate) mod attach;
mod boxes;
mod engine;
mod files;
pub(crate) mod in_message;
mod layout;
pub(crate) mod links;
mod picture;
pub(crate) mod placeholder;
mod player;
pub(crate) mod record;
mod recorder;
pub(crate) mod recording;
pub(crate) mod room;
mod shown;
pub(crate) mod sizes;
mod status;
pub(crate) mod tray;
mod upload;
pub(crate) mod uploads;
mod viewer;
mod viewing;
mod waveform;
pub(crate) mod words;
mod zoom;

use leptos::prelude::*;

use self::{
    attach::refuse_other_drops,
    engine::engine,
    links::Links,
    uploads::{Uploads, use_uploads},
    viewer::viewer,
    viewing::Viewing,
};
use crate::{
    state::Chat,
    ui::{on_demand::when_fetched, show::Show},
};

/// Provides what the views of attachments share.
pub(crate) fn provide_attachments(chat: Chat) {
    Uploads::provide(chat);
    Links::provide();
    Viewing::provide();
    refuse_other_drops();
}

/// What sends files while there are any, and the viewer while it is open.
#[component]
pub(crate) fn AttachmentTasks() -> impl IntoView {
    let (uploads, viewing) = (use_uploads(), Viewing::get());
    view! {
        <Show when=move || uploads.is_busy()>
            {when_fetched(None, move || engine(uploads))}
        </Show>
        <Show when=viewing.open>
            {when_fetched(Some(viewing.open), move || viewer(viewing))}
        </Show>
    }
}
