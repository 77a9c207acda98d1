//! Sends the files on their way to the server, one after another, and keeps them in the browser until they are sent: a
//! reload goes on with them, and so does another tab once theirs is closed.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use confab_shared::{
    attachment::Attachment,
    decode,
    id::{AttachmentId, ClientId},
    state::State,
};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use web_sys::{AbortController, File};

use super::{
    upload::{FIRST_PIECE, FileKey, Remedy, Stage, Upload, next, next_piece, ready, remedy},
    uploads::Uploads,
};
use crate::{
    platform::{
        api::{
            ApiResult,
            attachments::{append, create_upload, get_offset, get_upload, remove_upload},
        },
        clock, file_store, files,
        media::measure,
        storage::WebStorage,
        tabs,
    },
    ui::{
        on_demand::on_demand,
        reactive::{effect, memo},
    },
};

/// The waits before an upload goes on after a failure, in milliseconds: the last one repeats.
const WAITS_MS: [u32; 4] = [500, 1_000, 2_000, 4_000];

/// How often is asked whether the server has looked at a file, in milliseconds.
const LOOK_MS: u32 = 250;

/// How often an upload begins anew that the server does not know any more.
const MAX_RESTARTS: u32 = 3;

thread_local! {
    /// What runs, by number, and the request that sends its bytes: it is ended when the user stops it.
    static RUNNING: RefCell<HashMap<FileKey, (u64, Option<AbortController>)>> = RefCell::new(HashMap::new());
    static NEXT: Cell<u64> = const { Cell::new(1) };
    /// Whether the other tabs know of this one.
    static IS_HELD: Cell<bool> = const { Cell::new(false) };
}

on_demand! {
    /// What sends the files; nothing is seen of it.
    pub(crate) fn engine(uploads: Uploads) in dialogs { <Engine uploads/> }
}

