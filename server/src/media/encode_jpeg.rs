//! Writing JPEGs.

use std::borrow::Cow;

use image::DynamicImage;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// A JPEG without transparency, in one scan: optimised tables would give each component one, which some decoders, ours included,
/// read with wrong colours. None of a picture with a side over 65,535 pixels.
pub(super) fn encode_jpeg(image: &DynamicImage, quality: u8, icc_profile: Option<&[u8]>) -> Option<Vec<u8>> {
    let (width, height) = (u16::try_from(image.width()).ok()?, u16::try_from(image.height()).ok()?);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    if let Some(profile) = icc_profile {
        encoder.add_icc_profile(profile).ok()?;
    }
    if image.color().has_color() {
        encoder.encode(&as_rgb(image), width, height, ColorType::Rgb).ok()?;
    } else {
        encoder.encode(image.to_luma8().as_raw(), width, height, ColorType::Luma).ok()?;
    }
    Some(bytes)
}

fn as_rgb(image: &DynamicImage) -> Cow<'_, [u8]> {
    match image {
        DynamicImage::ImageRgb8(pixels) => Cow::Borrowed(pixels.as_raw()),
        other => Cow::Owned(other.to_rgb8().into_raw()),
    }
}
