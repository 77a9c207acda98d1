//! Keeps the files on their way in the browser until they are sent, and takes over those that other pages left.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use confab_shared::{decode, id::AttachmentId};
use leptos::{prelude::*, task::spawn_local};
use web_sys::File;

use crate::{
    features::attachments::{
        upload::{FileKey, Upload},
        uploads::Uploads,
    },
    platform::{file_store, media::measure, storage::WebStorage, tabs},
    ui::reactive::effect,
};

thread_local! {
    /// Whether the other tabs know of this one.
    static IS_HELD: Cell<bool> = const { Cell::new(false) };
}

/// Takes over what an earlier page of this tab left, and what another tab left once that is closed.
pub(super) fn restore(uploads: Uploads) {
    uploads.has_left.set(false);
    if uploads.is_restored.get_value() {
        return;
    }
    uploads.is_restored.set_value(true);
    let tab = tabs::name();
    if !IS_HELD.replace(true) {
        tabs::hold_open(tab);
    }
    let left = left(uploads);
    let mut others: Vec<_> = left.iter().map(|upload| upload.tab).filter(|of| *of != tab).collect();
    others.sort_unstable();
    others.dedup();
    take_over(uploads, left.into_iter().filter(|upload| upload.tab == tab));
    for other in others {
        tabs::when_closed(other, move || {
            if !uploads.list.is_disposed() {
                take_over(uploads, left_by(uploads, other));
            }
        });
    }
}

fn left_by(uploads: Uploads, tab: uuid::Uuid) -> Vec<Upload> {
    left(uploads).into_iter().filter(|upload| upload.tab == tab).collect()
}

fn left(uploads: Uploads) -> Vec<Upload> {
    let keys = WebStorage::Browser.keys(&Uploads::prefix(uploads.user));
    keys.iter().filter_map(|key| decode::from_str(&WebStorage::Browser.get(key)?)).collect()
}

fn take_over(uploads: Uploads, left: impl IntoIterator<Item = Upload>) {
    let tab = tabs::name();
    uploads.list.update(|list| {
        for upload in left {
            if list.iter().all(|known| known.key != upload.key) {
                list.push(Upload { tab, ..upload });
            }
        }
        list.sort_by_key(|upload| upload.place);
    });
}

/// Keeps what is known of the files in the browser, as it changes, and the files themselves.
pub(super) fn persist(uploads: Uploads) {
    let kept = RefCell::new(HashMap::<FileKey, String>::new());
    effect(move || {
        uploads.list.with(|list| {
            let mut kept = kept.borrow_mut();
            for upload in list {
                // Where it has come to is asked.
                let about = serde_json::to_string(&Upload { sent: 0, ..upload.clone() }).unwrap_or_default();
                let before = kept.get(&upload.key);
                if before == Some(&about) {
                    continue;
                }
                WebStorage::Browser.set(&stored_key(uploads, upload.key), &about);
                let file = uploads.files.with_value(|files| files.get(&upload.key).cloned());
                match file {
                    Some(file) if before.is_none() => {
                        let key = stored_key(uploads, upload.key);
                        spawn_local(async move { file_store::put(&key, &file).await });
                    }
                    // An earlier page has kept it.
                    None => {
                        let upload = upload.clone();
                        spawn_local(async move { drop(fetch_stored(uploads, upload).await) });
                    }
                    Some(_) => {}
                }
                if before.is_none() {
                    spawn_local(measure_file(uploads, upload.key));
                }
                kept.insert(upload.key, about);
            }
        });
    });
}

pub(super) fn stored_key(uploads: Uploads, key: FileKey) -> String {
    format!("{}{}", Uploads::prefix(uploads.user), key.0)
}

/// Finds out how large a picture is and how long a video plays, so that its room can be reserved.
pub(super) async fn measure_file(uploads: Uploads, key: FileKey) {
    let Some(upload) = uploads.known(key).filter(Upload::is_unmeasured) else { return };
    let Some(address) = uploads.address(AttachmentId(key.0)) else { return };
    let measured = measure(&address, &upload.mime).await;
    if measured.size.is_some() || measured.duration.is_some() {
        uploads.change(key, |upload| {
            (upload.width, upload.height) = measured.size.unzip();
            upload.duration = measured.duration;
        });
    }
}

/// Fetches a file that an earlier page kept.
pub(super) async fn fetch_stored(uploads: Uploads, upload: Upload) -> Option<File> {
    let of_page = || uploads.files.try_with_value(|files| files.get(&upload.key).cloned());
    if let Some(file) = of_page().flatten() {
        return Some(file);
    }
    let file = file_store::get(&stored_key(uploads, upload.key)).await?;
    if let Some(file) = of_page()? {
        return Some(file);
    }
    uploads.keep(&upload, file.clone());
    if let (Some(done), Some(address)) = (&upload.done, uploads.address(AttachmentId(upload.key.0))) {
        uploads.name_address(done.id, address);
    }
    // Views look for the address anew.
    uploads.list.try_update(|_| ());
    Some(file)
}
