//! Errors of the protocol: a stable code for programs and a sentence for a person.
//!
//! To add a code: a variant of [`ErrorCode`]. The matches over it (the server's sentence and HTTP status, the page's
//! words) have no wildcard, so that a forgotten one does not compile.

use serde::{Deserialize, Serialize};

use crate::{decode::Decode, id::ClientId};

/// An error. Over HTTP it is the body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct ErrorBody {
    /// The stable code, for programs.
    pub code: ErrorCode,
    /// One sentence, for a person.
    pub message: String,
    /// The command that failed, where its id could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Of `rate_limited`, and of `store_failed` where storage is away for now: after how many milliseconds to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ErrorBody {
    /// An error that answers no command.
    #[must_use]
    pub fn new(code: ErrorCode, message: String) -> Self {
        Self { code, message, client_id: None, retry_after_ms: None }
    }
}

/// The stable codes of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Decode)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Only people with an account or an invitation may sign in.
    AccountsOnly,
    /// The file is larger than one may be.
    AttachmentTooLarge,
    /// A field is missing or of the wrong form.
    BadFrame,
    /// The frame or body is not JSON.
    BadJson,
    /// No invitation has this secret, or it was used up, was revoked or has ended: all give the same answer.
    BadInvitation,
    /// The number of events asked for is outside 1 to [`crate::api::MAX_EVENTS_PER_PAGE`].
    BadLimit,
    /// The reaction is no emoji of Unicode's table.
    BadEmoji,
    /// The cursor is none that the server gave.
    BadCursor,
    /// A user name with characters that a name cannot have.
    BadName,
    /// The request cannot be understood.
    BadRequest,
    /// The token names no session.
    BadToken,
    /// As much of this waits as may wait: to be tried again in a moment.
    Busy,
    /// A binary frame; all of ours are text.
    BinaryFrame,
    /// The name has a second factor, and no code was given.
    CodeRequired,
    /// The account was deactivated.
    Deactivated,
    /// The draft has another version: another device has changed it.
    DraftConflict,
    /// The user may not do this, or not in this conversation.
    Forbidden,
    /// The browser's page is of another site.
    ForeignOrigin,
    /// The first frame was not `hello`, or none came in time.
    HelloExpected,
    /// The `client_id` was used for another command, or for the same with another content.
    IdempotencyConflict,
    /// The request did not arrive whole: nothing was done, and it can be sent again.
    Incomplete,
    /// A fault of the server.
    Internal,
    /// The route does not take this method; `Allow` names those that it takes.
    MethodNotAllowed,
    /// The name belongs to another user.
    NameTaken,
    /// There is no such page or route.
    NotFound,
    /// The name has a password, and none was given.
    PasswordRequired,
    /// The query of a search is above [`crate::search_query::MAX_QUERY_CHARS`].
    QueryTooLong,
    /// Too much of this in too short a time; [`ErrorBody::retry_after_ms`] says when there is room again.
    RateLimited,
    /// The role asks for a second factor, and the user has none yet.
    SecondFactorRequired,
    /// The server is about to stop; the command was not carried out.
    ShuttingDown,
    /// All files of the user together would be more than one person may store.
    StorageQuotaExceeded,
    /// Storage could not write, for example because the disk is full; the command was not executed.
    StoreFailed,
    /// A text with a control character.
    TextControlCharacter,
    /// A text in which nothing can be seen.
    TextEmpty,
    /// A text above its limit.
    TextTooLong,
    /// A frame or a request's body is above its limit.
    TooLarge,
    /// As many people are connected as the server has room for.
    TooManyConnections,
    /// The message has more than [`MAX_ATTACHMENTS`](crate::attachment::MAX_ATTACHMENTS) attachments.
    TooManyAttachments,
    /// The user has as many uploads as one may have that are in no message yet.
    TooManyUploads,
    /// The user has as many drafts as one may have.
    TooManyDrafts,
    /// The message has as many different reactions as it can have.
    TooManyReactions,
    /// The user has saved as many messages as one may.
    TooManySaved,
    /// The query of a search has more than [`crate::search_query::MAX_TERMS`] terms.
    TooManyTerms,
    /// There is no such attachment or upload, it is not the user's, it is not ready, or it is in a message already: all give the
    /// same answer.
    UnknownAttachment,
    /// There is no such conversation, or the user is not a member: both give the same answer.
    UnknownConversation,
    /// The conversation has no such message, or it was deleted.
    UnknownMessage,
    /// The type of the frame is not known.
    UnknownType,
    /// No user has the name.
    UnknownUser,
    /// The version of tus that the request speaks is not ours.
    UnsupportedTusVersion,
    /// The request at `/ws` does not ask for WebSocket: a proxy in between may have dropped its headers.
    UpgradeRequired,
    /// Another request is sending bytes of this upload.
    UploadLocked,
    /// The new password is short, long or easy to guess.
    WeakPassword,
    /// The code is not that of the second factor, or was used before.
    WrongCode,
    /// The bytes do not begin where the upload has come to; its `HEAD` says where that is.
    WrongOffset,
    /// The password is not that of the name.
    WrongPassword,
    /// The conversation's kind does not allow it: a direct conversation has no title, for example.
    WrongKind,
    /// In the demo's dialect: the frame names another user as its sender.
    WrongSender,
    /// From a newer peer.
    #[serde(other)]
    Unknown,
}
