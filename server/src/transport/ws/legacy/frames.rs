//! Messages as the demo's dialect writes them.

use confab_shared::{
    conversation::ConversationKind,
    event::{EventBody, Posted},
    user::User,
};

use crate::{
    domain::notification::StoredEvent, service::legacy::LegacyConversation, websocket::frame::Frame,
};

/// The frame that tells a message, where the dialect can: it knows messages, and only those of others.
pub(super) fn frame(
    stored: &StoredEvent,
    place: &LegacyConversation,
    by: &User,
    reader: &User,
) -> Option<Frame> {
    let EventBody::Posted(Posted { text, .. }) = &stored.event.body else { return None };
    if by.id == reader.id && !place.notes {
        return None;
    }
    if let Some(sent) = &stored.legacy {
        return Some(Frame::text(sent));
    }
    let (kind, to) = match place.kind {
        ConversationKind::Direct => (1, Some(reader.name.as_str())),
        ConversationKind::Group => (2, place.title.as_ref().map(|title| title.as_str())),
        ConversationKind::Broadcast => (3, None),
    };
    Some(Frame::build_text(|bytes| write(bytes, kind, by.name.as_str(), to, text.as_str())))
}

/// To whom a private frame goes and what it says, where it is written as we would write it and nothing in it is escaped:
/// nearly all are, and need no more reading.
pub(super) fn plain<'a>(frame: &'a str, from: &str) -> Option<(&'a str, &'a str)> {
    let rest = frame.strip_prefix("{\"userID1\":\"")?.strip_prefix(from)?;
    let (to, rest) = rest.strip_prefix("\",\"userID2\":\"")?.split_once('"')?;
    let data = rest.strip_prefix(",\"data\":\"")?.strip_suffix("\"}")?;
    [from, to, data].into_iter().all(is_plain).then_some((to, data))
}

/// Whether a frame was written as we would write it, to the byte.
pub(super) fn is_written(frame: &str, kind: u8, from: &str, to: Option<&str>, data: &str) -> bool {
    let mut anew = Vec::with_capacity(frame.len());
    write(&mut anew, kind, from, to, data);
    anew == frame.as_bytes()
}

/// A frame as the demo's pages write it: what serde makes of a `LegacyFrame`, in less time.
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

/// Whether a text stands in JSON as it is.
fn is_plain(text: &str) -> bool {
    // To the end, whatever is found: so many bytes are looked at together.
    text.bytes().fold(true, |plain, byte| plain & (byte >= b' ') & (byte != b'"') & (byte != b'\\'))
}

fn string(bytes: &mut Vec<u8>, text: &str) {
    if is_plain(text) {
        bytes.push(b'"');
        bytes.extend(text.as_bytes());
        bytes.push(b'"');
    } else {
        // Writing text into memory does not fail.
        let _ = serde_json::to_writer(bytes, text);
    }
}

#[cfg(test)]
mod tests {
    use confab_shared::legacy::LegacyFrame;

    use super::*;

    #[test]
    fn it_is_what_serde_would_write() {
        for data in ["hi", "“你好”", "\"quoted\" \\ and\nmore\u{1}\u{7f}"] {
            for (kind, to) in [(1, Some("456")), (2, Some("Weekend \"trip\"")), (3, None)] {
                let frame =
                    LegacyFrame { kind, from: "123".into(), to: to.map(Into::into), data: data.into() };
                let serdes = serde_json::to_string(&frame).unwrap();
                assert!(is_written(&serdes, kind, "123", to, data), "{serdes}");
                assert!(!is_written(&format!("{serdes} "), kind, "123", to, data));
            }
        }
    }

    #[test]
    fn what_is_plain_is_what_serde_would_read() {
        let plainly = r#"{"userID1":"123","userID2":"456","data":"“你好”"}"#;
        assert_eq!(plain(plainly, "123"), Some(("456", "“你好”")));
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
