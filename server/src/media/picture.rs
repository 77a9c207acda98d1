//! Decoding a picture within limits, and turning it upright.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageResult, Limits,
    codecs::{
        gif::GifDecoder,
        jpeg::JpegDecoder,
        png::{PngDecoder, PngEncoder},
        webp::{WebPDecoder, WebPEncoder},
    },
    error::{LimitError, LimitErrorKind},
    metadata::Orientation,
};

use super::{
    container::{Clean, Format},
    deadline::DeadlineReader,
    encode_jpeg::encode_jpeg,
};

/// The most pixels of a picture. A progressive JPEG takes up to nine bytes for each.
const MAX_PIXELS: u64 = 50_000_000;

/// The longest side, in pixels.
const MAX_SIDE: u32 = 65_535;

/// The most memory for the pixels of a picture, in bytes, and as much again for the decoder.
const MAX_DECODED_BYTES: u64 = 256 << 20;

/// Pictures with more pixels are decoded one at a time, by the whole process: so memory is bounded by one of them.
const LARGE_PIXELS: u64 = 12_000_000;

static LARGE: Mutex<()> = Mutex::new(());

/// The quality of a JPEG that is turned upright, of 100.
const TURNED_QUALITY: u8 = 92;

/// A picture as it is seen.
pub(super) struct Upright {
    pub(super) image: DynamicImage,
    /// Whether it is stored turned or mirrored.
    pub(super) was_turned: bool,
    /// The profile of its colours, if they are red, green and blue, or grey.
    pub(super) icc_profile: Option<Vec<u8>>,
    /// Held while the picture is in memory, if it is large.
    _permit: Option<MutexGuard<'static, ()>>,
}

/// Decodes a picture, of an animated one the first frame.
///
/// # Errors
/// It is damaged, beyond the limits, or takes longer than `time`.
pub(super) fn decode(format: Format, clean: &Clean, time: Duration) -> ImageResult<Upright> {
    let limits = limits();
    let mut deadline = Instant::now() + time;
    let mut decoder = open(format, DeadlineReader::new(&clean.bytes, deadline), &limits)?;
    decoder.set_limits(limits.clone())?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MAX_PIXELS || decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError)));
    }
    // The lock guards no data.
    let permit = (pixels > LARGE_PIXELS).then(|| LARGE.lock().unwrap_or_else(PoisonError::into_inner));
    if permit.is_some() {
        // The wait for others takes nothing of its time.
        deadline = Instant::now() + time;
        decoder = open(format, DeadlineReader::new(&clean.bytes, deadline), &limits)?;
        decoder.set_limits(limits)?;
    }
    let icc_profile = decoder.icc_profile().ok().flatten();
    let mut image = DynamicImage::from_decoder(decoder)?;
    if Instant::now() >= deadline {
        return Err(ImageError::IoError(io::ErrorKind::TimedOut.into()));
    }
    let orientation = if clean.is_animated { Orientation::NoTransforms } else { clean.orientation };
    image.apply_orientation(orientation);
    let icc_profile = icc_profile.filter(|profile| fits(profile, &image));
    Ok(Upright { image, was_turned: orientation != Orientation::NoTransforms, icc_profile, _permit: permit })
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    limits
}

fn open<'a>(
    format: Format,
    input: DeadlineReader<'a>,
    limits: &Limits,
) -> ImageResult<Box<dyn ImageDecoder + 'a>> {
    Ok(match format {
        Format::Jpeg => Box::new(JpegDecoder::new(input)?),
        Format::Png => Box::new(PngDecoder::with_limits(input, limits.clone())?),
        Format::Gif => Box::new(GifDecoder::new(input)?),
        Format::Webp => Box::new(WebPDecoder::new(input)?),
    })
}

/// Whether a colour profile is one of the picture as it was decoded: one of four inks (CMYK) is not.
fn fits(icc_profile: &[u8], image: &DynamicImage) -> bool {
    match icc_profile.get(16..20) {
        Some(b"RGB ") => image.color().has_color(),
        Some(b"GRAY") => !image.color().has_color(),
        _ => false,
    }
}

impl Upright {
    /// The picture in its format, with its colour profile and nothing else beside it.
    pub(super) fn encode(&self, format: Format) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        match format {
            Format::Jpeg => {
                return encode_jpeg(&self.image, TURNED_QUALITY, self.icc_profile.as_deref());
            }
            Format::Png => self.write(PngEncoder::new(&mut bytes))?,
            Format::Webp => self.write(WebPEncoder::new_lossless(&mut bytes))?,
            // It has no orientation.
            Format::Gif => return None,
        }
        Some(bytes)
    }

    fn write(&self, mut encoder: impl ImageEncoder) -> Option<()> {
        if let Some(profile) = &self.icc_profile {
            // Both formats have profiles.
            let _ = encoder.set_icc_profile(profile.clone());
        }
        self.image.write_with_encoder(encoder).ok()
    }
}
