//! The decoder of WebSocket streams, held against itself with the stream cut in other places, and against another
//! implementation.
#![no_main]

use std::io::{self, Read, Write};

use confab::websocket::decoder::{Decoder, Received};
use libfuzzer_sys::fuzz_target;
use tungstenite::{
    Error, Message,
    error::ProtocolError,
    protocol::{Role, WebSocket, WebSocketConfig},
};

/// The longest message, in bytes.
const LIMIT: usize = 1024;

fuzz_target!(|input: (u8, &[u8])| {
    let (size, stream) = input;
    let whole = decode(stream, stream.len().max(1));
    assert_eq!(whole, decode(stream, usize::from(size).max(1)), "cut into parts of {size}");
    check_limits(&whole);
    check_other(&whole, stream);
});

fn decode(stream: &[u8], size: usize) -> Vec<Received> {
    let (mut decoder, mut told) = (Decoder::new(LIMIT), Vec::new());
    stream.chunks(size).for_each(|part| decoder.decode(part, |received| told.push(received)));
    told
}

fn is_end(received: &Received) -> bool {
    matches!(received, Received::Close(_) | Received::Broken(_) | Received::TooLarge)
}

fn check_limits(told: &[Received]) {
    for (place, received) in told.iter().enumerate() {
        let (length, most) = match received {
            Received::Text(text) => (text.len(), LIMIT),
            Received::Binary(bytes) => (bytes.len(), LIMIT),
            Received::Ping(payload) | Received::Pong(payload) => (payload.len(), 125),
            Received::Close(_) | Received::Broken(_) | Received::TooLarge => (place + 1, told.len()),
        };
        assert!(length <= most, "{received:?}");
        assert!(!is_end(received) || place + 1 == told.len(), "something came after {received:?}");
    }
}

/// Another implementation tells the same, up to where ours refuses.
fn check_other(told: &[Received], stream: &[u8]) {
    let config = WebSocketConfig::default().max_message_size(Some(LIMIT)).max_frame_size(Some(LIMIT));
    let mut other = WebSocket::from_raw_socket(OneWay(stream), Role::Server, Some(config));
    for received in told {
        let same = match (received, other.read()) {
            (Received::Text(text), Ok(Message::Text(theirs))) => text.as_str() == theirs.as_str(),
            (Received::Binary(bytes), Ok(Message::Binary(theirs)))
            | (Received::Ping(bytes), Ok(Message::Ping(theirs)))
            | (Received::Pong(bytes), Ok(Message::Pong(theirs))) => bytes[..] == theirs[..],
            // Registered by IANA, and not known to the other.
            (Received::Close(Some(1014)), _) => true,
            (Received::Close(code), Ok(Message::Close(theirs))) => {
                *code == theirs.map(|close| close.code.into())
            }
            // Ours may refuse more: lengths that could be written shorter, codes that are not for applications.
            (Received::Broken(_) | Received::TooLarge, _) => true,
            _ => false,
        };
        assert!(same, "the other implementation does not tell {received:?}");
    }
    if !told.last().is_some_and(is_end) {
        let rest = other.read();
        let ended =
            matches!(rest, Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) | Error::Io(_)));
        assert!(ended, "the other implementation tells {rest:?} as well");
    }
}

/// A stream that is read, and takes all that is written.
struct OneWay<'a>(&'a [u8]);

impl Read for OneWay<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for OneWay<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
