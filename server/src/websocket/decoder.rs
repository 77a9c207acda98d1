//! Decodes a client's bytes into messages (RFC 6455, 5 and 8.1). Between messages a decoder holds no memory; within
//! one, no more than has arrived.

use super::frame::{
    close_code::{NOT_UTF8, PROTOCOL_ERROR},
    opcode,
};

/// The longest payload of a control frame (RFC 6455, 5.5).
const MAX_CONTROL: u64 = 125;

/// The most empty frames of one message: they cost the sender nothing, and would never end.
const MAX_EMPTY_FRAMES: u8 = 16;

/// The longest header of a client's frame: two bytes, a length of eight, a mask of four.
const MAX_HEADER: usize = 14;

/// A decoded message, or the end of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A whole text message.
    Text(String),
    /// A whole binary message.
    Binary(Vec<u8>),
    /// A ping, to be answered by a pong with the same payload.
    Ping(Vec<u8>),
    /// The answer to a ping.
    Pong(Vec<u8>),
    /// A close frame, with its code where it has one. Nothing is decoded after it.
    Close(Option<u16>),
    /// A message above the limit. Nothing can be decoded after it.
    TooLarge,
    /// A protocol error: the connection is to be closed with this code. Nothing can be decoded after it.
    Broken(u16),
}

impl Received {
    /// Whether nothing is decoded after it.
    fn is_last(&self) -> bool {
        matches!(self, Self::Close(_) | Self::TooLarge | Self::Broken(_))
    }
}

/// A frame whose payload is incomplete.
#[derive(Debug)]
struct PartialFrame {
    opcode: u8,
    fin: bool,
    mask: [u8; 4],
    remaining: usize,
}

/// The state of decoding one connection's stream.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    header: [u8; MAX_HEADER],
    /// How many bytes of `header` have arrived.
    header_len: u8,
    frame: Option<PartialFrame>,
    /// The opcode of the message that is being received, in one frame or in several.
    message: Option<u8>,
    /// The payload of that message, as far as it has arrived.
    payload: Vec<u8>,
    /// How many bytes of a text's payload are known to be UTF-8.
    valid_utf8: usize,
    /// How many of the message's frames so far were empty and not its last.
    empty_frames: u8,
    /// The payload of a control frame, which may arrive between the frames of a message.
    control: Vec<u8>,
    ended: bool,
}

