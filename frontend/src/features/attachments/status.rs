//! How far the files of a message have come that waits for them, with buttons to stop, to go on and to give it up.

use confab_shared::id::ClientId;
use leptos::prelude::*;

use super::{
    engine::{pause, resume},
    tray::state_text,
    upload::{Stage, Upload},
    uploads::use_uploads,
};
use crate::{
    i18n::{t, t_fmt, td_string},
    state::Chat,
    ui::{
        reactive::{memo, on_event},
        show::Show,
    },
};

#[component]
pub(super) fn UploadStatus(message: ClientId) -> impl IntoView {
    let (chat, uploads) = (expect_context::<Chat>(), use_uploads());
    let lacking = memo(move || {
        let lacks = |upload: &&Upload| upload.message == Some(message) && upload.done.is_none();
        uploads.list.with(|list| list.iter().filter(lacks).cloned().collect::<Vec<_>>())
    });
    let percent = memo(move || {
        let files: Vec<_> = uploads
            .list
            .with(|list| list.iter().filter(|upload| upload.message == Some(message)).cloned().collect());
        let (sent, all) = files.iter().fold((0, 0), |(sent, all), upload: &Upload| {
            let done = if upload.done.is_some() { upload.bytes } else { upload.sent.min(upload.bytes) };
            (sent + done, all + upload.bytes)
        });
        (sent * 100).checked_div(all).unwrap_or(100)
    });
    // What the user has to know first: a failure, then a pause.
    let state = t_fmt(move |l| {
        lacking.with(|lacking| {
            let failed = lacking.iter().find(|upload| upload.has_failed());
            let worst = failed.or_else(|| lacking.iter().find(|upload| upload.paused));
            let worst = worst.or_else(|| lacking.iter().find(|upload| upload.stage == Stage::Stalled));
            match worst {
                Some(upload) => state_text(l, upload),
                None => td_string!(l, attachments.uploading, percent = percent.get()).to_string(),
            }
        })
    });
    let failed = memo(move || lacking.with(|lacking| lacking.iter().any(Upload::has_failed)));
    let waits = memo(move || lacking.with(|lacking| lacking.iter().any(|of| of.paused || of.has_failed())));
    // Without one of its files the message cannot be sent.
    let lost = memo(move || lacking.with(|lacking| lacking.iter().any(Upload::is_lost)));
    let toggle = move || {
        let waits = waits.get_untracked();
        for upload in lacking.get_untracked() {
            match waits {
                true => resume(uploads, upload.key),
                false => pause(uploads, upload.key),
            }
        }
    };
    let toggle_label = t_fmt(move |l| {
        let label = match (failed.get(), waits.get()) {
            (true, _) => td_string!(l, timeline.retry),
            (_, true) => td_string!(l, attachments.go_on),
            _ => td_string!(l, attachments.stop),
        };
        label.to_owned()
    });
    view! {
        <Show when=move || lacking.with(|lacking| !lacking.is_empty())>
            <div class="upload-status" class:refused=failed data-testid="upload-status" data-percent=move || percent.get().to_string()>
                <span class="upload-bar" aria-hidden="true">
                    <i style:width=move || format!("{}%", percent.get())></i>
                </span>
                <span class="upload-state">{state}</span>
                <Show when=move || !lost.get()>
                    <button type="button" data-testid="upload-toggle" on:click=on_event(toggle)>{toggle_label}</button>
                </Show>
                <button type="button" data-testid="upload-cancel" on:click=on_event(move || chat.discard(message))>
                    {t(|l| td_string!(l, attachments.give_up))}
                </button>
            </div>
        </Show>
    }
}
