//! Attachments: files that a message has beside its text.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    characters::{is_blank, turns_text},
    decode::Decode,
    id::AttachmentId,
};

/// The most attachments of a message.
pub const MAX_ATTACHMENTS: usize = 10;

/// A file that a message has. It never changes once the message is sent; its bytes are behind links
/// ([`crate::api::AttachmentLink`]).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Decode)]
pub struct Attachment {
    /// Names it.
    pub id: AttachmentId,
    /// The file's name, made harmless: see [`FileName`].
    pub name: String,
    /// What the server takes it for, by its first bytes; `application/octet-stream` where that is not known.
    pub mime: String,
    /// How many bytes a download has.
    pub bytes: u64,
    /// The width of a picture in pixels, upright: after the orientation that the camera noted was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// The height of a picture in pixels, upright.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// A tiny picture that stands for it until it is there: in base64, at most [`Attachment::MAX_PLACEHOLDER`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// How long an audio or video file plays, in milliseconds, as the uploader's browser measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u32>,
    /// The loudness of a voice message over its length: the base64 of at most [`Attachment::MAX_WAVEFORM_BYTES`] bytes. An audio
    /// file that has it is a voice message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waveform: Option<String>,
    /// Whether a picture moves. It plays while the pointer is over it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub animated: bool,
}

impl Attachment {
    /// The type of a file of which nothing else is known.
    pub const UNKNOWN_MIME: &str = "application/octet-stream";

    /// The longest placeholder, in characters.
    pub const MAX_PLACEHOLDER: usize = 64;

    /// The most bytes of a waveform, before base64.
    pub const MAX_WAVEFORM_BYTES: usize = 64;

    /// A file to download, of which no more is known.
    #[must_use]
    pub fn file(id: AttachmentId, name: FileName, bytes: u64) -> Self {
        Self {
            id,
            name: name.into(),
            mime: Self::UNKNOWN_MIME.to_owned(),
            bytes,
            width: None,
            height: None,
            placeholder: None,
            duration: None,
            waveform: None,
            animated: false,
        }
    }

    /// How it is shown.
    #[must_use]
    pub fn kind(&self) -> AttachmentKind {
        match self.mime.as_str() {
            "image/jpeg" | "image/png" | "image/gif" | "image/webp"
                if self.width.is_some() && self.height.is_some() =>
            {
                AttachmentKind::Picture
            }
            "video/mp4" | "video/webm" | "video/ogg" | "video/quicktime" => AttachmentKind::Video,
            "audio/mpeg" | "audio/mp4" | "audio/aac" | "audio/ogg" | "audio/webm" | "audio/wav"
            | "audio/flac" => {
                if self.waveform.is_some() {
                    AttachmentKind::Voice
                } else {
                    AttachmentKind::Audio
                }
            }
            _ => AttachmentKind::File,
        }
    }
}

/// How an attachment is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Decode)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentKind {
    /// As a picture.
    Picture,
    /// With a video player.
    Video,
    /// With an audio player.
    Audio,
    /// As a voice message, with its waveform.
    Voice,
    /// With its name and size, to download. So is a kind from a newer server.
    #[default]
    #[serde(other)]
    File,
}

/// What a list of conversations says of the attachments of a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Decode)]
pub struct AttachmentSummary {
    /// The kind that all have; [`AttachmentKind::File`] where they differ.
    pub kind: AttachmentKind,
    /// The name of the first.
    pub name: String,
    /// How many there are, at least 1.
    pub count: u32,
}

impl AttachmentSummary {
    /// The summary of a message's attachments; none where it has none.
    #[must_use]
    pub fn of(attachments: &[Attachment]) -> Option<Box<Self>> {
        let first = attachments.first()?;
        let same = attachments.iter().all(|attachment| attachment.kind() == first.kind());
        let kind = if same { first.kind() } else { AttachmentKind::File };
        let count = u32::try_from(attachments.len()).unwrap_or(u32::MAX);
        Some(Box::new(Self { kind, name: first.name.clone(), count }))
    }
}

/// The name of a file that is harmless wherever it is shown or saved: the last part of a path, 1 to 255 bytes of UTF-8, no
/// path separators, control characters and characters that change the direction of text; neither `.` nor `..`, no white
/// space or dots at its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileName(String);

impl FileName {
    /// The longest name, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 255;

    /// The longest ending that a name which is cut keeps, with its dot, in bytes.
    const MAX_ENDING_BYTES: usize = 16;

