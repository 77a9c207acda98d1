//! The whole way of a file, with files that the tests make.

mod fixtures;
mod hostile;

use base64::{Engine, engine::general_purpose::STANDARD};
use image::{DynamicImage, GenericImageView, ImageFormat};

use self::fixtures::{
    animated_gif, animated_png, animated_webp, jpeg, jpeg_segment, picture, png, png_chunk, tiff, webp_chunk,
};
use super::*;

fn process_bytes(bytes: &[u8]) -> Processed {
    process(&Source::Bytes(Bytes::copy_from_slice(bytes)), "").unwrap()
}

/// What is served of a file: it, or what it was stripped to.
fn served<'a>(file: &'a [u8], processed: &'a Processed) -> &'a [u8] {
    processed.stripped.as_deref().unwrap_or(file)
}

fn decoded(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

/// Whether bytes occur in others.
fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The corner of a picture that is red: (left, top).
fn red_corner(picture: &DynamicImage) -> (bool, bool) {
    let (width, height) = picture.dimensions();
    let corners = [(true, true), (false, true), (true, false), (false, false)];
    let is_red = |(left, top): &(bool, bool)| {
        let x = if *left { 2 } else { width - 3 };
        let y = if *top { 2 } else { height - 3 };
        let [red, green, blue, _] = picture.get_pixel(x, y).0;
        red > 180 && green < 90 && blue < 90
    };
    let mut found = corners.into_iter().filter(is_red);
    let corner = found.next().expect("a corner is red");
    assert!(found.next().is_none(), "one corner only");
    corner
}

/// Where EXIF's eight orientations put the top left corner of what is stored, and whether width and height change places.
const ORIENTATIONS: [(u8, (bool, bool), bool); 8] = [
    (1, (true, true), false),
    (2, (false, true), false),
    (3, (false, false), false),
    (4, (true, false), false),
    (5, (true, true), true),
    (6, (false, true), true),
    (7, (false, false), true),
    (8, (true, false), true),
];

#[test]
fn a_picture_of_every_orientation_is_upright_everywhere() {
    for (orientation, corner, is_turned) in ORIENTATIONS {
        let exif = [b"Exif\0\0".as_slice(), &tiff(orientation)].concat();
        let files = [
            ("image/jpeg", jpeg(2000, 1000, &[jpeg_segment(0xe1, &exif)])),
            ("image/png", png(2000, 1000, &[png_chunk(b"eXIf", &tiff(orientation))])),
            ("image/webp", fixtures::webp(2000, 1000, &tiff(orientation))),
        ];
        for (mime, file) in files {
            let processed = process_bytes(&file);
            assert_eq!(processed.mime, mime, "{orientation}");
            let size = if is_turned { (1000, 2000) } else { (2000, 1000) };
            assert_eq!(
                (processed.width, processed.height),
                (Some(size.0), Some(size.1)),
                "{mime} {orientation}"
            );
            let upright = decoded(served(&file, &processed));
            assert_eq!(upright.dimensions(), size, "{mime} {orientation}");
            assert_eq!(red_corner(&upright), corner, "{mime} {orientation}");
            let small = decoded(&processed.small.as_ref().unwrap().bytes);
            let large = decoded(&processed.large.as_ref().unwrap().bytes);
            assert_eq!(small.width().max(small.height()), SMALL_SIDE);
            assert_eq!(large.width().max(large.height()), LARGE_SIDE);
            for thumbnail in [small, large] {
                assert_eq!(thumbnail.width() < thumbnail.height(), is_turned, "{mime} {orientation}");
                assert_eq!(red_corner(&thumbnail), corner, "{mime} {orientation}");
            }
            // Nothing turns it again.
            assert!(!contains(served(&file, &processed), b"Exif"));
            assert!(!contains(served(&file, &processed), &tiff(orientation)));
        }
    }
}

#[test]
fn metadata_is_gone_and_the_picture_is_the_same() {
    let secret = b"48.8584N 2.2945E";
    let exif = [b"Exif\0\0".as_slice(), &tiff(1), secret].concat();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), secret].concat();
    let file = jpeg(
        300,
        200,
        &[
            jpeg_segment(0xe1, &exif),
            jpeg_segment(0xe1, &xmp),
            jpeg_segment(0xed, secret),
            jpeg_segment(0xfe, secret),
        ],
    );
    let mut hidden_behind = file.clone();
    hidden_behind.extend_from_slice(secret);
    let text = [b"Comment\0".as_slice(), secret].concat();
    let mut png_file = png(300, 200, &[png_chunk(b"tEXt", &text), png_chunk(b"zzZz", secret)]);
    png_file.extend_from_slice(secret);
    let webp_file = [fixtures::webp(300, 200, &tiff(1)), webp_chunk(b"XMP ", secret)].concat();
    let mut gif_file = fixtures::gif(30, 20);
    let comment = [b"\x21\xfe\x10".as_slice(), secret, b"\0"].concat();
    gif_file.pop();
    gif_file.extend([comment.as_slice(), b"\x3b"].concat());
    for file in [file, hidden_behind, png_file, webp_file, gif_file] {
        let processed = process_bytes(&file);
        let served = processed.stripped.as_deref().expect("something was left out");
        assert!(!contains(served, secret), "{}", processed.mime);
        assert!(served.len() < file.len());
        assert_eq!(decoded(served), decoded(&file), "{}", processed.mime);
        // And there is nothing left to leave out.
        assert_eq!(process_bytes(served).stripped, None, "{}", processed.mime);
    }
}

