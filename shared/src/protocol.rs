//! The frames of `/ws`: JSON text, `{"type": "...", ...}`. Commands go up, events and signals come down; all else
//! is HTTP ([`crate::api`]).

use serde::{Deserialize, Serialize};

use crate::{
    command::Command,
    conversation::{Conversation, ListCursor, is_zero},
    decode::Decode,
    draft::Draft,
    error::ErrorBody,
    event::Event,
    group_request::GroupRequest,
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    thread::ThreadState,
    user::{Presence, User},
};

/// The largest frame that the server reads, in bytes. A larger one ends the connection with close code 1009.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;

/// How long a new connection may take to send [`ClientFrame::Hello`], in seconds.
pub const HELLO_SECONDS: u64 = 10;

/// How long a [`ServerFrame::Typing`] holds unless it is repeated, in milliseconds.
pub const TYPING_MILLIS: u64 = 6_000;

/// How many threads a [`Welcome`] has at most, read or not: those with the newest replies.
pub const MAX_WELCOME_THREADS: usize = 100;

/// How many older threads a [`Welcome`] has at most beside them: those with something unread.
pub const MAX_WELCOME_UNREAD_THREADS: usize = 1_000;

/// Close codes of our own, beside 1001 (the server stops) and 1009 (a frame was too large).
pub mod close {
    /// The token in `hello` is of no session: the client has to sign in again.
    pub const BAD_TOKEN: u16 = 4401;
    /// No `hello` arrived in time, or another frame came first.
    pub const NO_HELLO: u16 = 4408;
}

macro_rules! define_client_frame {
    ($($Command:ident, $Content:path, $name:literal;)*) => {
        /// A frame from a client.
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
            /// Asks for a [`ServerFrame::Pong`]: a browser cannot see the pings of the WebSocket itself.
            Ping,
            /// Moves the sender's read position forward to `seq`; backward is ignored. Not answered unless it fails.
            Read {
                /// The conversation.
                conversation: ConversationId,
                /// The last event that is read.
                seq: Seq,
                /// The root of the thread whose read position is meant; without it, the conversation's. Neither moves the
                /// other.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                thread: Option<Seq>,
            },
            /// The sender is writing, or has stopped. Not answered unless it fails.
            Typing {
                /// The conversation.
                conversation: ConversationId,
                /// Whether the sender has stopped; otherwise it holds for [`TYPING_MILLIS`].
                #[serde(default, skip_serializing_if = "std::ops::Not::not")]
                stopped: bool,
            },
            /// The sender's draft was sent, in a message before this frame, as it was at a version or before: its text is removed,
            /// unless another device has changed it since. Not answered unless it fails.
            DraftSent {
                /// The conversation.
                conversation: ConversationId,
                /// The version; of a change that is on its way, the one that it will give the draft.
                version: u64,
                /// The root of the thread, where the draft is of one.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                thread: Option<Seq>,
            },
            $(
                #[doc = concat!("The command `", $name, "`. Answered by [`ServerFrame::Ack`] or [`ServerFrame::Error`].")]
                #[serde(rename = $name)]
                $Command($Content),
            )*
            /// A type that this build does not know: answered by an error, and the connection stays open.
            #[serde(other)]
            Unknown,
        }

        impl From<Command> for ClientFrame {
            fn from(command: Command) -> Self {
                match command {
                    $(Command::$Command(content) => Self::$Command(content),)*
                }
            }
        }

        impl ClientFrame {
            /// The command that the frame is.
            ///
            /// # Errors
            /// The frame itself where it is none.
            pub fn into_command(self) -> Result<Command, Self> {
                match self {
                    $(Self::$Command(content) => Ok(Command::$Command(content)),)*
                    other => Err(other),
                }
            }
        }
    };
}
crate::commands!(define_client_frame);

