//! The frames of `/ws`: JSON text, `{"type": "...", ...}`. Commands go up, events and signals come down; all else
//! is HTTP ([`crate::api`]).

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ClientId, ConversationId, Seq, Timestamp, UserId},
    model::{Conversation, Event, Presence, User},
};

/// The largest frame that the server reads, in bytes. A larger one ends the connection with close code 1009.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;

/// How long a fresh connection may take to say [`ClientFrame::Hello`], in seconds.
pub const HELLO_SECONDS: u64 = 10;

/// How long a [`ServerFrame::Typing`] holds unless it is said again, in milliseconds.
pub const TYPING_MILLIS: u64 = 6_000;

/// Close codes of our own, beside 1001 (the server stops) and 1009 (a frame was too large).
pub mod close {
    /// The token in `hello` names no session: signing in again is the only way on.
    pub const BAD_TOKEN: u16 = 4401;
    /// No `hello` came, or something else came first.
    pub const NO_HELLO: u16 = 4408;
}

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame of a connection. Answered by [`ServerFrame::Welcome`].
    Hello {
        /// The session's token, as signing in gave it.
        token: String,
    },
    /// Asks for a fresh [`ServerFrame::Welcome`], after [`ServerFrame::Lagged`].
    Resync,
    /// Asks whether anybody is there: a browser cannot see the pings of the WebSocket itself. Answered by
    /// [`ServerFrame::Pong`].
    Ping,
    /// Posts a message. Answered by [`ServerFrame::Ack`], or by [`ServerFrame::Error`] with the same `client_id`.
    Send {
        /// Makes a retry harmless: the same sender and id give one message and one answer.
        client_id: ClientId,
        /// Where.
        conversation: ConversationId,
        /// What: see [`crate::text::MessageText`] for its limits.
        text: String,
    },
    /// Moves the sender's cursor forward to `seq`; backward is ignored. Not answered unless it fails.
    Read {
        /// Where.
        conversation: ConversationId,
        /// The seq that the reader has reached.
        seq: Seq,
    },
    /// Says that the sender is writing; good for [`TYPING_MILLIS`]. Not answered unless it fails.
    Typing {
        /// Where.
        conversation: ConversationId,
    },
    /// A type that this build does not know: answered by an error, and the connection lives on.
    #[serde(other)]
    Unknown,
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// All initial state.
    Welcome(Box<Welcome>),
    /// A message is on disk.
    Ack(Ack),
    /// A conversation of yours has a new event.
    Event(EventFrame),
    /// Somebody is writing.
    Typing {
        /// Where.
        conversation: ConversationId,
        /// Who.
        user: User,
    },
    /// Somebody whom you have a direct conversation with came or went.
    Presence(Presence),
    /// A member's cursor moved: your own (from another of your sessions) or somebody else's.
    Read(ReadSignal),
    /// The answer to [`ClientFrame::Ping`].
    Pong,
    /// You could not keep up and frames were dropped: say [`ClientFrame::Resync`].
    Lagged,
    /// A command failed, or a frame could not be understood.
    Error(ErrorBody),
    /// From a newer server: to be ignored.
    #[serde(other)]
    Unknown,
}

/// All that a client needs to begin, or to begin again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Who the session belongs to.
    pub you: User,
    /// Every conversation that you are in, in no order.
    pub conversations: Vec<Conversation>,
    /// Every user whom `conversations` names.
    pub users: Vec<User>,
    /// Those who are online, or were, of the users whom you have direct conversations with.
    pub presence: Vec<Presence>,
    /// The server's clock.
    pub time: Timestamp,
}

/// The answer to [`ClientFrame::Send`], given once the message is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The command that this answers.
    pub client_id: ClientId,
    /// Where the message stands.
    pub conversation: ConversationId,
    /// Its place in the conversation.
    pub seq: Seq,
    /// When the server took it.
    pub at: Timestamp,
}

/// An event, with the users whom it names: a receiver need not have met them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFrame {
    /// What happened.
    pub event: Event,
    /// Who is named in it.
    pub users: Vec<User>,
}

/// A member's cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadSignal {
    /// Where.
    pub conversation: ConversationId,
    /// Whose.
    pub user: UserId,
    /// The seq that they have reached.
    pub seq: Seq,
    /// How many of the conversation's messages stand at or before `seq`.
    pub read: u64,
}

/// What went wrong. Over HTTP it is the body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// For programs: stable.
    pub code: ErrorCode,
    /// For a person: one sentence.
    pub message: String,
    /// The command that failed, where it had one that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

/// The stable names of what can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Only people with an account or an invitation may come in.
    AccountsOnly,
    /// A field is missing or of the wrong form.
    BadFrame,
    /// It is not JSON.
    BadJson,
    /// The number of events asked for is outside 1 to [`crate::api::MAX_EVENTS_PER_PAGE`].
    BadLimit,
    /// A user name with characters that a name cannot have.
    BadName,
    /// The request cannot be understood.
    BadRequest,
    /// The token names no session.
    BadToken,
    /// A binary frame; all of ours are text.
    BinaryFrame,
    /// The browser's page comes from another site.
    ForeignOrigin,
    /// The first frame was not `hello`, or none came in time.
    HelloExpected,
    /// The request did not arrive whole: nothing was done, and it can be sent again.
    Incomplete,
    /// A fault of the server's own.
    Internal,
    /// The route does not take this method; `Allow` names those that it takes.
    MethodNotAllowed,
    /// The name belongs to somebody else.
    NameTaken,
    /// There is no such page or route.
    NotFound,
    /// The server is about to stop; the command was not carried out.
    ShuttingDown,
    /// The store could not write, for example because the disk is full; the command was not carried out.
    StoreFailed,
    /// A text with a control character.
    TextControlCharacter,
    /// A text with nothing in it.
    TextEmpty,
    /// A text above its limit.
    TextTooLong,
    /// A frame or a request's body is above its limit.
    TooLarge,
    /// As many people are connected as the server has room for.
    TooManyConnections,
    /// There is no such conversation, or the user is not in it: which of the two is not told.
    UnknownConversation,
    /// The type of the frame is not known here.
    UnknownType,
    /// Nobody has that name.
    UnknownUser,
    /// The request at `/ws` does not ask for WebSocket: a proxy in between may have dropped its headers.
    UpgradeRequired,
    /// The conversation's kind does not allow it: a direct conversation has no title, for example.
    WrongKind,
    /// In the demo's dialect: the frame names somebody else as its sender.
    WrongSender,
    /// From a newer peer.
    #[serde(other)]
    Unknown,
}