/// A picture in a scan for each of its components.
#[test]
fn a_picture_that_would_have_wrong_colours_is_a_file() {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_optimized_huffman_tables(true);
    encoder.encode(&picture(64, 48).into_rgb8(), 64, 48, jpeg_encoder::ColorType::Rgb).unwrap();
    assert_eq!(process_bytes(&bytes), Processed::file(UNKNOWN));
}

#[test]
fn the_profile_of_colours_stays() {
    let mut profile = vec![0; 200];
    profile[16..20].copy_from_slice(b"RGB ");
    let segment = jpeg_segment(0xe2, &[b"ICC_PROFILE\0\x01\x01".as_slice(), &profile].concat());
    let exif = [b"Exif\0\0".as_slice(), &tiff(6)].concat();
    for file in [
        jpeg(900, 300, std::slice::from_ref(&segment)),
        jpeg(900, 300, &[jpeg_segment(0xe1, &exif), segment]),
    ] {
        let processed = process_bytes(&file);
        assert!(contains(served(&file, &processed), &profile));
        assert!(contains(&processed.small.unwrap().bytes, &profile), "thumbnails show the same colours");
    }
}

#[test]
fn small_pictures_need_no_thumbnail_and_every_picture_has_a_placeholder() {
    let processed = process_bytes(&png(300, 200, &[]));
    assert_eq!((processed.small, processed.large, processed.stripped), (None, None, None));
    assert!(!processed.animated);
    for (width, height) in [(1, 1), (300, 200), (1, 3000), (3000, 1), (481, 480), (1601, 1601)] {
        let processed = process_bytes(&png(width, height, &[]));
        let placeholder = processed.placeholder.unwrap();
        assert!(placeholder.len() <= 36, "{placeholder}");
        let hash = STANDARD.decode(placeholder).unwrap();
        assert!(thumbhash::thumb_hash_to_average_rgba(&hash).is_ok());
        assert_eq!(processed.small.is_some(), width.max(height) > SMALL_SIDE);
        assert_eq!(processed.large.is_some(), width.max(height) > LARGE_SIDE);
    }
}

#[test]
fn transparency_stays() {
    let mut pixels = picture(600, 600).into_rgba8();
    for pixel in pixels.pixels_mut().take(600 * 300) {
        pixel[3] = 0;
    }
    let file = fixtures::encoded(&pixels.into(), ImageFormat::Png);
    let small = process_bytes(&file).small.unwrap();
    assert_eq!(small.mime, "image/webp");
    let small = decoded(&small.bytes);
    assert_eq!((small.get_pixel(10, 10)[3], small.get_pixel(10, 470)[3]), (0, 255));
}

#[test]
fn deep_colours_become_thumbnails() {
    for image in [
        DynamicImage::ImageRgb16(picture(700, 500).into_rgb16()),
        DynamicImage::ImageRgba16(picture(700, 500).into_rgba16()),
        DynamicImage::ImageLuma8(picture(700, 500).into_luma8()),
        DynamicImage::ImageLumaA8(picture(700, 500).into_luma_alpha8()),
        DynamicImage::ImageLuma16(picture(700, 500).into_luma16()),
    ] {
        let processed = process_bytes(&fixtures::encoded(&image, ImageFormat::Png));
        assert_eq!(decoded(&processed.small.unwrap().bytes).dimensions(), (480, 342), "{:?}", image.color());
    }
}

#[test]
fn animated_pictures_stand_still_in_their_thumbnail() {
    for (mime, file) in
        [("image/gif", animated_gif()), ("image/png", animated_png()), ("image/webp", animated_webp())]
    {
        let processed = process_bytes(&file);
        assert_eq!(processed.mime, mime);
        assert!(processed.animated, "{mime}");
        assert_eq!((processed.width, processed.height), (Some(60), Some(40)));
        assert_eq!(processed.large, None);
        let small = processed.small.as_ref().unwrap();
        assert_eq!(red_corner(&decoded(&small.bytes)), (true, true), "{mime}: the first frame");
        assert!(!process_bytes(&small.bytes).animated);
        assert!(process_bytes(served(&file, &processed)).animated, "{mime}: it still moves");
    }
    for file in [fixtures::gif(60, 40), png(60, 40, &[]), fixtures::webp(60, 40, &tiff(1))] {
        assert!(!process_bytes(&file).animated);
    }
}

#[test]
fn an_animation_is_repeated_as_often_as_before() {
    let file = animated_gif();
    assert!(contains(&file, b"NETSCAPE2.0"));
    let mut with_comment = file[..file.len() - 1].to_vec();
    with_comment.extend_from_slice(b"\x21\xfe\x02hi\0\x3b");
    assert_eq!(process_bytes(&with_comment).stripped, Some(file));
}

#[tokio::test]
async fn a_pool_reads_files_and_survives_what_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("any name");
    std::fs::write(&path, jpeg(64, 48, &[])).unwrap();
    let pool = MediaPool::new(1);
    let processed = pool.process(Source::File(path.clone()), "text/html").await.unwrap();
    assert_eq!((processed.mime, processed.width), ("image/jpeg", Some(64)));
    for unreadable in [folder.path().join("none"), folder.path().to_owned()] {
        assert!(pool.process(Source::File(unreadable), "").await.is_err(), "nobody knows what it is");
    }
    let many = (0..40).map(|_| pool.process(Source::File(path.clone()), ""));
    for processed in futures_util::future::join_all(many).await {
        assert_eq!(processed.unwrap().width, Some(64), "more than the queue holds");
    }
}