/// A frame from the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// All initial state.
    Welcome(Box<Welcome>),
    /// A command is carried out and on disk.
    Ack(Ack),
    /// A conversation of the user has a new event.
    Event(EventFrame),
    /// A member is writing, or has stopped.
    Typing {
        /// The conversation.
        conversation: ConversationId,
        /// The member.
        user: User,
        /// Whether the member has stopped; otherwise it holds for [`TYPING_MILLIS`].
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stopped: bool,
    },
    /// A user with whom the user has a direct conversation, in which both have posted, connected or disconnected.
    Presence(Presence),
    /// A read position moved: the user's own (from another session) or another member's.
    Read(ReadSignal),
    /// The user has read a thread or follows it, or not any more: from this session or another.
    Thread(ThreadState),
    /// A user has changed, such as by a new display name. It may be one whom the client does not know.
    User {
        /// The user, as they are now.
        user: User,
    },
    /// A member of a group asked the user to join it.
    GroupRequest(GroupRequest),
    /// The user declined such a request, in this tab or another. An accepted one ends with the event of joining.
    GroupRequestDeclined {
        /// The group.
        conversation: ConversationId,
    },
    /// A draft of the user's own has changed, in this session or another.
    Draft(Draft),
    /// The answer to [`ClientFrame::Ping`].
    Pong,
    /// The client could not keep up and frames were dropped: it has to send [`ClientFrame::Resync`].
    Lagged,
    /// Whether events may arrive with a delay of some seconds. Sent when that changes, and after a welcome where it is so.
    Slow {
        /// Whether it is so.
        slow: bool,
    },
    /// A command failed, or a frame could not be decoded.
    Error(ErrorBody),
    /// A type from a newer server: to be ignored.
    #[serde(other)]
    Unknown,
}

/// All initial state, on connect and after a resync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Welcome {
    /// The user of the session.
    pub you: User,
    /// The newest conversations of the user, and older ones with unread messages, in no order.
    pub conversations: Vec<Conversation>,
    /// Where there are more: the last of the newest conversations. Those before it in the list, that is, with less recent
    /// activity, come by page (`GET /conversations?before=`). Without it, the user is in no other conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<ListCursor>,
    /// Every user whom `conversations` names.
    pub users: Vec<User>,
    /// The presence of users with whom the user has one of these as a direct conversation in which both have posted.
    pub presence: Vec<Presence>,
    /// The groups that the user was asked to join and has not answered, the newest request first: at most
    /// [`MAX_GROUP_REQUESTS`](crate::group_request::MAX_GROUP_REQUESTS).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_requests: Vec<GroupRequest>,
    /// The threads that the user follows, the one with the newest reply first: the first [`MAX_WELCOME_THREADS`], also read
    /// ones, and further ones with something unread, at most [`MAX_WELCOME_UNREAD_THREADS`]. The others come by page
    /// (`GET /threads`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub threads: Vec<ThreadState>,
    /// In how many threads that the user follows something is unread.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unread_threads: u64,
    /// The server's clock.
    pub time: Timestamp,
    /// What the server allows.
    #[serde(default)]
    pub limits: Limits,
}

/// Limits that the owner of a server sets and that a client has to know in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Limits {
    /// The largest file that may be uploaded, in bytes; 0 where none may.
    #[serde(default)]
    pub attachment_bytes: u64,
    /// How much all files of one person may have together, in bytes.
    #[serde(default)]
    pub storage_bytes: u64,
}

/// The answer to a command, sent once what it did is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Ack {
    /// The command.
    pub client_id: ClientId,
    /// The conversation that it was about or that it made.
    pub conversation: ConversationId,
    /// The seq of its event; of a command that changed nothing, the conversation's head.
    pub seq: Seq,
    /// When the server took the command.
    pub at: Timestamp,
}

/// An event, with the users whom it names: the client may not know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct EventFrame {
    /// The event.
    pub event: Event,
    /// The users whom it names.
    pub users: Vec<User>,
}

/// A member's read position. It has moved forward, unless `back` says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct ReadSignal {
    /// The conversation.
    pub conversation: ConversationId,
    /// The member.
    pub user: UserId,
    /// The last event that is read.
    pub read_seq: Seq,
    /// How many of the conversation's messages stand at or before it; deleted ones are not counted.
    pub read_count: u64,
    /// The conversation's newest event at that time: what was deleted up to it is not counted.
    pub head_seq: Seq,
    /// Whether the user marked what is behind the position as unread: it has moved back, and mentions behind it are unread
    /// again. Sent to the user alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub back: bool,
}
