//! The files that the user attaches: those beside a field, and those of messages that wait for them. What sends them is
//! fetched on demand ([`mod@super::engine`]).

use std::collections::HashMap;

use confab_shared::{
    attachment::{Attachment, MAX_ATTACHMENTS},
    command::Send,
    id::{AttachmentId, ClientId, UserId},
    text::MessageText,
};
use leptos::prelude::*;
use uuid::Uuid;
use web_sys::{File, StorageEvent};

use super::{
    shown::Shown,
    upload::{FileKey, Stage, Upload},
};
use crate::{
    platform::{
        browser::{listen, window},
        client_id, clock, files,
        storage::WebStorage,
    },
    session::{SessionSignal, storage_scope, use_session},
    state::{Chat, Scope},
};

/// What the keys of all users begin with under which the browser keeps what is known of files on their way.
pub(super) const PREFIX: &str = "confab.upload.";

/// How many addresses of files are kept, also of those that were sent.
const MAX_ADDRESSES: usize = 100;

/// Why files were not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The file of this name has more bytes than a file may have.
    TooLarge(String, u64),
    /// A message has at most [`MAX_ATTACHMENTS`].
    TooMany,
    /// The server takes none.
    Never,
}

/// The files of a signed-in user on their way. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Uploads {
    pub(super) chat: Chat,
    pub(super) session: SessionSignal,
    pub(super) user: UserId,
    pub(super) list: RwSignal<Vec<Upload>>,
    /// The files themselves, as far as this page has them.
    pub(super) files: StoredValue<HashMap<FileKey, File>, LocalStorage>,
    /// Addresses of files, by what names the attachment: elements show them without the server.
    pub(super) addresses: StoredValue<Vec<(AttachmentId, String)>>,
    /// Whether an earlier page, or another tab, left something.
    pub(super) has_left: RwSignal<bool>,
    /// The other tabs whose files are taken over once they are closed.
    pub(super) watched: StoredValue<Vec<Uuid>>,
    /// The name of this tab, once it holds one.
    pub(super) tab: RwSignal<Option<Uuid>>,
    /// What the keys begin with under which the browser keeps what is known of the files.
    prefix: StoredValue<String>,
    not_taken: RwSignal<Option<(Scope, NotTaken)>>,
}

impl Uploads {
    /// Provides them to the views below.
    pub(crate) fn provide(chat: Chat) -> Self {
        let session = use_session();
        let (user, scope) = session
            .get_untracked()
            .map(|session| (session.user.id, storage_scope(&session.user)))
            .unwrap_or_default();
        let uploads = Self {
            chat,
            session,
            user,
            list: RwSignal::new(Vec::new()),
            files: StoredValue::new_local(HashMap::new()),
            addresses: StoredValue::new(Vec::new()),
            has_left: RwSignal::new(!WebStorage::Browser.keys(PREFIX).is_empty()),
            watched: StoredValue::new(Vec::new()),
            tab: RwSignal::new(None),
            prefix: StoredValue::new(format!("{PREFIX}{scope}.")),
            not_taken: RwSignal::new(None),
        };
        // Another tab has files on their way: they are taken over once it is closed.
        listen(&window(), "storage", move |event: StorageEvent| {
            let is_left = event.key().is_some_and(|key| key.starts_with(&uploads.prefix()));
            if is_left && event.new_value().is_some() {
                uploads.has_left.set(true);
            }
        });
        on_cleanup(move || uploads.forget_addresses(|_| true));
        provide_context(uploads);
        uploads
    }

    /// What the keys of this user begin with.
    pub(super) fn prefix(self) -> String {
        self.prefix.get_value()
    }

    /// Whether there is something to do.
    pub(crate) fn is_busy(self) -> bool {
        self.has_left.get() || self.list.with(|list| !list.is_empty())
    }

    /// Adds files beside a field.
    pub(crate) fn add(self, scope: Scope, chosen: Vec<File>) {
        let limit = self.chat.attachment_limit();
        let mut room = MAX_ATTACHMENTS.saturating_sub(self.beside_field(scope).len());
        let mut not_taken = None;
        for file in chosen {
            let bytes = file.size() as u64;
            if limit == 0 {
                not_taken = Some(NotTaken::Never);
            } else if bytes > limit {
                not_taken = Some(NotTaken::TooLarge(file.name(), limit));
            } else if room == 0 {
                not_taken = Some(NotTaken::TooMany);
            } else {
                room -= 1;
                self.take(scope, file, None, None, None);
            }
        }
        self.not_taken.set(not_taken.map(|why| (scope, why)));
    }

    /// Sends a voice message, unless the user has signed out.
    pub(crate) fn send_voice(self, send: Send, file: File, duration: u32, waveform: String) {
        if !self.chat.is_alive() {
            return;
        }
        let (scope, message) = (Scope::of(&send), send.client_id);
        self.chat.send_with_files(send, clock::now());
        self.take(scope, file, Some(message), Some(duration), Some(waveform));
    }

    fn take(
        self,
        scope: Scope,
        file: File,
        message: Option<ClientId>,
        duration: Option<u32>,
        waveform: Option<String>,
    ) {
        let key = FileKey(client_id::new().0);
        let mime = file.type_();
        let last = self.list.with_untracked(|list| list.iter().map(|upload| upload.place).max());
        let upload = Upload {
            key,
            by: self.user,
            tab: Uuid::nil(),
            conversation: scope.id,
            thread: scope.thread,
            message,
            place: last.unwrap_or_default().max(clock::now().0) + 1,
            name: file.name(),
            bytes: file.size() as u64,
            width: None,
            height: None,
            duration,
            waveform,
            id: None,
            done: None,
            sent: 0,
            paused: false,
            stage: Stage::Queued,
            mime,
        };
        self.keep(&upload, file);
        self.list.update(|list| list.push(upload));
    }

