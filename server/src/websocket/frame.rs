//! Encodes frames (RFC 6455, 5.2). A server's frames are not masked, so the same bytes serve every connection: a frame
//! is encoded once, and shared.

use bytes::Bytes;
use serde::Serialize;

/// The longest header of an unmasked frame: two bytes, and a length of eight.
const MAX_HEADER: usize = 10;

/// The initial capacity of a frame, in bytes: enough for an ordinary message.
const INITIAL_CAPACITY: usize = 256;

/// The bit of a message's last frame.
const FIN: u8 = 0x80;

/// The kinds of frames, by their opcode.
pub mod opcode {
    /// A further fragment of a message.
    pub const CONTINUATION: u8 = 0x0;
    /// A text message, in UTF-8.
    pub const TEXT: u8 = 0x1;
    /// A binary message.
    pub const BINARY: u8 = 0x2;
    /// Ends the connection.
    pub const CLOSE: u8 = 0x8;
    /// Asks for a [`PONG`].
    pub const PING: u8 = 0x9;
    /// Answers a [`PING`].
    pub const PONG: u8 = 0xA;
}

/// Close codes of RFC 6455, 7.4.1, and IANA's registry. Confab's own are with the
/// protocol (`confab_shared::protocol::close`).
pub mod close_code {
    /// The connection has served its purpose.
    pub const NORMAL: u16 = 1000;
    /// The server is stopping.
    pub const GOING_AWAY: u16 = 1001;
    /// The peer violated the protocol.
    pub const PROTOCOL_ERROR: u16 = 1002;
    /// A text, or the reason in a close frame, is not UTF-8.
    pub const NOT_UTF8: u16 = 1007;
    /// The peer violated a rule that has no code of its own.
    pub const POLICY: u16 = 1008;
    /// A message is larger than the limit.
    pub const TOO_LARGE: u16 = 1009;
    /// The client is to try again later.
    pub const TRY_AGAIN: u16 = 1013;
}

/// A whole frame, cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame(Bytes);

impl Frame {
    /// A text frame of a value in JSON.
    pub fn json(value: &impl Serialize) -> Self {
        Self::build(opcode::TEXT, |bytes| {
            // Only maps whose keys are not text can fail to serialise; no frame has one.
            let _ = serde_json::to_writer(bytes, value);
        })
    }

    /// A text frame.
    pub fn text(text: &str) -> Self {
        Self::build(opcode::TEXT, |bytes| bytes.extend_from_slice(text.as_bytes()))
    }

    /// A text frame of the bytes that `write` appends; they have to be UTF-8.
    pub fn build_text(write: impl FnOnce(&mut Vec<u8>)) -> Self {
        Self::build(opcode::TEXT, write)
    }

    /// A binary frame.
    pub fn binary(payload: &[u8]) -> Self {
        Self::build(opcode::BINARY, |bytes| bytes.extend_from_slice(payload))
    }

    /// A ping, of at most 125 bytes.
    pub fn ping(payload: &[u8]) -> Self {
        Self::build(opcode::PING, |bytes| bytes.extend_from_slice(payload))
    }

    /// The answer to a ping.
    pub fn pong(payload: &[u8]) -> Self {
        Self::build(opcode::PONG, |bytes| bytes.extend_from_slice(payload))
    }

    /// A close frame: a code and a reason of at most 123 bytes, or nothing.
    pub fn close(why: Option<(u16, &str)>) -> Self {
        Self::build(opcode::CLOSE, |bytes| {
            if let Some((code, reason)) = why {
                bytes.extend_from_slice(&code.to_be_bytes());
                bytes.extend_from_slice(reason.as_bytes());
            }
        })
    }

    /// A frame that another server of ours encoded.
    pub fn encoded(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The payload: what was encoded.
    pub fn payload(&self) -> &[u8] {
        let header = match self.0.get(1).copied() {
            Some(126) => 4,
            Some(127) => MAX_HEADER,
            _ => 2,
        };
        self.0.get(header..).unwrap_or_default()
    }

    /// The length of the encoded frame, in bytes.
    #[expect(clippy::len_without_is_empty, reason = "no frame is empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The encoded frame.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Encodes a frame. The payload is written behind room for the longest header, then the header right before the
    /// payload, so the payload is not moved.
    fn build(opcode: u8, payload: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut bytes = Vec::with_capacity(INITIAL_CAPACITY);
        bytes.resize(MAX_HEADER, 0);
        payload(&mut bytes);
        let length = (bytes.len() - MAX_HEADER) as u64;
        let mut header = [0; MAX_HEADER];
        header[0] = FIN | opcode;
        let size = match length {
            0..=125 => {
                header[1] = length as u8;
                2
            }
            126..=0xFFFF => {
                header[1] = 126;
                header[2..4].copy_from_slice(&(length as u16).to_be_bytes());
                4
            }
            _ => {
                header[1] = 127;
                header[2..].copy_from_slice(&length.to_be_bytes());
                MAX_HEADER
            }
        };
        let start = MAX_HEADER - size;
        bytes[start..MAX_HEADER].copy_from_slice(&header[..size]);
        Self(Bytes::from(bytes).slice(start..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_of_the_header_follows_that_of_the_payload() {
        assert_eq!(Frame::text("hi").bytes(), b"\x81\x02hi");
        assert_eq!(Frame::ping(&[]).bytes(), b"\x89\x00");
        assert_eq!(Frame::close(Some((1001, "bye"))).bytes(), b"\x88\x05\x03\xE9bye");
        assert_eq!(Frame::text(&"x".repeat(126)).bytes()[..4], [0x81, 126, 0, 126]);
        let long = Frame::binary(&[7; 0x1_0000]);
        assert_eq!(long.bytes()[..10], [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(long.len(), 10 + 0x1_0000);
    }

    #[test]
    fn payload_is_what_was_encoded() {
        for length in [0, 125, 126, 0xFFFF, 0x1_0000] {
            let frame = Frame::encoded(Bytes::copy_from_slice(Frame::binary(&vec![7; length]).bytes()));
            assert_eq!(frame.payload(), vec![7; length]);
        }
        assert!(Frame::encoded(Bytes::new()).payload().is_empty());
    }
}
