//! Keeps the files on their way in the browser until they are sent, and takes over those that other pages left.

use std::{cell::RefCell, collections::HashMap};

use confab_shared::{decode, id::AttachmentId};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;
use web_sys::File;

use crate::{
    features::attachments::{
        upload::{FileKey, Upload},
        uploads::{PREFIX, Uploads},
    },
    platform::{clock, file_store, files, media::measure, storage::WebStorage, tabs},
    ui::reactive::effect,
};

/// How long files of others are kept, in milliseconds: as long as the server keeps what is in no message.
const KEPT_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// Takes over what an earlier page of this tab left, and what another tab left once that is closed.
pub(super) fn restore(uploads: Uploads, tab: Uuid) {
    uploads.has_left.set(false);
    let left = left(uploads);
    let mut others: Vec<_> = left.iter().map(|upload| upload.tab).filter(|of| *of != tab).collect();
    others.sort_unstable();
    others.dedup();
    take_over(uploads, tab, tab);
    for other in others {
        let is_watched = uploads.watched.with_value(|watched| watched.contains(&other));
        if is_watched {
            continue;
        }
        uploads.watched.update_value(|watched| watched.push(other));
        tabs::when_closed(other, move || {
            if !uploads.list.is_disposed() {
                uploads.watched.update_value(|watched| watched.retain(|of| *of != other));
                take_over(uploads, other, tab);
            }
        });
    }
}

fn left(uploads: Uploads) -> Vec<Upload> {
    let keys = WebStorage::Browser.keys(&uploads.prefix());
    keys.iter().filter_map(|key| decode::from_str(&WebStorage::Browser.get(key)?)).collect()
}

/// Takes over what a tab left. It is stored at once as that of this tab: no third one takes it, too.
fn take_over(uploads: Uploads, of: Uuid, tab: Uuid) {
    let left = left(uploads).into_iter().filter(|upload| upload.tab == of);
    let left: Vec<_> = left.filter(|upload| uploads.known(upload.key).is_none()).collect();
    if left.is_empty() {
        return;
    }
    if of != tab {
        left.iter().for_each(|upload| store(uploads, upload, tab));
    }
    uploads.list.update(|list| {
        list.extend(left);
        list.sort_by_key(|upload| upload.place);
    });
}

/// Keeps what is known of the files in the browser, as it changes, and the files themselves.
pub(super) fn persist(uploads: Uploads, tab: Uuid) {
    let kept = RefCell::new(HashMap::<FileKey, String>::new());
    effect(move || {
        uploads.list.with(|list| {
            let mut kept = kept.borrow_mut();
            for upload in list {
                let about = record(upload, tab);
                let before = kept.get(&upload.key);
                if before == Some(&about) {
                    continue;
                }
                store(uploads, upload, tab);
                let file = uploads.files.with_value(|files| files.get(&upload.key).cloned());
                match file {
                    Some(file) if before.is_none() => {
                        spawn_local(keep_file(stored_key(uploads, upload.key), file));
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

/// What is stored of a file of a tab. How many bytes the server has is asked when it goes on.
fn record(upload: &Upload, tab: Uuid) -> String {
    serde_json::to_string(&Upload { sent: 0, tab, ..upload.clone() }).unwrap_or_default()
}

fn store(uploads: Uploads, upload: &Upload, tab: Uuid) {
    WebStorage::Browser.set(&stored_key(uploads, upload.key), &record(upload, tab));
}

async fn keep_file(key: String, file: File) {
    file_store::put(&key, &file).await;
    if WebStorage::Browser.get(&key).is_none() {
        // It was given up meanwhile.
        file_store::remove(&key).await;
    }
}

/// Removes a file from the browser's storage.
pub(super) fn remove_stored(uploads: Uploads, key: FileKey) {
    let key = stored_key(uploads, key);
    WebStorage::Browser.remove(&key);
    spawn_local(async move { file_store::remove(&key).await });
}

/// Removes what nobody comes back for: what other users of this browser left long ago, and files without a record.
pub(super) fn sweep(uploads: Uploads) {
    let own = uploads.prefix();
    let oldest = clock::now().0.saturating_sub(KEPT_MS);
    for key in WebStorage::Browser.keys(PREFIX).into_iter().filter(|key| !key.starts_with(&own)) {
        let left: Option<Upload> = WebStorage::Browser.get(&key).and_then(|record| decode::from_str(&record));
        if left.is_some_and(|left| left.place < oldest) {
            WebStorage::Browser.remove(&key);
        }
    }
    spawn_local(file_store::retain(|key| WebStorage::Browser.get(key).is_some()));
}

fn stored_key(uploads: Uploads, key: FileKey) -> String {
    format!("{}{}", uploads.prefix(), key.0)
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

/// The copy of a file that the browser kept, where the file itself cannot be read any more.
pub(super) async fn fetch_copy(uploads: Uploads, key: FileKey) -> Option<File> {
    let copy = file_store::get(&stored_key(uploads, key)).await?;
    if !files::is_readable(&copy).await {
        return None;
    }
    uploads.files.try_update_value(|files| files.insert(key, copy.clone()));
    Some(copy)
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