#[component]
fn Engine(uploads: Uploads) -> impl IntoView {
    restore(uploads);
    persist(uploads);
    let Uploads { chat, list, .. } = uploads;
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
            untrack(|| match known(uploads, key).is_some_and(|upload| upload.done.is_some()) {
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
        let token = uploads.session.token();
        spawn_local(async move {
            let _ = remove_upload(&token, id).await;
        });
    }
}

/// Forgets a file, also in the browser's storage; what the server has of it stays.
fn forget(uploads: Uploads, key: FileKey) {
    stop(key);
    let stored = stored_key(uploads, key);
    WebStorage::Browser.remove(&stored);
    spawn_local(async move { file_store::remove(&stored).await });
    uploads.files.try_update_value(|files| files.remove(&key));
    uploads.list.try_update(|list| list.retain(|upload| upload.key != key));
}

fn stop(key: FileKey) {
    if let Some((_, Some(abort))) = RUNNING.with_borrow_mut(|running| running.remove(&key)) {
        abort.abort();
    }
}

/// Takes over what an earlier page of this tab left, and what another tab left once that is closed.
fn restore(uploads: Uploads) {
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
fn persist(uploads: Uploads) {
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

fn stored_key(uploads: Uploads, key: FileKey) -> String {
    format!("{}{}", Uploads::prefix(uploads.user), key.0)
}

/// Finds out how large a picture is and how long a video plays, so that its room can be reserved.
async fn measure_file(uploads: Uploads, key: FileKey) {
    let Some(upload) = known(uploads, key).filter(Upload::is_unmeasured) else { return };
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
async fn fetch_stored(uploads: Uploads, upload: Upload) -> Option<File> {
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

/// One attempt to send a file. A file that is stopped and goes on has another one.
#[derive(Clone, Copy)]
struct Run {
    uploads: Uploads,
    key: FileKey,
    number: u64,
}

impl Run {
    /// Sends the file, until it is there, or is stopped, or the server refuses it.
    async fn run(self) {
        let (mut failures, mut restarts) = (0, 0);
        loop {
            let before = self.sent();
            let Err(error) = self.send().await else { return };
            if !self.is_wanted() {
                return;
            }
            match remedy(&error) {
                Remedy::Restart if restarts < MAX_RESTARTS => {
                    restarts += 1;
                    self.change(|upload| (upload.id, upload.sent) = (None, 0));
                }
                Remedy::Fail | Remedy::Restart => {
                    return self.change(|upload| upload.stage = Stage::Failed(error));
                }
                Remedy::Ask | Remedy::Wait => {
                    // What got through is a new beginning.
                    failures = if self.sent() > before { 0 } else { failures };
                    let wait = WAITS_MS[failures.min(WAITS_MS.len() - 1)];
                    failures += 1;
                    self.change(|upload| upload.stage = Stage::Stalled);
                    TimeoutFuture::new(wait).await;
                }
            }
            if !self.is_wanted() {
                return;
            }
            self.change(|upload| upload.stage = Stage::Sending);
        }
    }

    /// Sends what the server lacks. Answers at once where it is stopped.
    async fn send(self) -> ApiResult<()> {
        let Self { uploads, key, .. } = self;
        let Some(upload) = known(uploads, key) else { return Ok(()) };
        let Some(file) = fetch_stored(uploads, upload.clone()).await else {
            self.change(|upload| upload.stage = Stage::Lost);
            return Ok(());
        };
        let token = uploads.session.token();
        let (id, offset) = match upload.id {
            Some(id) => (id, get_offset(&token, id).await?),
            None => match self.begin(&token).await? {
                Some(id) => (id, 0),
                None => return Ok(()),
            },
        };
        self.send_from(&token, id, &file, offset).await?;
        while self.is_wanted() {
            match get_upload(&token, id).await? {
                Some(done) => {
                    complete(uploads, key, done);
                    return Ok(());
                }
                None => TimeoutFuture::new(LOOK_MS).await,
            }
        }
        Ok(())
    }

    /// Begins an upload at the server; none where it was given up meanwhile.
    async fn begin(self, token: &str) -> ApiResult<Option<AttachmentId>> {
        measure_file(self.uploads, self.key).await;
        let Some(upload) = known(self.uploads, self.key) else { return Ok(None) };
        let id = create_upload(token, upload.bytes, &metadata(&upload)).await?;
        if known(self.uploads, self.key).is_none() {
            remove_upload(token, id).await?;
            return Ok(None);
        }
        self.change(|upload| upload.id = Some(id));
        Ok(Some(id))
    }

    async fn send_from(self, token: &str, id: AttachmentId, file: &File, mut offset: u64) -> ApiResult<()> {
        let bytes = file.size() as u64;
        let mut piece = FIRST_PIECE;
        while offset < bytes {
            self.change(|upload| upload.sent = offset);
            let part = files::slice(file, offset, (offset + piece).min(bytes));
            let (Some(part), Ok(abort), true) = (part, AbortController::new(), self.is_wanted()) else {
                return Ok(());
            };
            RUNNING.with_borrow_mut(|running| running.insert(self.key, (self.number, Some(abort.clone()))));
            let begun = clock::now();
            offset = append(token, id, offset, &part, abort).await?;
            piece = next_piece(piece, clock::now().0.saturating_sub(begun.0));
        }
        self.change(|upload| (upload.sent, upload.stage) = (bytes, Stage::Processing));
        Ok(())
    }

    fn sent(self) -> u64 {
        known(self.uploads, self.key).map_or(0, |upload| upload.sent)
    }

    /// Whether nobody has stopped it meanwhile.
    fn is_wanted(self) -> bool {
        RUNNING
            .with_borrow(|running| running.get(&self.key).is_some_and(|(number, _)| *number == self.number))
            && known(self.uploads, self.key).is_some_and(|upload| upload.is_under_way())
    }

    fn change(self, change: impl FnOnce(&mut Upload)) {
        if self.is_wanted() {
            self.uploads.change(self.key, change);
        }
    }
}

fn start(uploads: Uploads, key: FileKey) {
    let number = NEXT.replace(NEXT.get() + 1);
    RUNNING.with_borrow_mut(|running| running.insert(key, (number, None)));
    uploads.change(key, |upload| upload.stage = Stage::Sending);
    spawn_local(async move {
        Run { uploads, key, number }.run().await;
        RUNNING.with_borrow_mut(|running| running.retain(|_, (of, _)| *of != number));
    });
}

fn known(uploads: Uploads, key: FileKey) -> Option<Upload> {
    let find = |list: &Vec<Upload>| list.iter().find(|upload| upload.key == key).cloned();
    uploads.list.try_with_untracked(find).flatten()
}

fn complete(uploads: Uploads, key: FileKey, done: Attachment) {
    if let Some(address) = uploads.address(AttachmentId(key.0)) {
        uploads.name_address(done.id, address);
    }
    uploads.change(key, |upload| upload.done = Some(done));
}

/// What the server is told of a file before its bytes.
fn metadata(upload: &Upload) -> Vec<(&'static str, String)> {
    let mut metadata = vec![("filename", upload.name.clone()), ("filetype", upload.mime.clone())];
    metadata.extend(upload.duration.map(|duration| ("duration", duration.to_string())));
    metadata.extend(upload.waveform.clone().map(|waveform| ("waveform", waveform)));
    metadata
}
