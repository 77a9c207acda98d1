//! Sends the files on their way to the server, one after another, and keeps them in the browser until they are sent: a
//! reload goes on with them, and so does another tab once theirs is closed.

mod persistence;
mod run;

use confab_shared::{
    id::{AttachmentId, ClientId},
    state::State,
};
use leptos::{prelude::*, task::spawn_local};

use self::{
    persistence::{persist, remove_stored, restore, sweep},
    run::{start, stop},
};
use super::{
    upload::{FileKey, Stage, next, ready},
    uploads::Uploads,
};
use crate::{
    platform::{api::attachments::remove_upload, tabs::claim_name},
    ui::{
        on_demand::on_demand,
        reactive::{effect, memo},
    },
};

on_demand! {
    /// What sends the files; nothing is seen of it.
    pub(crate) fn engine(uploads: Uploads) in dialogs { <Engine uploads/> }
}

#[component]
fn Engine(uploads: Uploads) -> impl IntoView {
    let Uploads { chat, list, tab, has_left, .. } = uploads;
    if tab.get_untracked().is_none() {
        spawn_local(async move {
            let name = claim_name().await;
            if tab.try_set(Some(name)).is_none() {
                sweep(uploads);
            }
        });
    }
    effect(move || {
        if let Some(tab) = tab.get() {
            persist(uploads, tab);
        }
    });
    effect(move || {
        if let Some(tab) = tab.get().filter(|_| has_left.get()) {
            untrack(|| restore(uploads, tab));
        }
    });
    effect(move || {
        for key in list.with(|list| next(list)) {
            untrack(|| start(uploads, key));
        }
    });
    let ready = memo(move || list.with(|list| ready(list)));
    effect(move || {
        for (message, attachments) in ready.get() {
            untrack(|| chat.release(message, attachments));
        }
    });
    // A message that is in the log, or that the user gave up, needs its files no more.
    let over = memo(move || {
        let waiting: Vec<_> =
            list.with(|list| list.iter().filter_map(|upload| Some((upload.message?, upload.key))).collect());
        let is_over = |state: &State, message: ClientId| state.outbox.get(message).is_none();
        chat.state.with(|state| {
            let over = waiting.iter().filter(|(message, _)| is_over(state, *message));
            over.map(|(_, key)| *key).collect::<Vec<_>>()
        })
    });
    effect(move || {
        for key in over.get() {
            untrack(|| match uploads.known(key).is_some_and(|upload| upload.done.is_some()) {
                true => forget(uploads, key),
                // The user gave the message up.
                false => cancel(uploads, key),
            });
        }
    });
}

/// Stops an upload for a while.
pub(super) fn pause(uploads: Uploads, key: FileKey) {
    uploads.change(key, |upload| (upload.paused, upload.stage) = (true, Stage::Queued));
    stop(key);
}

/// Goes on with an upload that was stopped, or that failed.
pub(super) fn resume(uploads: Uploads, key: FileKey) {
    uploads.change(key, |upload| (upload.paused, upload.stage) = (false, Stage::Queued));
}

/// Gives an upload up.
pub(super) fn cancel(uploads: Uploads, key: FileKey) {
    let upload = untrack(|| uploads.get(key));
    forget(uploads, key);
    let id = upload.and_then(|upload| upload.done.map(|done| done.id).or(upload.id));
    if let Some(id) = id {
        uploads.forget_addresses(|of| of == id);
        let token = uploads.session.token();
        spawn_local(async move {
            let _ = remove_upload(&token, id).await;
        });
    }
}

/// Forgets a file, also in the browser's storage; what the server has of it stays.
fn forget(uploads: Uploads, key: FileKey) {
    stop(key);
    remove_stored(uploads, key);
    uploads.files.try_update_value(|files| files.remove(&key));
    uploads.list.try_update(|list| list.retain(|upload| upload.key != key));
    // What shows it from now on names it as the server does.
    uploads.forget_addresses(|id| id == AttachmentId(key.0));
}
