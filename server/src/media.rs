//! Uploaded files: what they are, and of pictures everything that is shown of them. Pure work on bytes of strangers: no
//! storage, no HTTP. The entry is [`MediaPool::process`]: what is no picture within the limits is a file to download, of the
//! type [`UNKNOWN`].
//!
//! A picture (JPEG, PNG, GIF, WebP) goes through these steps:
//! 1. `container` takes the file apart and leaves only what a picture needs: metadata (EXIF, XMP, IPTC, comments, thumbnails of
//!    cameras) and whatever hides between or behind is gone, without loss. All that follows, and all that is ever served, is
//!    what `container` wrote.
//! 2. `picture` decodes it within limits of pixels, memory and time, and turns it upright as EXIF says.
//! 3. `thumbnail` scales it down; a [ThumbHash](https://evanw.github.io/thumbhash/) is the placeholder.
//!
//! A JPEG that is upright keeps its bytes of the picture; one that has to be turned is encoded anew, with quality 92. Animated
//! pictures are served as they are, so an orientation in EXIF is ignored there; their thumbnail is their first frame.
//!
//! The types of audio and video are recognised, and nothing else about them: their metadata is left in place.

mod container;
mod deadline;
mod encode_jpeg;
mod file_type;
mod picture;
mod pool;
mod thumbnail;

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
    time::Duration,
};

use bytes::Bytes;

use self::{container::Format, file_type::FileType};
pub use self::{
    file_type::UNKNOWN,
    pool::MediaPool,
    thumbnail::{LARGE_SIDE, SMALL_SIDE, Thumbnail},
};

/// The largest file that is looked at as a picture, in bytes.
const MAX_PICTURE_BYTES: u64 = 64 << 20;

/// The time for decoding one picture. Decoders are asked to stop then; JPEG's is bounded by pixels and scans instead.
const MAX_TIME: Duration = Duration::from_secs(20);

/// The first bytes of a file, which say what it is.
const HEAD_BYTES: usize = 8 << 10;

/// A file to be processed.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file of this machine, which nobody changes meanwhile.
    File(PathBuf),
    /// Its bytes.
    Bytes(Bytes),
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processed {
    /// The type, by its content: `image/jpeg`, `image/png`, `image/gif` or `image/webp` of a picture that was decoded, a type
    /// of audio, video or documents, or [`UNKNOWN`]. Never one that a browser would run: no HTML, XML or SVG.
    pub mime: &'static str,
    /// The width of the upright picture, in pixels.
    pub width: Option<u32>,
    /// Its height, in pixels.
    pub height: Option<u32>,
    /// Its ThumbHash in base64, with padding: at most 36 characters.
    pub placeholder: Option<String>,
    /// Whether it moves.
    pub animated: bool,
    /// At most [`SMALL_SIDE`] pixels; always of an animated picture, where it stands still. None where the picture itself is
    /// that small.
    pub small: Option<Thumbnail>,
    /// At most [`LARGE_SIDE`] pixels; none where the picture itself is that small, and of animated ones.
    pub large: Option<Thumbnail>,
    /// The picture upright and without metadata: what is to be served in place of the file. None where that is the file itself.
    pub stripped: Option<Vec<u8>>,
}

impl Processed {
    /// A file of which only the type is known.
    fn file(mime: &'static str) -> Self {
        Self {
            mime,
            width: None,
            height: None,
            placeholder: None,
            animated: false,
            small: None,
            large: None,
            stripped: None,
        }
    }
}

/// Processes a file on this thread, which takes as long as it takes: see [`MediaPool::process`].
///
/// # Errors
/// The file cannot be read now; none of bytes.
pub fn process(source: &Source, declared_mime: &str) -> io::Result<Processed> {
    let format = match FileType::of(&source.head()?, declared_mime) {
        FileType::Picture(format) => format,
        FileType::Other(mime) => return Ok(Processed::file(mime)),
    };
    let Some(input) = source.read_picture()? else { return Ok(Processed::file(UNKNOWN)) };
    Ok(process_picture(format, &input).unwrap_or_else(|| Processed::file(UNKNOWN)))
}

fn process_picture(format: Format, input: &[u8]) -> Option<Processed> {
    let clean = container::clean(format, input)?;
    let upright = picture::decode(format, &clean, MAX_TIME)
        .inspect_err(|error| tracing::debug!(%error, "failed to decode a picture"))
        .ok()?;
    let thumbnails = thumbnail::make(&upright, clean.is_animated)?;
    let served = if upright.was_turned { upright.encode(format)? } else { clean.bytes };
    Some(Processed {
        mime: format.mime(),
        width: Some(upright.image.width()),
        height: Some(upright.image.height()),
        placeholder: Some(thumbnails.placeholder),
        animated: clean.is_animated,
        small: thumbnails.small,
        large: thumbnails.large,
        stripped: (served != input).then_some(served),
    })
}

impl Source {
    fn head(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::File(path) => {
                let mut head = Vec::new();
                File::open(path)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
                Ok(head)
            }
            Self::Bytes(bytes) => Ok(bytes[..bytes.len().min(HEAD_BYTES)].to_vec()),
        }
    }

    /// All of it; none where it is too large for a picture.
    fn read_picture(&self) -> io::Result<Option<Bytes>> {
        match self {
            Self::File(path) => {
                let file = File::open(path)?;
                if file.metadata()?.len() > MAX_PICTURE_BYTES {
                    return Ok(None);
                }
                let mut bytes = Vec::new();
                file.take(MAX_PICTURE_BYTES).read_to_end(&mut bytes)?;
                Ok(Some(bytes.into()))
            }
            Self::Bytes(bytes) if bytes.len() as u64 > MAX_PICTURE_BYTES => Ok(None),
            Self::Bytes(bytes) => Ok(Some(bytes.clone())),
        }
    }
}

#[cfg(test)]
mod tests;
