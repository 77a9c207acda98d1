//! The messages between nodes: a version, a header in JSON, and behind it the bytes of the frames that readers get.
//!
//! Two versions of the server run side by side while one follows the other: fields and kinds may be added, which the older
//! version ignores; what it cannot read gets a new version in the subjects.

use std::borrow::Cow;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, Seq, UserId},
    text::Title,
    user::User,
};
use serde::{Deserialize, Serialize};

use crate::{domain::cluster::NodeId, realtime::bus::EndedConnections, websocket::frame::Frame};

/// The version of the envelope, which the subjects name, too.
const VERSION: u8 = 1;

/// The version and the length of the header.
const PREFIX: usize = 5;

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Header {
    /// Events of one conversation that one node committed, in seq order. Behind it, their frames.
    Events(EventsHeader),
    /// A signal. Behind it, its frame.
    Signal(SignalHeader),
    /// Connections end.
    End {
        /// Whose.
        user: UserId,
        /// Which.
        ended: EndedConnections,
    },
    /// A user is now like this: their connections act so.
    User {
        /// The user.
        user: User,
    },
    /// The node is there.
    Beat {
        /// How often it has failed to publish: what it lost is in storage.
        losses: u64,
        /// Whether the node leaves: no further heartbeat follows.
        leaving: bool,
    },
    /// What clients did, as far as limits count it.
    Usage(crate::domain::limits::Usage),
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EventsHeader {
    pub(super) conversation: ConversationId,
    pub(super) kind: ConversationKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Title>,
    /// Both members of a direct conversation; otherwise, each node knows its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) users: Vec<UserId>,
    pub(super) events: Vec<EventHeader>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EventHeader {
    pub(super) seq: Seq,
    /// The bytes of its frame.
    pub(super) length: u32,
    /// Who became a member by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) added: Vec<UserId>,
    /// The users who were members until the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) removed: Option<UserId>,
    /// The frame of the demo's dialect that posted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) legacy: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SignalHeader {
    /// Whether it is for everybody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) everyone: bool,
    /// Whom it is for; where nobody is named, for the members of the conversation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) users: Vec<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) conversation: Option<ConversationId>,
    pub(super) after: Seq,
}

#[derive(Serialize)]
struct From<'a> {
    node: NodeId,
    #[serde(flatten)]
    header: &'a Header,
}

/// What every header has.
#[derive(Deserialize)]
struct Common<'a> {
    node: NodeId,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

/// A message: its sender, what it says, and the frames behind it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) node: NodeId,
    pub(super) header: Header,
    pub(super) frames: Bytes,
}

/// Encodes a message.
pub(super) fn encode<'a, F>(node: NodeId, header: &Header, frames: F) -> Bytes
where
    F: IntoIterator<Item = &'a Frame, IntoIter: Clone>,
{
    let frames = frames.into_iter();
    // Only maps whose keys are not text can fail to serialise; no header has one.
    let header = serde_json::to_vec(&From { node, header }).unwrap_or_default();
    let length: usize = frames.clone().map(Frame::len).sum();
    let mut bytes = BytesMut::with_capacity(PREFIX + header.len() + length);
    bytes.put_u8(VERSION);
    bytes.put_u32(header.len() as u32);
    bytes.put_slice(&header);
    for frame in frames {
        bytes.put_slice(frame.bytes());
    }
    bytes.freeze()
}

/// Decodes a message; none where it is of another version or none of ours.
pub(super) fn decode(mut bytes: Bytes) -> Option<Envelope> {
    if bytes.len() < PREFIX || bytes.get_u8() != VERSION {
        return None;
    }
    let length = bytes.get_u32() as usize;
    if length > bytes.len() {
        return None;
    }
    let header = bytes.split_to(length);
    let (node, header) = decode_header(&header)
        .inspect_err(|error| tracing::debug!(%error, "failed to decode a message of the bus"))
        .ok()?;
    Some(Envelope { node, header, frames: bytes })
}

/// Events, which most messages are, are decoded at once; serde copies other headers before it knows their kind.
fn decode_header(header: &[u8]) -> serde_json::Result<(NodeId, Header)> {
    let Common { node, kind } = serde_json::from_slice(header)?;
    let header = match &*kind {
        "events" => Header::Events(serde_json::from_slice(header)?),
        _ => serde_json::from_slice(header)?,
    };
    Ok((node, header))
}

/// Takes the next frame of a message; none where it has no more.
pub(super) fn next_frame(frames: &mut Bytes, length: u32) -> Option<Frame> {
    let length = length as usize;
    (length <= frames.len()).then(|| Frame::encoded(frames.split_to(length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeId = NodeId(u64::MAX);

    #[test]
    fn a_message_is_decoded_as_it_was_encoded() {
        let frames = [Frame::text("one"), Frame::text(&"two".repeat(100))];
        let event = |seq, frame: &Frame| EventHeader {
            seq: Seq(seq),
            length: frame.len() as u32,
            added: vec![UserId(7)],
            removed: None,
            legacy: None,
        };
        let header = Header::Events(EventsHeader {
            conversation: ConversationId(5),
            kind: ConversationKind::Group,
            title: Some(Title::existing("Tea")),
            users: vec![],
            events: vec![event(1, &frames[0]), event(2, &frames[1])],
        });
        let decoded = decode(encode(NODE, &header, &frames)).unwrap();
        assert_eq!((decoded.node, &decoded.header), (NODE, &header));
        let Header::Events(EventsHeader { events, .. }) = header else { unreachable!("it was made above") };
        let mut rest = decoded.frames;
        for (event, frame) in events.iter().zip(&frames) {
            assert_eq!(next_frame(&mut rest, event.length).as_ref(), Some(frame));
        }
        assert_eq!(next_frame(&mut rest, 1), None);
    }

    #[test]
    fn headers_without_a_frame_are_decoded_as_they_were_encoded() {
        for header in [
            Header::End { user: UserId(3), ended: EndedConnections::Session([7; 32]) },
            Header::End { user: UserId(3), ended: EndedConnections::All },
            Header::Beat { losses: 3, leaving: true },
        ] {
            assert_eq!(decode(encode(NODE, &header, None)).unwrap().header, header);
        }
    }

    #[test]
    fn what_a_later_version_adds_is_ignored() {
        let message = |version, header: &str| {
            let mut bytes = BytesMut::new();
            bytes.put_u8(version);
            bytes.put_u32(header.len() as u32);
            bytes.put_slice(header.as_bytes());
            decode(bytes.freeze())
        };
        let beat = message(1, r#"{"node":3,"type":"beat","losses":0,"leaving":false,"mood":"fine"}"#);
        assert_eq!(beat.unwrap().header, Header::Beat { losses: 0, leaving: false });
        assert_eq!(message(1, r#"{"node":3,"type":"sing"}"#).unwrap().header, Header::Unknown);
        assert_eq!(message(2, r#"{"node":3,"type":"beat"}"#), None);
        assert_eq!(message(1, "beat"), None);
    }

    #[test]
    fn what_is_cut_off_is_no_message() {
        let whole = encode(NODE, &Header::Beat { losses: 9, leaving: false }, None);
        for length in 0..whole.len() {
            assert_eq!(decode(whole.slice(..length)), None, "{length} bytes");
        }
    }
}
