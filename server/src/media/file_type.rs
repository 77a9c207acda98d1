//! What a file is, by its first bytes.

use infer::MatcherType;

use super::container::Format;

/// The type of a file that is nothing to show: a download.
pub const UNKNOWN: &str = "application/octet-stream";

/// What a file seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileType {
    /// A picture, if it can be decoded.
    Picture(Format),
    /// Anything else, with its type.
    Other(&'static str),
}

impl FileType {
    /// The type of a file with these first bytes. What its sender declares counts only where a container may hold audio alone
    /// or video.
    pub(super) fn of(head: &[u8], declared_mime: &str) -> Self {
        let Some(found) = infer::get(head) else { return Self::Other(UNKNOWN) };
        let mime = found.mime_type();
        if let Some(format) = Format::ALL.into_iter().find(|format| format.mime() == mime) {
            return Self::Picture(format);
        }
        Self::Other(match found.matcher_type() {
            MatcherType::Audio | MatcherType::Video => sound_or_video(common_name(mime), declared_mime),
            MatcherType::App | MatcherType::Archive | MatcherType::Book | MatcherType::Doc => document(mime),
            // Other pictures are files: they were not decoded, and hold their metadata. Text would include HTML and XML.
            _ => UNKNOWN,
        })
    }
}

/// The name that browsers know a type by.
fn common_name(mime: &'static str) -> &'static str {
    match mime {
        "audio/m4a" => "audio/mp4",
        "audio/opus" => "audio/ogg",
        "audio/x-flac" => "audio/flac",
        "audio/x-wav" => "audio/wav",
        "video/x-m4v" => "video/mp4",
        other => other,
    }
}

/// The same container holds audio or video: a browser that records a voice message knows which.
fn sound_or_video(mime: &'static str, declared_mime: &str) -> &'static str {
    let declared = declared_mime.split(';').next().unwrap_or_default().trim();
    match (mime, declared) {
        ("video/webm", "audio/webm") => "audio/webm",
        ("video/mp4", "audio/mp4" | "audio/m4a" | "audio/x-m4a") => "audio/mp4",
        ("audio/ogg", "video/ogg") => "video/ogg",
        (mime, _) => mime,
    }
}

/// Documents, archives and programs keep their type: they are downloaded, never shown.
fn document(mime: &'static str) -> &'static str {
    if mime.starts_with("application/") && mime != "application/x-shockwave-flash" { mime } else { UNKNOWN }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(head: &[u8], declared: &str) -> &'static str {
        match FileType::of(head, declared) {
            FileType::Other(mime) => mime,
            FileType::Picture(format) => panic!("{format:?}"),
        }
    }

    #[test]
    fn what_a_browser_would_run_is_unknown() {
        for head in [
            "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
            "\u{feff}<?xml version='1.0'?><html/>",
            "<!DOCTYPE html><script>alert(1)</script>",
            "  \n<html ><script>alert(1)</script>",
            "#!/bin/sh\n",
            "plain words",
            "",
        ] {
            for declared in ["image/svg+xml", "text/html", "image/png", "application/xhtml+xml", ""] {
                assert_eq!(other(head.as_bytes(), declared), UNKNOWN, "{head}");
            }
        }
    }

    #[test]
    fn audio_and_video_have_the_names_of_browsers() {
        let webm = [b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm".as_slice(), &[0; 256]].concat();
        assert_eq!(other(&webm, "video/webm"), "video/webm");
        assert_eq!(other(&webm, "audio/webm;codecs=opus"), "audio/webm");
        assert_eq!(other(&webm, "text/html"), "video/webm", "what is declared names no other container");
        let mp4 = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41";
        assert_eq!(other(mp4, ""), "video/mp4");
        assert_eq!(other(mp4, "audio/mp4"), "audio/mp4");
        assert_eq!(other(b"ID3\x03\0\0\0\0\0\0", ""), "audio/mpeg");
        assert_eq!(other(b"fLaC\0\0\0\x22", ""), "audio/flac");
        assert_eq!(other(b"RIFF\x24\0\0\0WAVEfmt ", ""), "audio/wav");
        let mut ogg = *b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead";
        assert_eq!(other(&ogg, ""), "audio/ogg");
        let end = ogg.len() - 8;
        ogg[end..].copy_from_slice(b"\x01vorbis\0");
        assert_eq!(other(&ogg, ""), "audio/ogg");
    }

    #[test]
    fn documents_keep_their_type_and_other_pictures_are_files() {
        assert_eq!(other(b"%PDF-1.7\n", "text/html"), "application/pdf");
        assert_eq!(other(b"PK\x03\x04\x14\0", ""), "application/zip");
        assert_eq!(other(b"BM\0\0\0\0\0\0", ""), UNKNOWN);
        assert_eq!(other(b"II*\0\x08\0\0\0", ""), UNKNOWN);
        assert_eq!(other(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", ""), UNKNOWN);
    }
}
