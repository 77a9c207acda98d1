//! Files that want to do harm: none of them is more than a file to download.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

use super::{fixtures::*, *};

fn assert_is_a_plain_file(what: &str, bytes: &[u8]) {
    assert_eq!(process_bytes(bytes), Processed::file(UNKNOWN), "{what}");
}

/// A PNG whose head declares a size, with data that is unpacked to so many zeros.
fn png_bomb(width: u32, height: u32, colour: [u8; 2], unpacked: usize) -> Vec<u8> {
    let [depth, kind] = colour;
    let head = [width.to_be_bytes().as_slice(), &height.to_be_bytes(), &[depth, kind, 0, 0, 0]].concat();
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..unpacked.div_ceil(zeros.len()) {
        packed.write_all(&zeros).unwrap();
    }
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        png_chunk(b"IHDR", &head),
        png_chunk(b"IDAT", &packed.finish().unwrap()),
        png_chunk(b"IEND", b""),
    ]
    .concat()
}

#[test]
fn bombs_are_not_unpacked() {
    let mut huge_jpeg = jpeg(64, 64, &[]);
    let frame = huge_jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    huge_jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    let mut huge_gif = gif(64, 64);
    huge_gif[6..10].copy_from_slice(&[0xff; 4]);
    // The screen is small, and its frame is not.
    let mut huge_frame = gif(64, 64);
    let descriptor = huge_frame.windows(9).position(|block| block == b"\x2c\0\0\0\0\x40\0\x40\0").unwrap();
    huge_frame[descriptor + 5..descriptor + 9].copy_from_slice(&[0xff; 4]);
    let mut huge_webp = webp(64, 64, &tiff(1));
    huge_webp[24..30].copy_from_slice(&[0xff; 6]);
    for (what, file) in [
        ("jpeg", huge_jpeg),
        ("gif", huge_gif),
        ("frame of a gif", huge_frame),
        ("webp", huge_webp),
        ("png of 4 G pixels", png_bomb(u32::MAX >> 1, u32::MAX >> 1, [8, 6], 0)),
        ("png of 65535 x 65535", png_bomb(65_535, 65_535, [8, 2], 0)),
        ("png of one bit", png_bomb(60_000, 60_000, [1, 0], 0)),
        ("png of deep colours", png_bomb(7000, 7000, [16, 6], 1 << 20)),
        ("png of no width", png_bomb(0, 1, [8, 6], 10)),
    ] {
        assert_is_a_plain_file(what, &file);
    }
}

/// 32 MB of zeros behind a picture of one pixel, and compressed text of as much: nothing of them is served.
#[test]
fn data_beyond_the_picture_is_no_part_of_it() {
    let file = png_bomb(1, 1, [8, 6], 32 << 20);
    let processed = process_bytes(&file);
    assert!(matches!((processed.width, processed.height), (Some(1), Some(1)) | (None, None)));
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&vec![0; 8 << 20]).unwrap();
    let packed = packed.finish().unwrap();
    let text = png_chunk(b"zTXt", &[b"Comment\0\0".as_slice(), &packed].concat());
    let plain = png(30, 20, &[]);
    let file = png(30, 20, &[text]);
    let processed = process_bytes(&file);
    assert_eq!(served(&file, &processed), served(&plain, &process_bytes(&plain)));
    let profile = png_chunk(b"iCCP", &[b"name\0\0".as_slice(), &packed].concat());
    let file = png(30, 20, &[profile]);
    let processed = process_bytes(&file);
    assert!(matches!((processed.width, processed.height), (Some(30), Some(20)) | (None, None)));
}

#[test]
fn cut_files_are_read_without_a_panic() {
    let exif = [b"Exif\0\0".as_slice(), &tiff(6)].concat();
    for file in [
        jpeg(40, 30, &[jpeg_segment(0xe1, &exif)]),
        png(40, 30, &[png_chunk(b"eXIf", &tiff(6))]),
        gif(40, 30),
        webp(40, 30, &tiff(6)),
        animated_gif(),
        animated_png(),
        animated_webp(),
    ] {
        for length in 0..file.len() {
            let cut = &file[..length];
            let processed = process_bytes(cut);
            if processed.mime == UNKNOWN {
                assert_eq!(processed, Processed::file(UNKNOWN));
            } else {
                assert_eq!(
                    process_bytes(served(cut, &processed)).mime,
                    processed.mime,
                    "what is served is whole"
                );
            }
        }
    }
    assert_is_a_plain_file("nothing", b"");
}

/// Every byte of small files is changed in turn.
#[test]
fn damaged_files_are_read_without_a_panic() {
    for file in [jpeg(16, 16, &[]), png(16, 16, &[]), gif(16, 16), animated_webp()] {
        for place in 0..file.len().min(1500) {
            for value in [0x00, 0x7f, 0xff] {
                let mut damaged = file.clone();
                damaged[place] = value;
                let processed = process_bytes(&damaged);
                assert!(processed.mime == UNKNOWN || processed.width.is_some());
            }
        }
    }
}

#[test]
fn polyglots_lose_what_is_not_a_picture() {
    let script = b"<html><script>alert(document.domain)</script></html>";
    let comment = |bytes: &[u8]| {
        let length = u8::try_from(bytes.len()).unwrap();
        [b"\x21\xfe".as_slice(), &[length], bytes, b"\0"].concat()
    };
    let mut gif_html = gif(30, 20);
    gif_html.pop();
    gif_html.extend([comment(script).as_slice(), b"\x3b", script].concat());
    let jpeg_html =
        [jpeg(30, 20, &[jpeg_segment(0xfe, script), jpeg_segment(0xe9, script)]), script.to_vec()].concat();
    let png_html = [png(30, 20, &[png_chunk(b"tEXt", script)]), script.to_vec()].concat();
    let webp_html = [webp(30, 20, &tiff(1)), script.to_vec()].concat();
    for file in [gif_html, jpeg_html, png_html, webp_html] {
        let processed = process_bytes(&file);
        assert!(processed.mime.starts_with("image/"), "{}", processed.mime);
        assert!(!contains(served(&file, &processed), b"<script"), "{}", processed.mime);
    }
    // A header alone makes no picture.
    for head in [
        b"GIF89a/*".as_slice(),
        b"GIF89a=0;//",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"RIFF\0\0\0\0WEBP",
    ] {
        assert_is_a_plain_file("a header", &[head, script].concat());
    }
}

#[test]
fn svg_is_never_a_picture() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    for declared in ["image/svg+xml", "image/png", "image/jpeg"] {
        let processed = process(&Source::Bytes(Bytes::from_static(svg)), declared).unwrap();
        assert_eq!(processed, Processed::file(UNKNOWN));
    }
}
