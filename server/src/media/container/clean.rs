//! A picture of which only what it needs is left.

use image::metadata::Orientation;

/// A picture without metadata.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::media) struct Clean {
    pub(in crate::media) bytes: Vec<u8>,
    /// How it is to be turned, as the metadata said.
    pub(in crate::media) orientation: Orientation,
    /// Whether it has several frames.
    pub(in crate::media) is_animated: bool,
}

/// The orientation that EXIF's bytes name; upright where they name none.
pub(super) fn orientation_of(exif: &[u8]) -> Orientation {
    Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms)
}
