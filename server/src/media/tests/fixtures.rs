//! Pictures: blue, with the top left quarter red.

use std::io::Cursor;

use image::{
    Delay, DynamicImage, Frame, ImageFormat, Rgb, RgbImage, RgbaImage,
    codecs::gif::{GifEncoder, Repeat},
};

pub(super) fn picture(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| {
        if x < width.div_ceil(2) && y < height.div_ceil(2) { Rgb([230, 20, 20]) } else { Rgb([20, 40, 200]) }
    })
    .into()
}

pub(super) fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG with further segments after its start.
pub(super) fn jpeg(width: u32, height: u32, segments: &[Vec<u8>]) -> Vec<u8> {
    let bytes = encoded(&picture(width, height), ImageFormat::Jpeg);
    // After JFIF's segment, which is to be the first.
    let (start, rest) = bytes.split_at(20);
    assert!(start.ends_with(b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0") || start[6..].starts_with(b"JFIF"));
    [start, &segments.concat(), rest].concat()
}

pub(super) fn jpeg_segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    [[0xff, marker].as_slice(), &length.to_be_bytes(), content].concat()
}

/// A PNG with further chunks after its head.
pub(super) fn png(width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let bytes = encoded(&picture(width, height), ImageFormat::Png);
    let (head, rest) = bytes.split_at(33);
    [head, &chunks.concat(), rest].concat()
}

pub(super) fn png_chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut checked = flate2::Crc::new();
    checked.update(kind);
    checked.update(content);
    let length = u32::try_from(content.len()).unwrap();
    [length.to_be_bytes().as_slice(), kind, content, &checked.sum().to_be_bytes()].concat()
}

/// A WebP without loss, with EXIF.
pub(super) fn webp(width: u32, height: u32, exif: &[u8]) -> Vec<u8> {
    let bytes = encoded(&picture(width, height), ImageFormat::WebP);
    let frame = &bytes[12..];
    let mut head = vec![0x08, 0, 0, 0];
    head.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
    head.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
    riff(&[webp_chunk(b"VP8X", &head), frame.to_vec(), webp_chunk(b"EXIF", exif)].concat())
}

fn riff(chunks: &[u8]) -> Vec<u8> {
    let length = u32::try_from(chunks.len() + 4).unwrap();
    [b"RIFF".as_slice(), &length.to_le_bytes(), b"WEBP", chunks].concat()
}

pub(super) fn webp_chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    let padding: &[u8] = if content.len() % 2 == 1 { b"\0" } else { b"" };
    [kind.as_slice(), &length.to_le_bytes(), content, padding].concat()
}

pub(super) fn gif(width: u32, height: u32) -> Vec<u8> {
    encoded(&picture(width, height), ImageFormat::Gif)
}

/// EXIF that names an orientation.
pub(super) fn tiff(orientation: u8) -> Vec<u8> {
    [b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation], b"\0\0\0\0\0\0"]
        .concat()
}

/// The frames of the animations: the red quarter goes around.
fn frames() -> [RgbaImage; 2] {
    let first = picture(60, 40);
    [first.to_rgba8(), first.rotate180().to_rgba8()]
}

pub(super) fn animated_gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for frame in frames() {
        encoder.encode_frame(Frame::from_parts(frame, 0, 0, Delay::from_numer_denom_ms(100, 1))).unwrap();
    }
    drop(encoder);
    bytes
}

pub(super) fn animated_png() -> Vec<u8> {
    // The chunks of data of both frames.
    let data = frames().map(|frame| {
        let bytes = encoded(&frame.into(), ImageFormat::Png);
        let start = bytes.windows(4).position(|kind| kind == b"IDAT").unwrap() - 4;
        let end = bytes.len() - 12;
        (bytes[..33].to_vec(), bytes[start..end].to_vec())
    });
    let control = |number: u32| {
        let size = [60_u32.to_be_bytes(), 40_u32.to_be_bytes(), [0; 4], [0; 4]].concat();
        png_chunk(b"fcTL", &[number.to_be_bytes().as_slice(), &size, b"\0\x01\0\x0a\0\0"].concat())
    };
    let [(head, first), (_, second)] = data;
    let length = u32::from_be_bytes(second[..4].try_into().unwrap()) as usize;
    assert_eq!(length + 12, second.len(), "one chunk");
    let second = png_chunk(b"fdAT", &[2_u32.to_be_bytes().as_slice(), &second[8..8 + length]].concat());
    let animation = png_chunk(b"acTL", &[2_u32.to_be_bytes(), [0; 4]].concat());
    [head, animation, control(0), first, control(1), second, png_chunk(b"IEND", b"")].concat()
}

pub(super) fn animated_webp() -> Vec<u8> {
    let size = |length: u32| (length - 1).to_le_bytes()[..3].to_vec();
    let mut chunks = webp_chunk(b"VP8X", &[vec![0x02, 0, 0, 0], size(60), size(40)].concat());
    chunks.extend(webp_chunk(b"ANIM", &[0; 6]));
    for frame in frames() {
        let bytes = encoded(&DynamicImage::from(frame).into_rgb8().into(), ImageFormat::WebP);
        let head = [vec![0; 6], size(60), size(40), vec![100, 0, 0, 0]].concat();
        chunks.extend(webp_chunk(b"ANMF", &[head.as_slice(), &bytes[12..]].concat()));
    }
    riff(&chunks)
}
