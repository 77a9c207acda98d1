//! JPEG: segments, each with a marker, and the data of the scans.

use image::metadata::Orientation;

use super::{
    clean::{Clean, orientation_of},
    reader::Reader,
};

const START: [u8; 2] = [0xff, 0xd8];
const END: [u8; 2] = [0xff, 0xd9];
const SCAN: u8 = 0xda;

/// A JFIF segment without the thumbnail that it may have: its length, `JFIF`, version 1.1, no unit, 1:1.
const JFIF: [u8; 18] = *b"\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

/// Keeps tables, frames, scans, the colour profile and how colours are encoded. A file that ends early keeps what it has; what
/// follows the first picture (previews, videos of moving photos, archives) is left out.
pub(super) fn clean(input: &[u8]) -> Option<Clean> {
    let mut reader = Reader::new(input);
    if reader.array()? != START {
        return None;
    }
    let mut clean = Clean {
        bytes: Vec::with_capacity(input.len()),
        orientation: Orientation::NoTransforms,
        is_animated: false,
    };
    clean.bytes.extend(START);
    let mut has_scan = false;
    // How many components the frame has, where it is not progressive.
    let mut components = None;
    while let Some(marker) = next_marker(&mut reader) {
        // The end, a second start, and markers without content, which belong into scans.
        if marker == END[1] || marker == START[1] || matches!(marker, 0x01 | 0xd0..=0xd7) {
            break;
        }
        let Some(segment) = segment(&mut reader) else { break };
        write_segment(&mut clean, marker, segment);
        if matches!(marker, 0xc0 | 0xc1) {
            components = segment.get(5);
        }
        if marker == SCAN {
            // The decoder takes wrong colours from the rare file that has a scan for each component: it is none of pictures.
            if components.is_some_and(|components| segment.first() != Some(components)) {
                return None;
            }
            has_scan = true;
            clean.bytes.extend_from_slice(scan_data(&mut reader));
        }
    }
    clean.bytes.extend(END);
    has_scan.then_some(clean)
}

/// The next marker; any number of fill bytes may precede it.
fn next_marker(reader: &mut Reader<'_>) -> Option<u8> {
    if reader.byte()? != 0xff {
        return None;
    }
    loop {
        match reader.byte()? {
            0xff => {}
            marker => return Some(marker),
        }
    }
}

/// The content of a segment, after its length.
fn segment<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = usize::from(u16::from_be_bytes(reader.array()?));
    reader.take(length.checked_sub(2)?)
}

fn write_segment(clean: &mut Clean, marker: u8, content: &[u8]) {
    match marker {
        0xe0 if content.starts_with(b"JFIF\0") => clean.bytes.extend(JFIF),
        0xe1 if content.starts_with(b"Exif\0\0") => clean.orientation = orientation_of(&content[6..]),
        // Tables of Huffman and arithmetic coding, frames, quantisation, lines, restarts, scans.
        0xc0..=0xc7 | 0xc9..=0xcf | 0xda..=0xdd => copy_segment(clean, marker, content),
        0xe2 if content.starts_with(b"ICC_PROFILE\0") => copy_segment(clean, marker, content),
        0xee if content.starts_with(b"Adobe") => copy_segment(clean, marker, content),
        _ => {}
    }
}

fn copy_segment(clean: &mut Clean, marker: u8, content: &[u8]) {
    // It was read with a length of 16 bits, so it has one.
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX);
    clean.bytes.extend([0xff, marker]);
    clean.bytes.extend(length.to_be_bytes());
    clean.bytes.extend_from_slice(content);
}

/// The data of a scan, up to the next marker that is none of a restart.
fn scan_data<'a>(reader: &mut Reader<'a>) -> &'a [u8] {
    let rest = reader.rest();
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff);
    let length = rest.windows(2).position(is_marker).unwrap_or(rest.len());
    reader.take(length).unwrap_or_default()
}
