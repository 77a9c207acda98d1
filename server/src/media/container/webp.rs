//! WebP: chunks in a RIFF file.

use image::metadata::Orientation;

use super::{
    clean::{Clean, orientation_of},
    reader::Reader,
};

/// The bits of `VP8X` that say which chunks there are.
const HAS_XMP: u8 = 0x04;
const HAS_EXIF: u8 = 0x08;

/// What is kept of a frame.
const OF_FRAMES: [&[u8; 4]; 3] = [b"ALPH", b"VP8 ", b"VP8L"];

/// The head of a frame of an animation, in bytes: where it is, its size and its timing.
const FRAME_HEAD_BYTES: usize = 16;

/// Keeps the picture, its colour profile and the frames of an animation; what follows the end is left out.
pub(super) fn clean(input: &[u8]) -> Option<Clean> {
    let mut file = Reader::new(input);
    if &file.array()? != b"RIFF" {
        return None;
    }
    let length = usize::try_from(u32::from_le_bytes(file.array()?)).ok()?;
    let body = file.rest();
    let mut reader = Reader::new(&body[..length.min(body.len())]);
    if &reader.array()? != b"WEBP" {
        return None;
    }
    let mut orientation = Orientation::NoTransforms;
    let mut frames = 0_u32;
    let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
    while !reader.is_empty() {
        let (kind, content) = chunk(&mut reader)?;
        match &kind {
            b"VP8X" => {
                let mut head: [u8; 10] = content.try_into().ok()?;
                head[0] &= !(HAS_XMP | HAS_EXIF);
                write_chunk(&mut bytes, kind, &head);
            }
            b"EXIF" => orientation = orientation_of(content.strip_prefix(b"Exif\0\0").unwrap_or(content)),
            b"ANMF" => {
                frames += 1;
                write_chunk(&mut bytes, kind, &clean_frame(content)?);
            }
            b"ICCP" | b"ANIM" => write_chunk(&mut bytes, kind, content),
            kind if OF_FRAMES.contains(&kind) => write_chunk(&mut bytes, *kind, content),
            _ => {}
        }
    }
    let length = u32::try_from(bytes.len() - 8).ok()?;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    Some(Clean { bytes, orientation, is_animated: frames > 1 })
}

/// A frame of an animation, without chunks that nobody knows.
fn clean_frame(content: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(content);
    let mut bytes = reader.take(FRAME_HEAD_BYTES)?.to_vec();
    while !reader.is_empty() {
        let (kind, content) = chunk(&mut reader)?;
        if OF_FRAMES.contains(&&kind) {
            write_chunk(&mut bytes, kind, content);
        }
    }
    Some(bytes)
}

/// The next chunk. The last one may lack the byte that makes its length even.
fn chunk<'a>(reader: &mut Reader<'a>) -> Option<([u8; 4], &'a [u8])> {
    let kind = reader.array()?;
    let length = usize::try_from(u32::from_le_bytes(reader.array()?)).ok()?;
    let content = reader.take(length)?;
    if length % 2 == 1 {
        let _ = reader.byte();
    }
    Some((kind, content))
}

fn write_chunk(bytes: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    // It was read with a length of 32 bits, so it has one.
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    bytes.extend(kind);
    bytes.extend(length.to_le_bytes());
    bytes.extend_from_slice(content);
    if length % 2 == 1 {
        bytes.push(0);
    }
}
