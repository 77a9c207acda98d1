//! The files beside a field: what each is, how far it has come, and buttons to stop it, to go on and to remove it.

use confab_shared::attachment::{Attachment, AttachmentKind, MAX_ATTACHMENTS};
use leptos::prelude::*;

use super::{
    engine::{cancel, pause, resume},
    sizes::{ending, file_size},
    upload::{FileKey, Stage, Upload},
    uploads::{NotTaken, Uploads, use_uploads},
};
use crate::{
    i18n::{Locale, errors::error_text, t, t_fmt, td_string, use_language},
    state::Scope,
    ui::{
        bidi::isolate,
        icon::{Icon, IconView},
        keyed_children::keyed_children,
        on_demand::on_demand,
        reactive::{ElementRef, capture, memo, on_event},
        show::{Show, dynamic},
    },
};

on_demand! {
    /// The files beside the field of a conversation or thread.
    pub(crate) fn tray(scope: Scope, on_removed: Callback<()>) in dialogs { <Tray scope on_removed/> }
}

#[component]
fn Tray(scope: Scope, on_removed: Callback<()>) -> impl IntoView {
    let (uploads, lang) = (use_uploads(), use_language());
    let list = ElementRef::new();
    let view = move |key| view! { <TrayFile uploads key on_removed/> }.into_any();
    keyed_children(list, move || uploads.beside_field(scope), |key| *key, view);
    let not_taken = move || uploads.not_taken(scope).map(|why| not_taken_text(lang.get(), &why));
    view! {
        <ul class="tray" aria-label=t(|l| td_string!(l, attachments.tray)) data-testid="tray" use:capture=list></ul>
        <Show when=move || uploads.not_taken(scope).is_some()>
            <p class="tray-error" role="alert" data-testid="tray-error">
                <span>{not_taken}</span>
                <button
                    type="button"
                    aria-label=t(|l| td_string!(l, unread.dismiss))
                    title=t(|l| td_string!(l, unread.dismiss))
                    on:click=on_event(move || uploads.forget_not_taken())
                >
                    <IconView icon=Icon::Close/>
                </button>
            </p>
        </Show>
    }
}

fn not_taken_text(locale: Locale, why: &NotTaken) -> String {
    match why {
        NotTaken::TooLarge(name, limit) => {
            let limit = file_size(locale, *limit);
            td_string!(locale, attachments.too_large, name = isolate(name), limit = limit).to_string()
        }
        NotTaken::TooMany => td_string!(locale, attachments.too_many, count = MAX_ATTACHMENTS).to_string(),
        NotTaken::Never => td_string!(locale, attachments.never).to_owned(),
    }
}

#[component]
fn TrayFile(uploads: Uploads, key: FileKey, on_removed: Callback<()>) -> impl IntoView {
    let lang = use_language();
    let upload = memo(move || uploads.get(key));
    let attachment = memo(move || upload.with(|upload| upload.as_ref().map(Upload::attachment)));
    let name = memo(move || attachment.with(|of| of.as_ref().map(|of| of.name.clone())).unwrap_or_default());
    let state =
        t_fmt(move |l| upload.with(|upload| upload.as_ref().map(|of| state_text(l, of))).unwrap_or_default());
    let failed = memo(move || upload.with(|upload| upload.as_ref().is_some_and(Upload::has_failed)));
    let stoppable = memo(move || {
        upload.with(|upload| upload.as_ref().is_some_and(|of| of.done.is_none() && !of.is_lost()))
    });
    let done = memo(move || upload.with(|upload| upload.as_ref().is_some_and(|of| of.done.is_some())));
    let remove = move || {
        cancel(uploads, key);
        on_removed.run(());
    };
    let remove_label = t_fmt(move |l| td_string!(l, attachments.remove, name = name.get()).to_string());
    let label = move || format!("{}, {}", name.get(), state.get());
    view! {
        <li class="tray-file" class:refused=failed class:done=done data-testid="tray-file" aria-label=label>
            {dynamic(move || attachment.with(|of| of.as_ref().map(|of| face(lang.get(), uploads, key, of))).into_any())}
            <span class="tray-state">
                <Show when=stoppable>
                    <Progress uploads key/>
                </Show>
                <small data-testid="tray-state">{state}</small>
            </span>
            <button
                class="tray-remove"
                type="button"
                data-testid="tray-remove"
                title=remove_label
                aria-label=remove_label
                on:click=on_event(remove)
            >
                <IconView icon=Icon::Close/>
            </button>
        </li>
    }
}