    /// What can be kept of a name; `file` where that is nothing.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let harmful = |c: char| {
            c.is_control()
                || turns_text(c)
                || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
        };
        let name: String = name.chars().filter(|c| !harmful(*c)).collect();
        let last = name.rsplit(['/', '\\']).map(trimmed).find(|part| !part.is_empty()).unwrap_or_default();
        let name = shortened(last);
        match name.chars().all(|c| c.is_whitespace() || is_blank(c)) {
            true => Self("file".to_owned()),
            false => Self(name),
        }
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A part of a path without white space at its ends and without dots at its end.
fn trimmed(part: &str) -> &str {
    part.trim_end_matches(|c: char| c.is_whitespace() || c == '.').trim_start()
}

/// A name of at most [`FileName::MAX_BYTES`]: the middle of a longer one is cut out, so that it keeps its ending.
fn shortened(name: &str) -> String {
    if name.len() <= FileName::MAX_BYTES {
        return name.to_owned();
    }
    let (stem, ending) = match name.rfind('.') {
        Some(dot) if name.len() - dot <= FileName::MAX_ENDING_BYTES => name.split_at(dot),
        _ => (name, ""),
    };
    let stem = &stem[..stem.floor_char_boundary(FileName::MAX_BYTES - ending.len())];
    format!("{}{ending}", trimmed(stem))
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn kept(name: &str) -> String {
        FileName::new(name).into()
    }

    #[test]
    fn a_name_is_the_last_part_of_a_path() {
        assert_eq!(kept("report.pdf"), "report.pdf");
        assert_eq!(kept("../../etc/passwd"), "passwd");
        assert_eq!(kept("C:\\fakepath\\Bild 1.png"), "Bild 1.png");
        assert_eq!(kept("holiday/"), "holiday");
        assert_eq!(kept("文件/报告.pdf"), "报告.pdf");
        assert_eq!(kept(".bashrc"), ".bashrc");
    }

    #[test]
    fn what_is_harmful_is_left_out() {
        assert_eq!(kept("a\0b\r\n.txt"), "ab.txt");
        assert_eq!(kept("photo\u{202e}gnp.exe"), "photognp.exe");
        assert_eq!(kept("\u{2066}a\u{200f}.txt\u{2069}"), "a.txt");
        assert_eq!(kept(" notes. . "), "notes");
        for nothing in ["", ".", "..", "../..", "\0", " ", "\u{3164}", "/", "\\"] {
            assert_eq!(kept(nothing), "file", "{nothing:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = kept(&format!("{}.tar.gz", "é".repeat(300)));
        assert!(name.len() <= FileName::MAX_BYTES && name.ends_with("é.gz"), "{name}");
        let name = kept(&"x".repeat(300));
        assert_eq!(name.len(), FileName::MAX_BYTES);
        let name = kept(&format!("a.{}", "b".repeat(300)));
        assert_eq!(name.len(), FileName::MAX_BYTES);
    }

    proptest! {
        #[test]
        fn every_name_is_harmless_and_stays_as_it_is(name in any::<String>()) {
            let once = kept(&name);
            prop_assert!((1..=FileName::MAX_BYTES).contains(&once.len()));
            let harmful = once.contains(['/', '\\', '\0', '\u{202e}']);
            prop_assert!(!harmful);
            prop_assert_eq!(kept(&once), once);
        }
    }

    #[test]
    fn only_what_the_server_has_decoded_is_a_picture() {
        let file = Attachment::file(AttachmentId(Uuid::nil()), FileName::new("a.png"), 9);
        assert_eq!(file.kind(), AttachmentKind::File);
        let undecoded = Attachment { mime: "image/png".to_owned(), ..file };
        assert_eq!(undecoded.kind(), AttachmentKind::File);
        let picture = Attachment { width: Some(1), height: Some(2), ..undecoded };
        assert_eq!(picture.kind(), AttachmentKind::Picture);
        let drawing = Attachment { mime: "image/svg+xml".to_owned(), ..picture.clone() };
        assert_eq!(drawing.kind(), AttachmentKind::File);
        let voice =
            Attachment { mime: "audio/ogg".to_owned(), waveform: Some("AAAA".to_owned()), ..drawing.clone() };
        assert_eq!(voice.kind(), AttachmentKind::Voice);
        assert_eq!(Attachment { waveform: None, ..voice.clone() }.kind(), AttachmentKind::Audio);

        let kind =
            |attachments: &[Attachment]| AttachmentSummary::of(attachments).map(|of| (of.kind, of.count));
        assert_eq!(kind(&[]), None);
        assert_eq!(kind(&[picture.clone(), picture.clone()]), Some((AttachmentKind::Picture, 2)));
        assert_eq!(kind(&[picture, voice]), Some((AttachmentKind::File, 2)));
    }
}
