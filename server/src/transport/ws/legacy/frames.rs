//! Encodes and decodes the frames of the demo's dialect. What needs no storage is public: `make fuzz` compares it with
//! serde.

use std::{borrow::Cow, sync::Arc};

use confab_shared::{
    conversation::ConversationKind, error::ErrorCode, event::Posted, text::MessageText, user::User,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    domain::notification::StoredEvent,
    service::{error::Error, legacy::LegacyConversation},
    websocket::frame::Frame,
};

/// The frame of an event for a reader. The dialect has frames for messages only, and a sender gets their own only in
/// their notes.
pub(super) fn frame(
    stored: &StoredEvent,
    conversation: &LegacyConversation,
    by: &User,
    reader: &User,
) -> Option<Frame> {
    let Posted { text, attachments, .. } = stored.event.body.timeline_message()?;
    // A deleted message has neither text nor attachments any more.
    let deleted = text.as_str().is_empty() && attachments.is_empty();
    if deleted || by.id == reader.id && !conversation.notes {
        return None;
    }
    if let Some(sent) = &stored.legacy {
        return Some(Frame::text(sent));
    }
    let (kind, to) = match conversation.kind {
        ConversationKind::Direct => (1, Some(reader.name.as_str())),
        ConversationKind::Group => (2, conversation.title.as_ref().map(|title| title.as_str())),
        ConversationKind::Broadcast => (3, None),
    };
    // The dialect has no files: their names stand for them.
    let parts = Some(text.as_str()).filter(|text| !text.is_empty()).into_iter();
    let parts = parts.chain(attachments.iter().map(|attachment| attachment.name.as_str()));
    let text = if attachments.is_empty() {
        text.as_str().into()
    } else {
        Cow::from(parts.collect::<Vec<_>>().join("\n"))
    };
    Some(Frame::build_text(|bytes| write(bytes, kind, by.name.as_str(), to, &text)))
}

/// The recipient's name and the text of a private frame that is encoded as [`write()`] would and has no escapes. Nearly
/// all frames are, and this is faster than a JSON parser.
pub fn plain<'a>(frame: &'a str, from: &str) -> Option<(&'a str, &'a str)> {
    let rest = frame.strip_prefix("{\"userID1\":\"")?.strip_prefix(from)?;
    let (to, rest) = rest.strip_prefix("\",\"userID2\":\"")?.split_once('"')?;
    let data = rest.strip_prefix(",\"data\":\"")?.strip_suffix("\"}")?;
    [from, to, data].into_iter().all(is_plain).then_some((to, data))
}

/// How many bytes a stored frame has beside its text: the ids, unknown fields, white space.
const MAX_ENVELOPE_BYTES: usize = 1_024;

/// A frame that is stored as it was sent. Its size is bounded by that of its text.
///
/// # Errors
/// `too_large` where it is longer than the longest text and [`MAX_ENVELOPE_BYTES`], and not because its text is written
/// with escapes.
pub(super) fn stored(frame: &str) -> Result<Arc<str>, Error> {
    #[derive(Deserialize)]
    struct Text<'a> {
        #[serde(borrow)]
        data: &'a RawValue,
    }
    let envelope_bytes = |text: Text<'_>| frame.len() - text.data.get().len();
    let fits = frame.len() <= MessageText::MAX_BYTES + MAX_ENVELOPE_BYTES
        || serde_json::from_str(frame).is_ok_and(|text| envelope_bytes(text) <= MAX_ENVELOPE_BYTES);
    if fits {
        return Ok(frame.into());
    }
    Err(Error::new(
        ErrorCode::TooLarge,
        format!("This frame is too large: at most {MAX_ENVELOPE_BYTES} bytes are allowed beside its text."),
    ))
}

/// Whether a frame has the bytes that [`write()`] would give, for a `kind` of 1 to 3.
pub fn is_written(frame: &str, kind: u8, from: &str, to: Option<&str>, data: &str) -> bool {
    let mut encoded = Vec::with_capacity(frame.len());
    write(&mut encoded, kind, from, to, data);
    encoded == frame.as_bytes()
}