/// What one sees of a file: a small picture, or its icon with its name.
fn face(locale: Locale, uploads: Uploads, key: FileKey, of: &Attachment) -> AnyView {
    let address = uploads.address(confab_shared::id::AttachmentId(key.0));
    match (of.kind(), address) {
        (AttachmentKind::Picture, Some(address)) => {
            view! { <img class="tray-picture" src=address alt="" decoding="async"/> }.into_any()
        }
        (AttachmentKind::Video, Some(address)) => view! {
            <video class="tray-picture" src=address muted preload="metadata" tabindex="-1" aria-hidden="true"></video>
        }
        .into_any(),
        (kind, _) => {
            let icon = if kind == AttachmentKind::Audio { Icon::Music } else { Icon::File };
            let size = file_size(locale, of.bytes);
            view! {
                <span class="file-icon"><IconView icon/><i>{ending(&of.name)}</i></span>
                <span class="tray-name"><b dir="auto">{of.name.clone()}</b><small>{size}</small></span>
            }
            .into_any()
        }
    }
}

/// A ring that fills, and in it the button that stops the upload, or goes on with it.
#[component]
pub(super) fn Progress(uploads: Uploads, key: FileKey) -> impl IntoView {
    let upload = memo(move || uploads.get(key));
    let name =
        memo(move || upload.with(|upload| upload.as_ref().map(|of| of.name.clone())).unwrap_or_default());
    let percent = memo(move || upload.with(|upload| upload.as_ref().map_or(0, Upload::percent)));
    let waits =
        memo(move || upload.with(|upload| upload.as_ref().is_some_and(|of| of.paused || of.has_failed())));
    let failed = memo(move || upload.with(|upload| upload.as_ref().is_some_and(Upload::has_failed)));
    let label = t_fmt(move |l| {
        let name = name.get();
        match (waits.get(), failed.get()) {
            (_, true) => td_string!(l, attachments.retry, name = name).to_string(),
            (true, _) => td_string!(l, attachments.resume, name = name).to_string(),
            (false, _) => td_string!(l, attachments.pause, name = name).to_string(),
        }
    });
    let toggle = move || match waits.get_untracked() {
        true => resume(uploads, key),
        false => pause(uploads, key),
    };
    // A circle whose circumference is 100.
    let dash = move || format!("{} 100", percent.get());
    view! {
        <button
            class="progress"
            type="button"
            data-testid="upload-toggle"
            data-percent=move || percent.get().to_string()
            title=label
            aria-label=label
            on:click=on_event(toggle)
        >
            <svg class="ring" viewBox="0 0 36 36" aria-hidden="true">
                <circle cx="18" cy="18" r="15.915"></circle>
                <circle class="ring-done" cx="18" cy="18" r="15.915" stroke-dasharray=dash></circle>
            </svg>
            {dynamic(move || {
                let icon = match (failed.get(), waits.get()) {
                    (true, _) => Icon::Retry,
                    (_, true) => Icon::Up,
                    _ => Icon::Pause,
                };
                view! { <IconView icon/> }.into_any()
            })}
        </button>
    }
}

/// How far a file has come, in words.
pub(super) fn state_text(locale: Locale, upload: &Upload) -> String {
    match &upload.stage {
        _ if upload.done.is_some() => td_string!(locale, attachments.ready).to_owned(),
        Stage::Failed(error) => error_text(locale, error),
        Stage::Lost => td_string!(locale, attachments.lost).to_owned(),
        Stage::Unreadable => td_string!(locale, attachments.unreadable).to_owned(),
        _ if upload.paused => td_string!(locale, attachments.paused).to_owned(),
        Stage::Stalled => td_string!(locale, attachments.stalled).to_owned(),
        Stage::Processing => td_string!(locale, attachments.processing).to_owned(),
        Stage::Queued | Stage::Sending => format!("{}\u{202f}%", upload.percent()),
    }
}