    /// Keeps a file, and its address where an element can show it.
    pub(super) fn keep(self, upload: &Upload, file: File) {
        let is_shown = ["image/", "video/", "audio/"].iter().any(|of| upload.mime.starts_with(of));
        if let Some(address) = files::address(&file).filter(|_| is_shown) {
            self.name_address(AttachmentId(upload.key.0), address);
        }
        self.files.update_value(|files| {
            files.insert(upload.key, file);
        });
    }

    /// Names an address by an attachment. The oldest ones are given up.
    pub(super) fn name_address(self, id: AttachmentId, address: String) {
        self.addresses.update_value(|all| {
            all.push((id, address));
            if all.len() > MAX_ADDRESSES {
                let (_, oldest) = all.remove(0);
                if all.iter().all(|(_, other)| *other != oldest) {
                    files::forget_address(&oldest);
                }
            }
        });
    }

    /// Gives up the addresses that name some attachments.
    pub(super) fn forget_addresses(self, are_forgotten: impl Fn(AttachmentId) -> bool) {
        self.addresses.try_update_value(|all| {
            let (forgotten, kept) = std::mem::take(all).into_iter().partition(|(id, _)| are_forgotten(*id));
            *all = kept;
            for (_, address) in forgotten {
                if all.iter().all(|(_, other)| *other != address) {
                    files::forget_address(&address);
                }
            }
        });
    }

    /// The address by which an element of this page shows a file that came from it.
    pub(crate) fn address(self, id: AttachmentId) -> Option<String> {
        self.addresses.with_value(|all| all.iter().find(|(of, _)| *of == id).map(|(_, url)| url.clone()))
    }

    /// An attachment, from this page where it has it.
    pub(super) fn show(self, attachment: Attachment) -> Shown {
        // The server has a still picture of what moves.
        let address = self.address(attachment.id).filter(|_| !attachment.animated);
        Shown { attachment, address, is_on_its_way: false }
    }

    /// The keys of the files beside a field, in their order.
    pub(crate) fn beside_field(self, scope: Scope) -> Vec<FileKey> {
        self.list.with(|list| {
            let beside = |upload: &&Upload| upload.message.is_none() && upload.scope() == scope;
            list.iter().filter(beside).map(|upload| upload.key).collect()
        })
    }

    /// Why files were not taken beside a field.
    pub(crate) fn not_taken(self, scope: Scope) -> Option<NotTaken> {
        self.not_taken.with(|why| why.as_ref().filter(|(of, _)| *of == scope).map(|(_, why)| why.clone()))
    }

    /// The user has seen why.
    pub(crate) fn forget_not_taken(self) {
        self.not_taken.set(None);
    }

    /// Sends a message with the files beside its field: at once, or once they are there.
    pub(crate) fn send(self, scope: Scope, send: Send) {
        let (message, keys) = (send.client_id, untrack(|| self.beside_field(scope)));
        self.chat.send_with_files(send, clock::now());
        self.list.update(|list| {
            for upload in list.iter_mut().filter(|upload| keys.contains(&upload.key)) {
                upload.message = Some(message);
                // Who sends a message wants its files to be sent.
                upload.paused = false;
            }
        });
        self.forget_not_taken();
    }

    /// Sends a refused command again. The files of a message may have expired at the server meanwhile: each is asked for, and
    /// uploaded anew where it is gone, before the message is sent.
    pub(crate) fn retry(self, message: ClientId) {
        let is_of = |upload: &Upload| upload.message == Some(message);
        if !self.list.with_untracked(|list| list.iter().any(is_of)) {
            return self.chat.retry(message);
        }
        if self.chat.retry_with_files(message) {
            self.list.update(|list| list.iter_mut().filter(|of| is_of(of)).for_each(Upload::check_again));
        }
    }

    /// The files of a message that is not in the log yet, in their order.
    pub(crate) fn of_message(self, message: ClientId) -> Vec<Shown> {
        self.list.with(|list| {
            let mut uploads: Vec<_> = list.iter().filter(|upload| upload.message == Some(message)).collect();
            uploads.sort_unstable_by_key(|upload| upload.place);
            let shown = |upload: &Upload| Shown {
                is_on_its_way: upload.done.is_none(),
                ..self.show(upload.attachment())
            };
            uploads.into_iter().map(shown).collect()
        })
    }

    /// A file, while it is on its way.
    pub(crate) fn get(self, key: FileKey) -> Option<Upload> {
        self.list.with(|list| list.iter().find(|upload| upload.key == key).cloned())
    }

    /// A file, while it is on its way, without tracking.
    pub(super) fn known(self, key: FileKey) -> Option<Upload> {
        let find = |list: &Vec<Upload>| list.iter().find(|upload| upload.key == key).cloned();
        self.list.try_with_untracked(find).flatten()
    }

    /// Changes a file that is on its way.
    pub(super) fn change(self, key: FileKey, change: impl FnOnce(&mut Upload)) {
        self.list.try_update(|list| {
            if let Some(upload) = list.iter_mut().find(|upload| upload.key == key) {
                change(upload);
            }
        });
    }
}

/// What [`Uploads::provide`] provided above.
pub(crate) fn use_uploads() -> Uploads {
    expect_context()
}

/// The text of a message, which may be empty where it has files.
pub(crate) fn text_of(text: &str, has_files: bool) -> Option<MessageText> {
    if has_files { MessageText::new_or_empty(text) } else { MessageText::new(text) }.ok()
}
