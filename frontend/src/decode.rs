//! JSON into the types of the wire. Their own decoders (serde's) would be an eighth of what a first visit fetches; these
//! read the same by way of one tree. A field that is added to a type and forgotten here does not compile, and the
//! tests hold both decoders side by side.

mod json;
mod read;

use confab_shared::{
    api::{ConversationView, EventPage, Members, ServerInfo, SignedIn, Users},
    command::Command,
    conversation::{Conversation, LastMessage},
    error::ErrorBody,
    event::{Event, EventBody},
    protocol::{Ack, EventFrame, ReadSignal, ServerFrame, Welcome},
    user::{Presence, User},
};

pub(crate) use self::{
    json::Json,
    read::{Read, field},
};

/// Any body of the API; none where the text is not of it.
pub(crate) fn body<T: Read>(text: &str) -> Option<T> {
    T::read(&Json::parse(text)?)
}

/// A frame from the server; none where it cannot be read, as one from a newer server may not.
pub(crate) fn frame(text: &str) -> Option<ServerFrame> {
    ServerFrame::read(&Json::parse(text)?)
}

/// Reads a record field by field, each under its own name.
macro_rules! record {
    ($($record:ident { $($field:ident),* })*) => {
        $(impl Read for $record {
            fn read(value: &Json) -> Option<Self> {
                Some(Self { $($field: field(value, stringify!($field))?),* })
            }
        })*
    };
}

record! {
    Ack { client_id, conversation, seq, at }
    Conversation {
        id, kind, title, peer, member_count, head_seq, message_count, read_seq, read_count, mentions, peers_read_seq,
        last_activity_at, last_message
    }
    ConversationView { conversation, users, presence }
    ErrorBody { code, message, client_id }
    Event { conversation, seq, at, by, client_id, body }
    EventFrame { event, users }
    EventPage { events, users, head_seq }
    LastMessage { by, at, text }
    Members { users, presence }
    Presence { user, online, last_seen }
    ReadSignal { conversation, user, read_seq, read_count }
    ServerInfo { access, version }
    SignedIn { token, guest_key, user }
    User { id, name }
    Users { users }
    Welcome { you, conversations, users, presence, time }
}

impl Read for ServerFrame {
    fn read(value: &Json) -> Option<Self> {
        Some(match value.get("type").text()? {
            "welcome" => Self::Welcome(Box::new(Read::read(value)?)),
            "ack" => Self::Ack(Read::read(value)?),
            "event" => Self::Event(Read::read(value)?),
            "typing" => Self::Typing {
                conversation: field(value, "conversation")?,
                user: field(value, "user")?,
                stopped: field::<Option<bool>>(value, "stopped")?.unwrap_or_default(),
            },
            "presence" => Self::Presence(Read::read(value)?),
            "read" => Self::Read(Read::read(value)?),
            "pong" => Self::Pong,
            "lagged" => Self::Lagged,
            "error" => Self::Error(Read::read(value)?),
            _ => Self::Unknown,
        })
    }
}

/// Reads the contents of a table's kinds, each field under its own name.
macro_rules! contents {
    ($($Kind:ident, $Content:path, $name:literal { $($field:ident),* };)*) => {
        $(impl Read for $Content {
            #[allow(unused_variables, reason = "some kinds have no fields")]
            fn read(value: &Json) -> Option<Self> {
                Some(Self { $($field: field(value, stringify!($field))?),* })
            }
        })*
    };
}
confab_shared::event_kinds!(contents);
confab_shared::commands!(contents);

/// Reads an event's body by its `kind`; a kind that the table does not have is unknown.
macro_rules! event_body {
    ($($Kind:ident, $Content:path, $name:literal { $($field:ident),* };)*) => {
        impl Read for EventBody {
            fn read(value: &Json) -> Option<Self> {
                Some(match value.get("kind").text()? {
                    $($name => Self::$Kind(Read::read(value)?),)*
                    _ => Self::Unknown,
                })
            }
        }
    };
}
confab_shared::event_kinds!(event_body);

/// Reads a command by its `type`.
macro_rules! command {
    ($($Kind:ident, $Content:path, $name:literal { $($field:ident),* };)*) => {
        impl Read for Command {
            fn read(value: &Json) -> Option<Self> {
                Some(match value.get("type").text()? {
                    $($name => Self::$Kind(Read::read(value)?),)*
                    _ => return None,
                })
            }
        }
    };
}
confab_shared::commands!(command);

#[cfg(test)]
mod tests;