/// Encodes a frame as the demo's pages do: the bytes that serde gives for a `LegacyFrame`, in less time.
fn write(bytes: &mut Vec<u8>, kind: u8, from: &str, to: Option<&str>, data: &str) {
    bytes.push(b'{');
    if kind != 1 {
        bytes.extend([b"\"type\":", &[b'0' + kind][..], b","].concat());
    }
    bytes.extend(b"\"userID1\":");
    string(bytes, from);
    if let Some(to) = to {
        bytes.extend(b",\"userID2\":");
        string(bytes, to);
    }
    bytes.extend(b",\"data\":");
    string(bytes, data);
    bytes.push(b'}');
}

/// Whether a text needs no escapes in JSON.
fn is_plain(text: &str) -> bool {
    // No early end: so the compiler compares many bytes at once.
    text.bytes().fold(true, |plain, byte| plain & (byte >= b' ') & (byte != b'"') & (byte != b'\\'))
}

fn string(bytes: &mut Vec<u8>, text: &str) {
    if is_plain(text) {
        bytes.push(b'"');
        bytes.extend(text.as_bytes());
        bytes.push(b'"');
    } else {
        // Writing a string into memory cannot fail.
        let _ = serde_json::to_writer(bytes, text);
    }
}

#[cfg(test)]
mod tests {
    use confab_shared::legacy::LegacyFrame;

    use super::*;

    #[test]
    fn frames_are_encoded_as_serde_would() {
        for data in ["hi", "“你好”", "\"quoted\" \\ and\nmore\u{1}\u{7f}"] {
            for (kind, to) in [(1, Some("456")), (2, Some("Weekend \"trip\"")), (3, None)] {
                let frame =
                    LegacyFrame { kind, from: "123".into(), to: to.map(Into::into), data: data.into() };
                let by_serde = serde_json::to_string(&frame).unwrap();
                assert!(is_written(&by_serde, kind, "123", to, data), "{by_serde}");
                assert!(!is_written(&format!("{by_serde} "), kind, "123", to, data));
            }
        }
    }

    #[test]
    fn a_stored_frame_is_bounded_by_its_text() {
        let frame = |padding: usize, data: &str| {
            format!(r#"{{"userID1":"123",{}"userID2":"456","data":"{data}"}}"#, " ".repeat(padding))
        };
        let (longest, escaped) = ("x".repeat(MessageText::MAX_BYTES), r"\u4f60".repeat(5_461));
        for fits in [
            frame(0, "hi"),
            frame(MessageText::MAX_BYTES, "hi"),
            frame(900, &longest),
            frame(900, &escaped),
            frame(900, &"\\\"".repeat(MessageText::MAX_BYTES)),
        ] {
            assert_eq!(&*stored(&fits).unwrap(), fits);
        }
        for padded in [frame(18_000, "hi"), frame(1_100, &longest), frame(1_100, &escaped)] {
            assert_eq!(stored(&padded).unwrap_err().code, ErrorCode::TooLarge);
        }
        let fields = format!(r#"{{"userID1":"123","data":"hi","extra":"{}"}}"#, "y".repeat(18_000));
        assert_eq!(stored(&fields).unwrap_err().code, ErrorCode::TooLarge);
    }

    #[test]
    fn plain_frames_are_decoded_and_others_are_left_to_serde() {
        let frame = r#"{"userID1":"123","userID2":"456","data":"“你好”"}"#;
        assert_eq!(plain(frame, "123"), Some(("456", "“你好”")));
        for other in [
            r#"{"userID1":"124","userID2":"456","data":"hi"}"#,
            r#"{"type":1,"userID1":"123","userID2":"456","data":"hi"}"#,
            r#"{"userID1":"123","userID2":"4\u00356","data":"hi"}"#,
            r#"{"userID1":"123","userID2":"456","data":"\"hi\""}"#,
            r#"{"userID1":"123","userID2":"456","data":"hi","data":"ho"}"#,
            r#"{"userID1":"123","userID2":"456","data":"hi\"}"#,
            r#"{"userID1":"123","userID2":"456","data":"hi"} "#,
            "{\"userID1\":\"123\",\"userID2\":\"456\",\"data\":\"h\ni\"}",
        ] {
            assert_eq!(plain(other, "123"), None, "{other}");
        }
        assert_eq!(plain(r#"{"userID1":"1"3","userID2":"456","data":"hi"}"#, "1\"3"), None);
    }
}
