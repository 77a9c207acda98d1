//! Decodes JSON into the types of the wire. Serde's decoders would be an eighth of the bytes of a first visit; these go by
//! way of one JSON tree. Events and commands come from the tables of `confab_shared`, and a field that is missing here
//! does not compile. The tests compare both decoders.

mod json;
mod value;

use confab_shared::{
    api::{
        ConversationView, EventPage, Members, MessagePage, Pins, Revision, Revisions, ServerInfo, SignedIn,
        Users,
    },
    command::Command,
    conversation::{Conversation, LastMessage, UnreadMention},
    error::ErrorBody,
    event::{Event, EventBody},
    item::Item,
    message::{Message, Reaction, Stamp},
    protocol::{Ack, EventFrame, ReadSignal, ServerFrame, Welcome},
    user::{Presence, User},
};

pub(crate) use self::{
    json::Json,
    value::{Decode, field},
};

/// Decodes a body of the API.
pub(crate) fn body<T: Decode>(text: &str) -> Option<T> {
    T::decode(&Json::parse(text)?)
}

/// Decodes a frame from the server; none where it is malformed.
pub(crate) fn frame(text: &str) -> Option<ServerFrame> {
    ServerFrame::decode(&Json::parse(text)?)
}

/// Decodes structs field by field, each under its own name. A field after `or default` may be missing.
macro_rules! decode_structs {
    ($($Struct:ident { $($field:ident),* $(; or default $($optional:ident),*)? })*) => {
        $(impl Decode for $Struct {
            fn decode(value: &Json) -> Option<Self> {
                Some(Self {
                    $($field: field(value, stringify!($field))?,)*
                    $($($optional: field::<Option<_>>(value, stringify!($optional))?.unwrap_or_default(),)*)?
                })
            }
        })*
    };
}

decode_structs! {
    Ack { client_id, conversation, seq, at }
    Conversation {
        id, kind, title, topic, peer, member_count, head_seq, message_count, read_seq, read_count, mentions, peers_read_seq,
        last_activity_at, last_message; or default deleted_count, role
    }
    ConversationView { conversation, users, presence }
    ErrorBody { code, message, client_id }
    Event { conversation, seq, at, by, client_id, body }
    EventFrame { event, users }
    EventPage { events, users, head_seq }
    LastMessage { seq, by, at, text }
    Members { users, presence }
    Message { seq, at, by, client_id, text, mentions, edited_at, reactions, pinned, deleted }
    MessagePage { items, users, head_seq, first_seq, last_seq }
    Pins { messages, users, head_seq }
    Presence { user, online, last_seen }
    Reaction { emoji, users }
    ReadSignal { conversation, user, read_seq, read_count, head_seq }
    Revision { at, text }
    Revisions { revisions }
    ServerInfo { access, version }
    SignedIn { token, guest_key, user }
    Stamp { by, at }
    UnreadMention { seq, event }
    User { id, name }
    Users { users }
    Welcome { you, conversations, users, presence, time }
}

impl Decode for Item {
    fn decode(value: &Json) -> Option<Self> {
        Some(match value.get("type").text()? {
            "message" => Self::Message(Decode::decode(value)?),
            "notice" => Self::Notice(Decode::decode(value)?),
            _ => return None,
        })
    }
}

impl Decode for ServerFrame {
    fn decode(value: &Json) -> Option<Self> {
        Some(match value.get("type").text()? {
            "welcome" => Self::Welcome(Box::new(Decode::decode(value)?)),
            "ack" => Self::Ack(Decode::decode(value)?),
            "event" => Self::Event(Decode::decode(value)?),
            "typing" => Self::Typing {
                conversation: field(value, "conversation")?,
                user: field(value, "user")?,
                stopped: field::<Option<bool>>(value, "stopped")?.unwrap_or_default(),
            },
            "presence" => Self::Presence(Decode::decode(value)?),
            "read" => Self::Read(Decode::decode(value)?),
            "pong" => Self::Pong,
            "lagged" => Self::Lagged,
            "error" => Self::Error(Decode::decode(value)?),
            _ => Self::Unknown,
        })
    }
}

/// Decodes the content of every kind of a table.
macro_rules! decode_contents {
    ($($Kind:ident, $Content:path, $name:literal { $($field:ident),* };)*) => {
        $(impl Decode for $Content {
            #[allow(unused_variables, reason = "some kinds have no fields")]
            fn decode(value: &Json) -> Option<Self> {
                Some(Self { $($field: field(value, stringify!($field))?),* })
            }
        })*
    };
}
confab_shared::event_kinds!(decode_contents);
confab_shared::commands!(decode_contents);

/// Decodes the body of an event by its `kind`.
macro_rules! decode_event_body {
    ($($Kind:ident, $Content:path, $name:literal { $($field:ident),* };)*) => {
        impl Decode for EventBody {
            fn decode(value: &Json) -> Option<Self> {
                Some(match value.get("kind").text()? {
                    $($name => Self::$Kind(Decode::decode(value)?),)*
                    _ => Self::Unknown,
                })
            }
        }
    };
}
confab_shared::event_kinds!(decode_event_body);

/// Decodes a command by its `type`.
macro_rules! decode_command {
    ($($Kind:ident, $Content:path, $name:literal { $($field:ident),* };)*) => {
        impl Decode for Command {
            fn decode(value: &Json) -> Option<Self> {
                Some(match value.get("type").text()? {
                    $($name => Self::$Kind(Decode::decode(value)?),)*
                    _ => return None,
                })
            }
        }
    };
}
confab_shared::commands!(decode_command);

#[cfg(test)]
mod tests;
