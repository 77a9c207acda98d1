//! Decodes a client's bytes into messages (RFC 6455, 5 and 8.1). Between messages a decoder holds no memory; within one, no
//! more than has arrived.

use super::frame::{
    close_code::{NOT_UTF8, PROTOCOL_ERROR},
    opcode,
};

/// The longest payload of a control frame (RFC 6455, 5.5).
const MAX_CONTROL: u64 = 125;

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

/// A frame whose payload is being read.
#[derive(Debug)]
struct Begun {
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
    header_held: u8,
    begun: Option<Begun>,
    /// The message that its frames add up to: its opcode, and what of it has arrived.
    message: Option<u8>,
    payload: Vec<u8>,
    /// How much of a text's payload is known to be UTF-8.
    checked: usize,
    /// The payload of a control frame, which may come within a message.
    control: Vec<u8>,
    ended: bool,
}

impl Decoder {
    /// A decoder of messages of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            header: [0; MAX_HEADER],
            header_held: 0,
            begun: None,
            message: None,
            payload: Vec::new(),
            checked: 0,
            control: Vec::new(),
            ended: false,
        }
    }

    /// Decodes the next bytes, in pieces of any size, and yields the messages that they complete. Bytes after an end are
    /// ignored.
    pub fn decode(&mut self, mut input: &[u8], mut tell: impl FnMut(Received)) {
        while !self.ended {
            let step = match self.begun {
                None if input.is_empty() => return,
                None => self.header(&mut input),
                Some(ref begun) if begun.remaining > 0 && input.is_empty() => return,
                Some(_) => self.payload(&mut input),
            };
            let told = step.unwrap_or_else(Some);
            if let Some(received) = told {
                self.ended = received.is_last();
                tell(received);
            }
        }
    }

    /// Takes what it can of a header.
    fn header(&mut self, input: &mut &[u8]) -> Result<Option<Received>, Received> {
        let held = usize::from(self.header_held);
        let wanted = if held < 2 { 2 } else { header_size(self.header[1]) };
        let taken = (wanted - held).min(input.len());
        let (head, rest) = input.split_at(taken);
        self.header[held..held + taken].copy_from_slice(head);
        *input = rest;
        let held = held + taken;
        self.header_held = held as u8;
        if held == 2 {
            self.check_opcode()?;
        }
        if held >= 2 && held == header_size(self.header[1]) {
            self.header_held = 0;
            self.begin()?;
        }
        Ok(None)
    }

    /// Refuses a frame by its first two bytes.
    fn check_opcode(&self) -> Result<(), Received> {
        let [first, second, ..] = self.header;
        let (fin, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0F);
        let in_place = match opcode {
            opcode::CONTINUATION => self.message.is_some(),
            opcode::TEXT | opcode::BINARY => self.message.is_none(),
            opcode::CLOSE | opcode::PING | opcode::PONG => fin && u64::from(second & 0x7F) <= MAX_CONTROL,
            _ => false,
        };
        let masked = second & 0x80 != 0;
        if in_place && masked && reserved == 0 { Ok(()) } else { Err(Received::Broken(PROTOCOL_ERROR)) }
    }

    /// Begins a frame whose header is whole.
    fn begin(&mut self) -> Result<(), Received> {
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
        if length > i64::MAX as u64 {
            return Err(Received::Broken(PROTOCOL_ERROR));
        }
        let opcode = first & 0x0F;
        if is_data(opcode) && (self.payload.len() as u64).saturating_add(length) > self.limit as u64 {
            return Err(Received::TooLarge);
        }
        if opcode != opcode::CONTINUATION && is_data(opcode) {
            self.message = Some(opcode);
        }
        let mut mask = [0; 4];
        mask.copy_from_slice(&self.header[size - 4..size]);
        self.begun = Some(Begun { opcode, fin: first & 0x80 != 0, mask, remaining: length as usize });
        Ok(())
    }

    /// Takes what it can of a payload.
    fn payload(&mut self, input: &mut &[u8]) -> Result<Option<Received>, Received> {
        let Some(begun) = &mut self.begun else { return Ok(None) };
        let (part, rest) = input.split_at(begun.remaining.min(input.len()));
        *input = rest;
        let into = if is_data(begun.opcode) { &mut self.payload } else { &mut self.control };
        unmask(part, begun.mask, into);
        begun.mask.rotate_left(part.len() % 4);
        begun.remaining -= part.len();
        if begun.remaining > 0 {
            self.check_text()?;
            return Ok(None);
        }
        let Some(Begun { opcode, fin, .. }) = self.begun.take() else { return Ok(None) };
        match opcode {
            opcode::CLOSE => Ok(Some(close(&std::mem::take(&mut self.control))?)),
            opcode::PING => Ok(Some(Received::Ping(std::mem::take(&mut self.control)))),
            opcode::PONG => Ok(Some(Received::Pong(std::mem::take(&mut self.control)))),
            _ if fin => self.message().map(Some),
            _ => self.check_text().map(|()| None),
        }
    }

    /// A text that cannot become UTF-8 any more is refused before it is whole.
    fn check_text(&mut self) -> Result<(), Received> {
        if self.message != Some(opcode::TEXT) {
            return Ok(());
        }
        match std::str::from_utf8(&self.payload[self.checked..]) {
            Ok(text) => self.checked += text.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(Received::Broken(NOT_UTF8)),
        }
        Ok(())
    }

    /// The message that is whole now.
    fn message(&mut self) -> Result<Received, Received> {
        self.checked = 0;
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

/// How long the header is whose second byte this is. The mask is always there.
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

/// The code of a close frame (RFC 6455, 7.4): those that applications may send.
fn close(payload: &[u8]) -> Result<Received, Received> {
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
