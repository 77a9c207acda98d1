//! The text of a page, by the encoding that it names.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How far into a page its encoding is looked for, in bytes, as browsers do.
const LOOKED_AT: usize = 1024;

/// Decodes a page: by its first bytes, the type of the answer, or what it says itself. A page that names none is UTF-8, or as
/// browsers have it the encoding of the old web. Characters that are none are replaced.
pub(super) fn decode(bytes: &[u8], mime: &str) -> String {
    let named = || label(mime.as_bytes()).or_else(|| label(&bytes[..bytes.len().min(LOOKED_AT)]));
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None => named().unwrap_or_else(|| if is_utf_8(bytes) { UTF_8 } else { WINDOWS_1252 }),
    };
    encoding.decode(bytes).0.into_owned()
}

/// The encoding named behind `charset=`.
fn label(text: &[u8]) -> Option<&'static Encoding> {
    const SIGN: &[u8] = b"charset=";
    let at = text.windows(SIGN.len()).position(|part| part.eq_ignore_ascii_case(SIGN))?;
    let name = &text[at + SIGN.len()..];
    let name = name.strip_prefix(b"\"").or_else(|| name.strip_prefix(b"'")).unwrap_or(name);
    let ends = |byte: &u8| matches!(byte, b'"' | b'\'' | b';' | b'>' | b'/') || byte.is_ascii_whitespace();
    let name = &name[..name.iter().position(ends).unwrap_or(name.len())];
    let encoding = Encoding::for_label(name)?;
    // A page that can be read so far is in no encoding of two bytes.
    Some(if encoding.is_ascii_compatible() { encoding } else { UTF_8 })
}

/// Whether bytes are UTF-8 that may be cut within a character.
fn is_utf_8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_in_its_encoding() {
        let gbk = b"<meta charset=\"gbk\"><title>\xc4\xe3\xba\xc3</title>";
        assert!(decode(gbk, "text/html").contains("你好"));
        let shift_jis = b"<title>\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd</title>";
        assert!(decode(shift_jis, "text/html; charset=Shift_JIS").contains("こんにちは"));
        assert!(decode(b"caf\xe9 au lait", "text/html").contains("café au lait"));
        assert!(decode("café".as_bytes(), "text/html").contains("café"));
        assert_eq!(decode(&"é".as_bytes()[..1], "text/html"), "\u{fffd}");
        assert_eq!(decode(b"\xef\xbb\xbfhi", "text/html; charset=gbk"), "hi");
        assert_eq!(decode(b"\xff\xfeh\0i\0", "text/html"), "hi");
        assert_eq!(decode(b"hi", "text/html; charset=nonsense"), "hi");
        assert_eq!(decode(b"<meta charset='utf-16'>hi", ""), "<meta charset='utf-16'>hi");
    }
}