impl Decoder {
    /// A decoder of messages of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            header: [0; MAX_HEADER],
            header_len: 0,
            frame: None,
            message: None,
            payload: Vec::new(),
            valid_utf8: 0,
            empty_frames: 0,
            control: Vec::new(),
            ended: false,
        }
    }

    /// Decodes the next bytes, in pieces of any size, and yields the messages that they complete. Bytes after an end
    /// are ignored.
    pub fn decode(&mut self, mut input: &[u8], mut on_received: impl FnMut(Received)) {
        while !self.ended {
            let decoded = match self.frame {
                None if input.is_empty() => return,
                None => self.read_header(&mut input),
                Some(ref frame) if frame.remaining > 0 && input.is_empty() => return,
                Some(_) => self.read_payload(&mut input),
            };
            if let Some(received) = decoded.unwrap_or_else(Some) {
                self.ended = received.is_last();
                on_received(received);
            }
        }
    }

    /// Reads a header, as far as it has arrived.
    fn read_header(&mut self, input: &mut &[u8]) -> Result<Option<Received>, Received> {
        let before = usize::from(self.header_len);
        let wanted = if before < 2 { 2 } else { header_size(self.header[1]) };
        let (part, rest) = input.split_at((wanted - before).min(input.len()));
        *input = rest;
        let len = before + part.len();
        self.header[before..len].copy_from_slice(part);
        self.header_len = len as u8;
        if len == 2 {
            self.check_opcode()?;
        }
        if len >= 2 && len == header_size(self.header[1]) {
            self.header_len = 0;
            self.begin_frame()?;
        }
        Ok(None)
    }

    /// Refuses a frame by its first two bytes, before its payload arrives.
    fn check_opcode(&self) -> Result<(), Received> {
        let [first, second, ..] = self.header;
        let (fin, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0F);
        let allowed_here = match opcode {
            opcode::CONTINUATION => self.message.is_some(),
            opcode::TEXT | opcode::BINARY => self.message.is_none(),
            opcode::CLOSE | opcode::PING | opcode::PONG => fin && u64::from(second & 0x7F) <= MAX_CONTROL,
            _ => false,
        };
        let masked = second & 0x80 != 0;
        if allowed_here && masked && reserved == 0 { Ok(()) } else { Err(Received::Broken(PROTOCOL_ERROR)) }
    }

    /// Begins a frame whose header is complete.
    fn begin_frame(&mut self) -> Result<(), Received> {
        let [first, second, ..] = self.header;
        let size = header_size(second);
        let length = match second & 0x7F {
            126 => u64::from(u16::from_be_bytes([self.header[2], self.header[3]])),
            127 => {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&self.header[2..10]);
                u64::from_be_bytes(bytes)
            }
            short => u64::from(short),
        };
        // The shortest form is the only one (5.2).
        let minimum = match second & 0x7F {
            126 => 126,
            127 => 1 << 16,
            _ => 0,
        };
        if length < minimum || length > i64::MAX as u64 {
            return Err(Received::Broken(PROTOCOL_ERROR));
        }
        let opcode = first & 0x0F;
        if is_data(opcode) && (self.payload.len() as u64).saturating_add(length) > self.limit as u64 {
            return Err(Received::TooLarge);
        }
        if opcode != opcode::CONTINUATION && is_data(opcode) {
            self.message = Some(opcode);
            self.empty_frames = 0;
        }
        let fin = first & 0x80 != 0;
        if is_data(opcode) && length == 0 && !fin {
            self.empty_frames += 1;
            if self.empty_frames > MAX_EMPTY_FRAMES {
                return Err(Received::Broken(PROTOCOL_ERROR));
            }
        }
        let mut mask = [0; 4];
        mask.copy_from_slice(&self.header[size - 4..size]);
        self.frame = Some(PartialFrame { opcode, fin, mask, remaining: length as usize });
        Ok(())
    }

    /// Reads a payload, as far as it has arrived.
    fn read_payload(&mut self, input: &mut &[u8]) -> Result<Option<Received>, Received> {
        let Some(frame) = &mut self.frame else { return Ok(None) };
        let (part, rest) = input.split_at(frame.remaining.min(input.len()));
        *input = rest;
        let into = if is_data(frame.opcode) { &mut self.payload } else { &mut self.control };
        unmask(part, frame.mask, into);
        frame.mask.rotate_left(part.len() % 4);
        frame.remaining -= part.len();
        if frame.remaining > 0 {
            self.check_text()?;
            return Ok(None);
        }
        let Some(PartialFrame { opcode, fin, .. }) = self.frame.take() else { return Ok(None) };
        match opcode {
            opcode::CLOSE => Ok(Some(close_frame(&std::mem::take(&mut self.control))?)),
            opcode::PING => Ok(Some(Received::Ping(std::mem::take(&mut self.control)))),
            opcode::PONG => Ok(Some(Received::Pong(std::mem::take(&mut self.control)))),
            _ if fin => self.take_message().map(Some),
            _ => self.check_text().map(|()| None),
        }
    }

    /// Refuses a text that cannot become UTF-8 any more, before it is complete.
    fn check_text(&mut self) -> Result<(), Received> {
        if self.message != Some(opcode::TEXT) {
            return Ok(());
        }
        match std::str::from_utf8(&self.payload[self.valid_utf8..]) {
            Ok(text) => self.valid_utf8 += text.len(),
            Err(error) if error.error_len().is_none() => self.valid_utf8 += error.valid_up_to(),
            Err(_) => return Err(Received::Broken(NOT_UTF8)),
        }
        Ok(())
    }

    /// The message whose last frame is complete.
    fn take_message(&mut self) -> Result<Received, Received> {
        self.valid_utf8 = 0;
        let payload = std::mem::take(&mut self.payload);
        if self.message.take() == Some(opcode::BINARY) {
            return Ok(Received::Binary(payload));
        }
        String::from_utf8(payload).map(Received::Text).map_err(|_| Received::Broken(NOT_UTF8))
    }
}

fn is_data(opcode: u8) -> bool {
    opcode < opcode::CLOSE
}

/// The length of a header, by its second byte. A client's header always has a mask.
fn header_size(second: u8) -> usize {
    match second & 0x7F {
        126 => 8,
        127 => MAX_HEADER,
        _ => 6,
    }
}

fn unmask(part: &[u8], mask: [u8; 4], into: &mut Vec<u8>) {
    let start = into.len();
    into.extend_from_slice(part);
    let (words, rest) = into[start..].as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
    }
    rest.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
}

/// Decodes the payload of a close frame. Only codes that may be sent are valid (RFC 6455, 7.4).
fn close_frame(payload: &[u8]) -> Result<Received, Received> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        let empty = payload.is_empty();
        return if empty { Ok(Received::Close(None)) } else { Err(Received::Broken(PROTOCOL_ERROR)) };
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Received::Broken(PROTOCOL_ERROR));
    }
    match std::str::from_utf8(reason) {
        Ok(_) => Ok(Received::Close(Some(code))),
        Err(_) => Err(Received::Broken(NOT_UTF8)),
    }
}

#[cfg(test)]
mod tests;
