//! The containers of pictures: what a picture consists of is kept byte for byte, and all else is left out.

mod clean;
mod gif;
mod jpeg;
mod png;
mod reader;
mod webp;

pub(super) use self::clean::Clean;

/// A format of pictures that browsers show everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    Gif,
    Webp,
}

impl Format {
    pub(super) const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::Gif, Self::Webp];

    pub(super) fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }
}

/// Leaves out all that the picture does not need; none where the file is no such container.
pub(super) fn clean(format: Format, input: &[u8]) -> Option<Clean> {
    match format {
        Format::Jpeg => jpeg::clean(input),
        Format::Png => png::clean(input),
        Format::Gif => gif::clean(input),
        Format::Webp => webp::clean(input),
    }
}
