//! Smaller pictures of a picture, and its placeholder.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, codecs::webp::WebPEncoder};

use super::{encode_jpeg::encode_jpeg, picture::Upright};

/// The longest side of a small thumbnail, in pixels: for timelines.
pub const SMALL_SIDE: u32 = 480;

/// The longest side of a large thumbnail, in pixels: for the viewer.
pub const LARGE_SIDE: u32 = 1600;

/// The quality of thumbnails, of 100.
const QUALITY: u8 = 80;

/// The longest side of the picture that the placeholder is made of, in pixels.
const PLACEHOLDER_SIDE: u32 = 64;

/// The largest colour profile that a thumbnail has, in bytes: those of cameras and screens have a few hundred.
const MAX_PROFILE_BYTES: usize = 16 << 10;

/// A smaller picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// `image/jpeg`, or `image/webp` (without loss) where it has transparency.
    pub mime: &'static str,
    /// The width, in pixels.
    pub width: u32,
    /// The height, in pixels.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

pub(super) struct Thumbnails {
    pub(super) small: Option<Thumbnail>,
    pub(super) large: Option<Thumbnail>,
    /// A ThumbHash in base64.
    pub(super) placeholder: String,
}

/// Makes the thumbnails; none where that fails, which would be a fault.
pub(super) fn make(picture: &Upright, is_animated: bool) -> Option<Thumbnails> {
    let mut resizer = Resizer::new();
    let profile = picture.icc_profile.as_deref().filter(|profile| profile.len() <= MAX_PROFILE_BYTES);
    let image = &picture.image;
    let longest = image.width().max(image.height());
    let large = fit(&mut resizer, image, LARGE_SIDE)?;
    let small = fit(&mut resizer, &large, SMALL_SIDE)?;
    let tiny = fit(&mut resizer, &small, PLACEHOLDER_SIDE)?.to_rgba8();
    let (width, height) = (tiny.width() as usize, tiny.height() as usize);
    let placeholder = STANDARD.encode(thumbhash::rgba_to_thumb_hash(width, height, &tiny));
    let small = if is_animated || longest > SMALL_SIDE { Some(encode(&small, profile)?) } else { None };
    let large = if !is_animated && longest > LARGE_SIDE { Some(encode(&large, profile)?) } else { None };
    Some(Thumbnails { small, large, placeholder })
}

/// The picture within a square, never larger than it is.
fn fit<'a>(resizer: &mut Resizer, image: &'a DynamicImage, side: u32) -> Option<Cow<'a, DynamicImage>> {
    let (width, height) = (image.width(), image.height());
    let longest = width.max(height);
    if longest <= side {
        return Some(Cow::Borrowed(image));
    }
    let scaled = |length: u32| {
        let scaled = u64::from(length) * u64::from(side) / u64::from(longest);
        u32::try_from(scaled).unwrap_or(side).max(1)
    };
    let mut smaller = DynamicImage::new(scaled(width), scaled(height), image.color());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    resizer.resize(image, &mut smaller, &options).ok()?;
    Some(Cow::Owned(smaller))
}

fn encode(image: &DynamicImage, icc_profile: Option<&[u8]>) -> Option<Thumbnail> {
    let (width, height) = (image.width(), image.height());
    let as_jpeg = || {
        let bytes = encode_jpeg(image, QUALITY, icc_profile)?;
        Some(Thumbnail { mime: "image/jpeg", width, height, bytes })
    };
    if !image.color().has_alpha() {
        return as_jpeg();
    }
    let rgba = image.to_rgba8();
    if rgba.pixels().all(|pixel| pixel[3] == u8::MAX) {
        return as_jpeg();
    }
    let mut bytes = Vec::new();
    rgba.write_with_encoder(WebPEncoder::new_lossless(&mut bytes)).ok()?;
    Some(Thumbnail { mime: "image/webp", width, height, bytes })
}
