//! Where the pictures and videos of a message stand: their room is reserved before they are there, so that nothing moves
//! when they come.

use std::ops::Range;

use confab_shared::attachment::{Attachment, AttachmentKind};

/// How wide several pictures are together, in pixels; a narrow screen shrinks it.
const WIDTH: f64 = 400.0;

/// The largest and the smallest box of one picture.
const MAX: (f64, f64) = (400.0, 420.0);
const MIN: (f64, f64) = (140.0, 80.0);

/// The ratio of width to height that a picture among others is cut to.
const RATIOS: Range<f64> = 0.6..1.8;

/// How high a row of pictures may be, as a part of the width.
const ROW_HEIGHTS: Range<f64> = 0.28..0.72;

/// The shape of a video of which nothing is known.
const VIDEO: (f64, f64) = (16.0, 9.0);

/// The box of a message's pictures, and the places in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    /// Width and height in pixels.
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) tiles: Vec<Tile>,
}

/// The place of a picture, in percent of the box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tile {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Whether an attachment is shown as a picture is.
pub(crate) fn is_visual(attachment: &Attachment) -> bool {
    matches!(attachment.kind(), AttachmentKind::Picture | AttachmentKind::Video)
}

/// The layout of pictures of these sizes; none of none.
pub(crate) fn layout<'a>(attachments: impl IntoIterator<Item = &'a Attachment>) -> Option<Layout> {
    let sizes: Vec<_> = attachments.into_iter().map(size_of).collect();
    match sizes.as_slice() {
        [] => None,
        [size] => Some(single(*size)),
        several => Some(rows(several)),
    }
}

fn size_of(attachment: &Attachment) -> (f64, f64) {
    match (attachment.width, attachment.height) {
        (Some(width), Some(height)) if width > 0 && height > 0 => (width.into(), height.into()),
        _ => VIDEO,
    }
}

/// One picture: as large as it is, within bounds. What would be a thin line is cut.
fn single((width, height): (f64, f64)) -> Layout {
    let scale = (MAX.0 / width).min(MAX.1 / height);
    // A small video is no stamp; a small picture is shown as small as it is.
    let scale = if (width, height) == VIDEO { scale } else { scale.min(1.0) };
    let (width, height) = ((width * scale).max(MIN.0), (height * scale).max(MIN.1));
    Layout { width, height, tiles: vec![Tile { left: 0.0, top: 0.0, width: 100.0, height: 100.0 }] }
}

/// Several: rows of one height each, as wide as the box.
fn rows(sizes: &[(f64, f64)]) -> Layout {
    let ratio = |(width, height): &(f64, f64)| (width / height).clamp(RATIOS.start, RATIOS.end);
    let (mut tiles, mut heights, mut rest) = (Vec::new(), Vec::new(), sizes);
    for count in in_rows(sizes.len()) {
        let (row, behind) = rest.split_at(*count);
        rest = behind;
        let sum: f64 = row.iter().map(ratio).sum();
        let top: f64 = heights.iter().sum();
        let height = WIDTH * (1.0 / sum).clamp(ROW_HEIGHTS.start, ROW_HEIGHTS.end);
        let mut left = 0.0;
        for size in row {
            let width = ratio(size) / sum * 100.0;
            tiles.push(Tile { left, top, width, height });
            left += width;
        }
        heights.push(height);
    }
    let height: f64 = heights.iter().sum();
    for tile in &mut tiles {
        (tile.top, tile.height) = (tile.top / height * 100.0, tile.height / height * 100.0);
    }
    Layout { width: WIDTH, height, tiles }
}

/// How many pictures each row has.
fn in_rows(count: usize) -> &'static [usize] {
    match count {
        2 => &[2],
        3 => &[1, 2],
        4 => &[2, 2],
        5 => &[2, 3],
        6 => &[3, 3],
        7 => &[2, 2, 3],
        8 => &[2, 3, 3],
        9 => &[3, 3, 3],
        _ => &[3, 3, 4],
    }
}

#[cfg(test)]
mod tests {
    use confab_shared::{attachment::FileName, id::AttachmentId};
    use uuid::Uuid;

    use super::*;

    fn picture((width, height): (u32, u32)) -> Attachment {
        let file = Attachment::file(AttachmentId(Uuid::nil()), FileName::new("a"), 1);
        Attachment { mime: "image/png".to_owned(), width: Some(width), height: Some(height), ..file }
    }

    fn layout_of(sizes: &[(u32, u32)]) -> Layout {
        let pictures: Vec<_> = sizes.iter().copied().map(picture).collect();
        layout(&pictures).unwrap()
    }

    #[test]
    fn one_picture_keeps_its_shape_within_bounds() {
        let of = |size| {
            let layout = layout_of(&[size]);
            (layout.width.round(), layout.height.round())
        };
        assert_eq!(of((4_000, 3_000)), (400.0, 300.0));
        assert_eq!(of((3_000, 4_000)), (315.0, 420.0));
        assert_eq!(of((200, 150)), (200.0, 150.0));
        assert_eq!(of((10, 5_000)), (140.0, 420.0));
        assert_eq!(of((16, 16)), (140.0, 80.0));
        assert_eq!(layout(&[] as &[Attachment]), None);
    }

    #[test]
    fn several_fill_their_box() {
        for count in 2..=10 {
            let sizes: Vec<_> =
                (0..count).map(|n| if n % 2 == 0 { (800, 600) } else { (100, 4_000) }).collect();
            let Layout { width, tiles, .. } = layout_of(&sizes);
            assert_eq!((width, tiles.len()), (WIDTH, count));
            let area: f64 = tiles.iter().map(|tile| tile.width * tile.height).sum();
            assert!((area - 10_000.0).abs() < 1.0, "{count}: {area}");
        }
    }

    #[test]
    fn a_video_of_unknown_size_is_as_wide_as_it_may_be() {
        let file = Attachment::file(AttachmentId(Uuid::nil()), FileName::new("a.mp4"), 1);
        let video = Attachment { mime: "video/mp4".to_owned(), ..file };
        assert!(is_visual(&video));
        let layout = layout([&video]).unwrap();
        assert_eq!((layout.width, layout.height), (400.0, 225.0));
    }
}
