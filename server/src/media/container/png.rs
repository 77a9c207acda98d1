//! PNG: a signature and chunks.

use image::metadata::Orientation;

use super::{
    clean::{Clean, orientation_of},
    reader::Reader,
};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// What is kept: the picture, its transparency, its colours and its size in print, and the frames of an animation.
const KEPT: [&[u8; 4]; 18] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP",
    b"mDCV", b"cLLI", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

/// Keeps the chunks that make the picture; what follows the end is left out.
pub(super) fn clean(input: &[u8]) -> Option<Clean> {
    let mut reader = Reader::new(input);
    if reader.array()? != SIGNATURE {
        return None;
    }
    let mut clean = Clean {
        bytes: Vec::with_capacity(input.len()),
        orientation: Orientation::NoTransforms,
        is_animated: false,
    };
    clean.bytes.extend(SIGNATURE);
    loop {
        let length: [u8; 4] = reader.array()?;
        let kind: [u8; 4] = reader.array()?;
        let content = reader.take(u32::from_be_bytes(length).try_into().ok()?)?;
        let checksum: [u8; 4] = reader.array()?;
        match &kind {
            b"eXIf" => clean.orientation = orientation_of(content),
            b"acTL" => clean.is_animated = content.first_chunk().is_some_and(|n| u32::from_be_bytes(*n) > 1),
            _ => {}
        }
        if KEPT.contains(&&kind) {
            clean.bytes.extend(length);
            clean.bytes.extend(kind);
            clean.bytes.extend_from_slice(content);
            clean.bytes.extend(checksum);
        }
        if &kind == b"IEND" {
            return Some(clean);
        }
    }
}
