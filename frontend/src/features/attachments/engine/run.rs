//! Sends one file to the server, piece by piece, and goes on after what went wrong.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use confab_shared::{attachment::Attachment, id::AttachmentId};
use gloo_timers::future::TimeoutFuture;
use leptos::task::spawn_local;
use web_sys::{AbortController, File};

use super::persistence::{fetch_copy, fetch_stored, measure_file};
use crate::{
    features::attachments::{
        upload::{FIRST_PIECE, FileKey, Remedy, Stage, Upload, next_piece, remedy},
        uploads::Uploads,
    },
    platform::{
        api::{
            ApiResult,
            attachments::{append, create_upload, get_offset, get_upload, remove_upload},
        },
        clock, files,
    },
};

/// The waits before an upload goes on after a failure, in milliseconds: the last one repeats.
const WAITS_MS: [u32; 4] = [500, 1_000, 2_000, 4_000];

/// The waits before is asked again whether the server has looked at a file, in milliseconds: each is twice the one before, up to
/// the longest.
const LOOK_MS: u32 = 250;
const MAX_LOOK_MS: u32 = 4_000;

/// How often an upload begins anew that the server does not know any more.
const MAX_RESTARTS: u32 = 3;

thread_local! {
    /// What runs, by number, and the request that sends its bytes: it is ended when the user stops it.
    static RUNNING: RefCell<HashMap<FileKey, (u64, Option<AbortController>)>> = RefCell::new(HashMap::new());
    static NEXT: Cell<u64> = const { Cell::new(1) };
}

/// Begins to send a file, or goes on with it.
pub(super) fn start(uploads: Uploads, key: FileKey) {
    let number = NEXT.replace(NEXT.get() + 1);
    RUNNING.with_borrow_mut(|running| running.insert(key, (number, None)));
    uploads.change(key, |upload| upload.stage = Stage::Sending);
    spawn_local(async move {
        Run { uploads, key, number }.run().await;
        RUNNING.with_borrow_mut(|running| running.retain(|_, (of, _)| *of != number));
    });
}

/// Ends what sends a file, and its request.
pub(super) fn stop(key: FileKey) {
    if let Some((_, Some(abort))) = RUNNING.with_borrow_mut(|running| running.remove(&key)) {
        abort.abort();
    }
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
        let Some(upload) = uploads.known(key) else { return Ok(()) };
        let token = uploads.session.token();
        // An earlier page may have sent all of it: then the file itself is not needed.
        if let Some(id) = upload.id
            && let Some(done) = get_upload(&token, id).await?
        {
            complete(uploads, key, done);
            return Ok(());
        }
        let Some(mut file) = fetch_stored(uploads, upload.clone()).await else {
            self.change(|upload| upload.stage = Stage::Lost);
            return Ok(());
        };
        if !files::is_readable(&file).await {
            let Some(copy) = fetch_copy(uploads, key).await else {
                self.change(|upload| upload.stage = Stage::Unreadable);
                return Ok(());
            };
            file = copy;
        }
        let (id, offset) = match upload.id {
            Some(id) => (id, get_offset(&token, id).await?),
            None => match self.begin(&token).await? {
                Some(id) => (id, 0),
                None => return Ok(()),
            },
        };
        self.send_from(&token, id, &file, offset).await?;
        let mut wait = LOOK_MS;
        while self.is_wanted() {
            match get_upload(&token, id).await? {
                Some(done) => {
                    complete(uploads, key, done);
                    return Ok(());
                }
                None => TimeoutFuture::new(wait).await,
            }
            wait = (wait * 2).min(MAX_LOOK_MS);
        }
        Ok(())
    }

    /// Begins an upload at the server; none where it was given up meanwhile.
    async fn begin(self, token: &str) -> ApiResult<Option<AttachmentId>> {
        measure_file(self.uploads, self.key).await;
        let Some(upload) = self.uploads.known(self.key) else { return Ok(None) };
        let id = create_upload(token, upload.bytes, &metadata(&upload)).await?;
        // It is kept also where the user has stopped the file meanwhile: the upload has begun. Where they went on since, one that
        // began then may be there already.
        self.uploads.change(self.key, |upload| {
            upload.id.get_or_insert(id);
        });
        let kept = self.uploads.known(self.key).and_then(|upload| upload.id);
        if kept != Some(id) {
            remove_upload(token, id).await?;
        }
        Ok(kept)
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
        self.uploads.known(self.key).map_or(0, |upload| upload.sent)
    }

    /// Whether nobody has stopped it meanwhile.
    fn is_wanted(self) -> bool {
        RUNNING
            .with_borrow(|running| running.get(&self.key).is_some_and(|(number, _)| *number == self.number))
            && self.uploads.known(self.key).is_some_and(|upload| upload.is_under_way())
    }

    fn change(self, change: impl FnOnce(&mut Upload)) {
        if self.is_wanted() {
            self.uploads.change(self.key, change);
        }
    }
}

fn complete(uploads: Uploads, key: FileKey, done: Attachment) {
    if let Some(address) = uploads.address(AttachmentId(key.0)) {
        uploads.name_address(done.id, address);
    }
    uploads.change(key, |upload| upload.done = Some(done));
}

/// What is said of a file in `Upload-Metadata`, before its bytes.
fn metadata(upload: &Upload) -> Vec<(&'static str, String)> {
    let mut metadata = vec![("filename", upload.name.clone()), ("filetype", upload.mime.clone())];
    metadata.extend(upload.duration.map(|duration| ("duration", duration.to_string())));
    metadata.extend(upload.waveform.clone().map(|waveform| ("waveform", waveform)));
    metadata
}
