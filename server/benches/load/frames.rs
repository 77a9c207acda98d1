//! WebSocket frames, as a client writes and reads them (RFC 6455).

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// Text.
    Text = 1,
    /// The other end closes.
    Close = 8,
    /// To be answered by a pong.
    Ping = 9,
    /// Answers a ping.
    Pong = 10,
}

/// Any will do here: a mask protects proxies between a page and a server, and there is none.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Adds a masked frame to what is to be written.
pub fn write(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    out.push(0x80 | opcode as u8);
    match payload.len() {
        length @ 0..126 => out.push(0x80 | length as u8),
        length @ 126..0x1_0000 => {
            out.push(0x80 | 126);
            out.extend((length as u16).to_be_bytes());
        }
        length => {
            out.push(0x80 | 127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend(MASK);
    let begin = out.len();
    out.extend_from_slice(payload);
    let mut chunks = out[begin..].chunks_exact_mut(4);
    for chunk in &mut chunks {
        for (byte, mask) in chunk.iter_mut().zip(MASK) {
            *byte ^= mask;
        }
    }
    for (byte, mask) in chunks.into_remainder().iter_mut().zip(MASK) {
        *byte ^= mask;
    }
}

/// The first frame of what was read: its kind, where its payload begins and ends. None where it is not whole yet.
/// A frame of another kind, or a part of a message, is an error: no server here sends any.
pub fn read(bytes: &[u8]) -> anyhow::Result<Option<(Opcode, usize, usize)>> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let opcode = match first {
        0x81 => Opcode::Text,
        0x88 => Opcode::Close,
        0x89 => Opcode::Ping,
        0x8a => Opcode::Pong,
        other => anyhow::bail!("a frame that begins with {other:#x}"),
    };
    let (begin, length) = match (second, rest) {
        (127, [a, b, c, d, e, f, g, h, ..]) => (10, u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])),
        (126, [high, low, ..]) => (4, u64::from(u16::from_be_bytes([*high, *low]))),
        (126 | 127, _) => return Ok(None),
        (length, _) => (2, u64::from(*length)),
    };
    let end = begin + usize::try_from(length)?;
    Ok((end <= bytes.len()).then_some((opcode, begin, end)))
}
