//! The error of a use case: a stable code and a sentence for a person. `transport` turns it into a status and a body, or
//! into an `error` frame. Domain rules return [`Refusal`]s and storage returns [`StorageError`]s, which are converted to
//! errors here; `anyhow` is used at start-up only.

use std::time::Duration;

use confab_shared::{
    error::{ErrorBody, ErrorCode},
    id::ClientId,
    text::TextError,
};

use crate::{
    domain::refusal::Refusal,
    metrics::{ErrorLabel, METRICS},
    storage::StorageError,
    throttle::Throttle,
};

/// A refusal or a failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The stable code.
    pub code: ErrorCode,
    /// The sentence.
    pub message: String,
    /// Of `rate_limited`: when there is room again. Of `store_failed`: when storage may be back.
    pub retry_after: Option<Duration>,
}

impl Error {
    /// An error with a sentence that says more than the code's own.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after: None }
    }

    /// Too much in too short a time.
    pub fn rate_limited(retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..ErrorCode::RateLimited.into() }
    }

    /// The error as it goes over the wire, where it counts as answered.
    pub fn body(self, client_id: Option<ClientId>) -> ErrorBody {
        METRICS.errors.get_or_create(&ErrorLabel(self.code)).inc();
        let retry_after_ms = self.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        ErrorBody { code: self.code, message: self.message, client_id, retry_after_ms }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        let message = match code {
            ErrorCode::AccountsOnly => "Only people with an account or an invitation can come in here.",
            ErrorCode::AttachmentTooLarge => "This file is too large.",
            ErrorCode::BadCursor => "This search cannot be continued: please search again.",
            ErrorCode::BadEmoji => "This is not an emoji.",
            ErrorCode::BadInvitation => "This link is not valid any more. Please ask for a new one.",
            ErrorCode::BadToken => "This session is over: please sign in again.",
            ErrorCode::Busy => "Too many people sign in at this moment. Please try again.",
            ErrorCode::BinaryFrame => "Frames must be text.",
            ErrorCode::CodeRequired => "This name has a second factor: a code is needed, too.",
            ErrorCode::Deactivated => "This account was deactivated.",
            ErrorCode::DraftConflict => "This draft was changed on another device.",
            ErrorCode::Forbidden => "You may not do this here.",
            ErrorCode::ForeignOrigin => "This site may not connect to Confab from a browser.",
            ErrorCode::HelloExpected => "A connection begins with a hello frame, within ten seconds.",
            ErrorCode::IdempotencyConflict => {
                "This client_id has been used for another command: make one per command."
            }
            ErrorCode::Incomplete => "This did not arrive whole. Please try again.",
            ErrorCode::MethodNotAllowed => "This cannot be done here with this method.",
            ErrorCode::NameTaken => "Somebody else has this name. Please choose another.",
            ErrorCode::NotFound => "There is nothing here.",
            ErrorCode::PasswordRequired => "This name has a password.",
            ErrorCode::QueryTooLong => "This is too long to search for: at most 500 characters are read.",
            ErrorCode::RateLimited => "This was too much in a short time. Please wait a moment.",
            ErrorCode::SecondFactorRequired => {
                "Admins of this server need a second factor. Please set one up first."
            }
            ErrorCode::ShuttingDown => "The server is about to stop. Please try again in a moment.",
            ErrorCode::StorageQuotaExceeded => "There is no room left for your files.",
            ErrorCode::TooLarge => "This is too large: at most 64 KiB are read at once.",
            ErrorCode::TooManyAttachments => "A message can have at most ten files.",
            ErrorCode::TooManyConnections => {
                "This server has no room for more people now. Please try again later."
            }
            ErrorCode::TooManyDrafts => "You have as many drafts as one may have.",
            ErrorCode::TooManyReactions => "This message has as many different reactions as it can have.",
            ErrorCode::TooManySaved => "You have saved as many messages as one may.",
            ErrorCode::TooManyTerms => "These are too many words to search for: at most 30 are read.",
            ErrorCode::TooManyUploads => "You have as many unsent files as one may have.",
            ErrorCode::UnknownAttachment => {
                "There is no such file here, it is not ready, or it was sent already."
            }
            ErrorCode::UnknownConversation => "There is no such conversation, or you are not in it.",
            ErrorCode::UnknownMessage => "There is no such message, or it was deleted.",
            ErrorCode::UnknownType => "Frames of this type are not known here.",
            ErrorCode::UnsupportedTusVersion => "Only version 1.0.0 of tus is known here.",
            ErrorCode::UpgradeRequired => {
                "This is for WebSocket: the headers `Connection: upgrade` and `Upgrade: websocket` are missing."
            }
            ErrorCode::UploadLocked => "This file is being uploaded already.",
            ErrorCode::WeakPassword => "This password is too easy to guess.",
            ErrorCode::WrongCode => "This code is not valid. Please use the next one that is shown.",
            ErrorCode::WrongOffset => "The upload has come to another place: please ask where it is.",
            ErrorCode::WrongPassword => "This is not the password of this name.",
            ErrorCode::WrongKind => "This cannot be done with this kind of conversation.",
            ErrorCode::WrongSender => {
                "You can only send as yourself: userID1 is not the ID that you connected with."
            }
            ErrorCode::BadFrame
            | ErrorCode::BadJson
            | ErrorCode::BadLimit
            | ErrorCode::BadName
            | ErrorCode::BadRequest
            | ErrorCode::Internal
            | ErrorCode::StoreFailed
            | ErrorCode::TextControlCharacter
            | ErrorCode::TextEmpty
            | ErrorCode::TextTooLong
            | ErrorCode::UnknownUser
            | ErrorCode::Unknown => "This did not work.",
        };
        Self::new(code, message)
    }
}

impl From<TextError> for Error {
    fn from(error: TextError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownConversation => ErrorCode::UnknownConversation.into(),
            Refusal::WrongKind => ErrorCode::WrongKind.into(),
            Refusal::UnknownMessage => ErrorCode::UnknownMessage.into(),
            Refusal::UnknownAttachment => ErrorCode::UnknownAttachment.into(),
            Refusal::TextEmpty => TextError::Empty.into(),
            Refusal::Forbidden => ErrorCode::Forbidden.into(),
            Refusal::TooManyReactions => ErrorCode::TooManyReactions.into(),
            Refusal::UnknownUser(name) => {
                Self::new(ErrorCode::UnknownUser, format!("Nobody here is called “{name}”."))
            }
            Refusal::IdempotencyConflict => ErrorCode::IdempotencyConflict.into(),
        }
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Failed(cause) => store_failed(&cause, None),
            StorageError::Unavailable { cause, retry_after } => store_failed(&cause, Some(retry_after)),
            StorageError::Closed => ErrorCode::ShuttingDown.into(),
        }
    }
}

fn store_failed(cause: &str, retry_after: Option<Duration>) -> Error {
    // While the disk is full, files cannot be opened or a database is away, every request fails.
    static THROTTLE: Throttle = Throttle::new();
    if let Some(suppressed) = THROTTLE.pass() {
        tracing::error!(%cause, "storage failed{suppressed}");
    }
    let message = "The server could not save this: nothing was changed.";
    Error { retry_after, ..Error::new(ErrorCode::StoreFailed, message) }
}

impl From<getrandom::Error> for Error {
    fn from(cause: getrandom::Error) -> Self {
        tracing::error!(%cause, "failed to get random bytes");
        Self::new(ErrorCode::Internal, "The server has a fault. Please try again.")
    }
}
