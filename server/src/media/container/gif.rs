//! GIF: a header, then frames and extensions.

use image::metadata::Orientation;

use super::{clean::Clean, reader::Reader};

const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2c;
const TRAILER: u8 = 0x3b;

const GRAPHIC_CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// The block of an application's name, with its length: how often an animation is repeated.
const LOOPS: [&[u8; 12]; 2] = [b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0"];

/// Keeps frames, their timing and how often they are repeated: no comments, text or data of applications. A file may end without
/// a trailer, and nothing may follow it.
pub(super) fn clean(input: &[u8]) -> Option<Clean> {
    let mut reader = Reader::new(input);
    let header = reader.take(13)?;
    if !header.starts_with(b"GIF87a") && !header.starts_with(b"GIF89a") {
        return None;
    }
    let mut bytes = Vec::with_capacity(input.len());
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(reader.take(colour_table_bytes(header[10]))?);
    let mut frames = 0_u32;
    while !reader.is_empty() {
        match reader.byte()? {
            EXTENSION => {
                let label = reader.byte()?;
                let blocks = sub_blocks(&mut reader)?;
                if label == GRAPHIC_CONTROL
                    || (label == APPLICATION && LOOPS.iter().any(|name| blocks.starts_with(*name)))
                {
                    bytes.extend([EXTENSION, label]);
                    bytes.extend_from_slice(blocks);
                }
            }
            FRAME => {
                frames += 1;
                let descriptor = reader.take(9)?;
                bytes.push(FRAME);
                bytes.extend_from_slice(descriptor);
                bytes.extend_from_slice(reader.take(colour_table_bytes(descriptor[8]))?);
                bytes.push(reader.byte()?);
                bytes.extend_from_slice(sub_blocks(&mut reader)?);
            }
            TRAILER => break,
            _ => return None,
        }
    }
    bytes.push(TRAILER);
    Some(Clean { bytes, orientation: Orientation::NoTransforms, is_animated: frames > 1 })
}

/// The length of a colour table whose flags are these.
fn colour_table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 0x07) + 1) }
}

/// Blocks, each with its length, and the empty one that ends them.
fn sub_blocks<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let all = reader.rest();
    loop {
        let length = usize::from(reader.byte()?);
        reader.take(length)?;
        if length == 0 {
            return Some(&all[..all.len() - reader.rest().len()]);
        }
    }
}
