//! A file on its way to the server: what is known of it, and how far it has come.

use confab_shared::{
    attachment::{Attachment, FileName},
    decode::{Decode, Json},
    error::{ErrorBody, ErrorCode},
    id::{AttachmentId, ClientId, ConversationId, Seq, UserId},
};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::state::Scope;

/// How many uploads run side by side.
const MAX_RUNNING: usize = 3;

/// The size of the first piece of an upload, in bytes.
pub(crate) const FIRST_PIECE: u64 = 256 * 1024;

/// The smallest and the largest piece.
const PIECES: std::ops::RangeInclusive<u64> = 64 * 1024..=4 * 1024 * 1024;

/// A piece should take no longer than this, so that the progress moves, and not much less, in milliseconds.
const PIECE_MS: std::ops::RangeInclusive<u64> = 300..=1_500;

/// A file of this page: what names it before the server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Decode)]
#[serde(transparent)]
pub(crate) struct FileKey(pub(crate) Uuid);

/// A file, from the moment the user chose it until the message that it belongs to is in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Decode)]
pub(crate) struct Upload {
    pub(crate) key: FileKey,
    /// The user.
    pub(crate) by: UserId,
    /// The tab whose file it is, where it is stored.
    pub(crate) tab: Uuid,
    /// Where it is shown.
    pub(crate) conversation: ConversationId,
    #[serde(default)]
    pub(crate) thread: Option<Seq>,
    /// The message that waits for it; none while it is beside the field.
    #[serde(default)]
    pub(crate) message: Option<ClientId>,
    /// Its place among the others.
    pub(crate) place: u64,
    pub(crate) name: String,
    pub(crate) mime: String,
    pub(crate) bytes: u64,
    #[serde(default)]
    pub(crate) width: Option<u32>,
    #[serde(default)]
    pub(crate) height: Option<u32>,
    #[serde(default)]
    pub(crate) duration: Option<u32>,
    #[serde(default)]
    pub(crate) waveform: Option<String>,
    /// The upload at the server, once it has begun.
    #[serde(default)]
    pub(crate) id: Option<AttachmentId>,
    /// What it became, once it is complete.
    #[serde(default)]
    pub(crate) done: Option<Attachment>,
    /// How many bytes the server has.
    #[serde(default)]
    pub(crate) sent: u64,
    /// Whether the user stopped it for a while.
    #[serde(default)]
    pub(crate) paused: bool,
    #[serde(default, skip_serializing_if = "is_not_stored")]
    pub(crate) stage: Stage,
}

/// How far an upload has come that is not done, and not paused. A page that takes it over begins with the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Waits for its turn.
    #[default]
    Queued,
    /// Its bytes are being sent.
    Sending,
    /// The server is out of reach: it goes on by itself.
    Stalled,
    /// All bytes are there, and the server looks at them.
    Processing,
    /// The server refused it.
    Failed(ErrorBody),
    /// The browser did not keep the file.
    Lost,
    /// The file was changed or moved on this computer, and the browser has no copy.
    Unreadable,
}

fn is_not_stored(_: &Stage) -> bool {
    true
}

impl Serialize for Stage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl Decode for Stage {
    fn decode(_: &Json) -> Option<Self> {
        Some(Self::default())
    }
}

/// What to do about an error of a request of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// The same again, after a while.
    Wait,
    /// Ask how far it has come.
    Ask,
    /// Begin anew: the server does not have it any more.
    Restart,
    /// None.
    Fail,
}

impl Upload {
    pub(crate) fn scope(&self) -> Scope {
        Scope { id: self.conversation, thread: self.thread }
    }

    /// The file as an attachment, as far as that is known here. Before the server has named it, its key does.
    pub(crate) fn attachment(&self) -> Attachment {
        if let Some(done) = &self.done {
            return done.clone();
        }
        Attachment {
            mime: self.mime.clone(),
            width: self.width,
            height: self.height,
            duration: self.duration,
            waveform: self.waveform.clone(),
            ..Attachment::file(AttachmentId(self.key.0), FileName::new(&self.name), self.bytes)
        }
    }

    /// Whether it is neither done nor stopped.
    pub(crate) fn is_under_way(&self) -> bool {
        self.done.is_none() && !self.paused && !self.has_failed()
    }

    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.stage, Stage::Failed(_)) || self.is_lost()
    }

    /// Whether its bytes cannot be read any more: it cannot be tried again.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.stage, Stage::Lost | Stage::Unreadable)
    }

    /// Asks the server again for what it has of the file, under the same id.
    pub(crate) fn check_again(&mut self) {
        self.id = self.done.take().map(|done| done.id).or(self.id);
        (self.sent, self.paused, self.stage) = (0, false, Stage::Queued);
    }

    /// Whether its size or duration is not known.
    pub(crate) fn is_unmeasured(&self) -> bool {
        self.done.is_none() && self.width.is_none() && self.duration.is_none()
    }

    /// How much of it is there, in percent.
    pub(crate) fn percent(&self) -> u64 {
        match (self.done.is_some(), self.bytes) {
            (true, _) | (_, 0) => 100,
            (false, bytes) => (self.sent.min(bytes)) * 100 / bytes,
        }
    }
}

/// The uploads whose turn it is, and that do not run yet.
pub(crate) fn next(uploads: &[Upload]) -> Vec<FileKey> {
    let is_running = |upload: &&Upload| upload.is_under_way() && upload.stage != Stage::Queued;
    let room = MAX_RUNNING.saturating_sub(uploads.iter().filter(is_running).count());
    let queued = uploads.iter().filter(|upload| upload.is_under_way() && upload.stage == Stage::Queued);
    // What a message waits for goes first.
    let mut queued: Vec<_> =
        queued.map(|upload| (upload.message.is_none(), upload.place, upload.key)).collect();
    queued.sort_unstable_by_key(|(beside_field, place, _)| (*beside_field, *place));
    queued.into_iter().take(room).map(|(_, _, key)| key).collect()
}

/// The size of the next piece, after one that took so long.
pub(crate) fn next_piece(piece: u64, took_ms: u64) -> u64 {
    let next = match took_ms {
        ms if ms < *PIECE_MS.start() => piece * 2,
        ms if ms > *PIECE_MS.end() => piece / 2,
        _ => piece,
    };
    next.clamp(*PIECES.start(), *PIECES.end())
}

/// The remedy for an error.
pub(crate) fn remedy(error: &ErrorBody) -> Remedy {
    match error.code {
        ErrorCode::WrongOffset => Remedy::Ask,
        ErrorCode::UnknownAttachment => Remedy::Restart,
        ErrorCode::UploadLocked
        | ErrorCode::RateLimited
        | ErrorCode::Busy
        | ErrorCode::StoreFailed
        | ErrorCode::ShuttingDown
        | ErrorCode::Incomplete => Remedy::Wait,
        // No answer, or one that is not Confab's.
        ErrorCode::Unknown if error.message.is_empty() => Remedy::Wait,
        _ => Remedy::Fail,
    }
}

/// The messages that wait for files which are all there: each with its attachments, in their order.
pub(crate) fn ready(uploads: &[Upload]) -> Vec<(ClientId, Vec<AttachmentId>)> {
    let mut messages = Vec::<(ClientId, Vec<&Upload>)>::new();
    for upload in uploads {
        let Some(message) = upload.message else { continue };
        match messages.iter_mut().find(|(known, _)| *known == message) {
            Some((_, files)) => files.push(upload),
            None => messages.push((message, vec![upload])),
        }
    }
    let ids = |(message, mut files): (ClientId, Vec<&Upload>)| {
        files.sort_unstable_by_key(|upload| upload.place);
        let ids = files.into_iter().map(|upload| upload.done.as_ref().map(|done| done.id));
        Some((message, ids.collect::<Option<Vec<_>>>()?))
    };
    messages.into_iter().filter_map(ids).collect()
}

#[cfg(test)]
mod tests {
    use confab_shared::decode;

    use super::*;

    fn upload(number: u128) -> Upload {
        Upload {
            key: FileKey(Uuid::from_u128(number)),
            by: UserId(1),
            tab: Uuid::nil(),
            conversation: ConversationId(7),
            thread: None,
            message: None,
            place: number as u64,
            name: "a.png".to_owned(),
            mime: "image/png".to_owned(),
            bytes: 1_000,
            width: Some(4),
            height: Some(3),
            duration: None,
            waveform: None,
            id: None,
            done: None,
            sent: 0,
            paused: false,
            stage: Stage::Queued,
        }
    }

    fn keys(numbers: &[u128]) -> Vec<FileKey> {
        numbers.iter().map(|number| FileKey(Uuid::from_u128(*number))).collect()
    }

    #[test]
    fn three_run_side_by_side_and_those_of_messages_go_first() {
        let mut uploads: Vec<_> = (1..=5).map(upload).collect();
        assert_eq!(next(&uploads), keys(&[1, 2, 3]));
        uploads[4].message = Some(ClientId(Uuid::nil()));
        assert_eq!(next(&uploads), keys(&[5, 1, 2]));
        uploads[0].stage = Stage::Sending;
        uploads[1].paused = true;
        uploads[2].stage = Stage::Failed(ErrorBody::new(ErrorCode::TooLarge, String::new()));
        assert_eq!(next(&uploads), keys(&[5, 4]));
    }

    #[test]
    fn pieces_follow_the_network() {
        assert_eq!(next_piece(FIRST_PIECE, 100), 2 * FIRST_PIECE);
        assert_eq!(next_piece(FIRST_PIECE, 1_000), FIRST_PIECE);
        assert_eq!(next_piece(FIRST_PIECE, 5_000), FIRST_PIECE / 2);
        assert_eq!(next_piece(4 * 1024 * 1024, 1), 4 * 1024 * 1024);
        assert_eq!(next_piece(64 * 1024, 60_000), 64 * 1024);
    }

    #[test]
    fn a_message_is_ready_when_all_its_files_are_there() {
        let message = ClientId(Uuid::from_u128(9));
        let mut uploads: Vec<_> = [2, 1, 3].map(upload).into();
        uploads[0].message = Some(message);
        uploads[1].message = Some(message);
        assert_eq!(ready(&uploads), []);
        let id = |number: u128| AttachmentId(Uuid::from_u128(number));
        for (number, upload) in (20..).zip(&mut uploads[..2]) {
            upload.done = Some(Attachment { id: id(number), ..upload.attachment() });
        }
        assert_eq!(ready(&uploads), [(message, vec![id(21), id(20)])]);
    }

    #[test]
    fn only_what_the_server_refuses_fails() {
        let of = |code, message: &str| remedy(&ErrorBody::new(code, message.to_owned()));
        assert_eq!(of(ErrorCode::Unknown, ""), Remedy::Wait);
        assert_eq!(of(ErrorCode::WrongOffset, "at 5"), Remedy::Ask);
        assert_eq!(of(ErrorCode::UnknownAttachment, ""), Remedy::Restart);
        assert_eq!(of(ErrorCode::StorageQuotaExceeded, "No."), Remedy::Fail);
    }

    #[test]
    fn a_finished_upload_is_asked_for_under_its_id() {
        let id = AttachmentId(Uuid::from_u128(20));
        let mut upload = upload(1);
        upload.done = Some(Attachment { id, ..upload.attachment() });
        upload.check_again();
        assert_eq!((upload.id, upload.done.is_none(), upload.is_under_way()), (Some(id), true, true));
    }

    #[test]
    fn an_upload_survives_storage() {
        let stored = Upload { sent: 500, paused: true, message: Some(ClientId(Uuid::nil())), ..upload(1) };
        let text = serde_json::to_string(&Upload { stage: Stage::Sending, ..stored.clone() }).unwrap();
        assert_eq!(decode::from_str::<Upload>(&text), Some(stored.clone()));
        assert_eq!(stored.percent(), 50);
    }
}
