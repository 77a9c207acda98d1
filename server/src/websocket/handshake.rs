//! The server's part of the opening handshake (RFC 6455, 4.2), as functions of header values.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha1::{Digest, Sha1};

/// The only `Sec-WebSocket-Version` there is.
pub const VERSION: &str = "13";

/// The value that a key is hashed with (RFC 6455, 1.3).
const SALT: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The length of a decoded key, in bytes.
const KEY_BYTES: usize = 16;

/// The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`; none where the key is not 16 bytes in base64.
pub fn accept_key(key: &[u8]) -> Option<String> {
    BASE64_STANDARD.decode(key).ok().filter(|key| key.len() == KEY_BYTES)?;
    let hash = Sha1::new().chain_update(key).chain_update(SALT).finalize();
    Some(BASE64_STANDARD.encode(hash))
}

/// Whether a header that is a comma-separated list, in one line or several, contains a token in any case.
pub fn has_token<'a>(lines: impl IntoIterator<Item = &'a str>, token: &str) -> bool {
    lines.into_iter().flat_map(|line| line.split(',')).any(|part| part.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_of_the_rfcs_example_is_answered_as_there() {
        let accept = accept_key(b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept.as_deref(), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }

    #[test]
    fn key_that_is_not_sixteen_bytes_in_base64_is_refused() {
        for key in
            ["", "dGhlIHNhbXBsZQ==", "dGhlIHNhbXBsZSBub25jZSE=", "dGhlIHNhbXBsZSBub25jZQ", "not base64"]
        {
            assert_eq!(accept_key(key.as_bytes()), None, "{key}");
        }
    }

    #[test]
    fn token_is_found_in_any_case_and_line_but_only_whole() {
        assert!(has_token(["keep-alive, Upgrade"], "upgrade"));
        assert!(has_token(["keep-alive", "UPGRADE"], "upgrade"));
        assert!(!has_token(["upgraded, up grade"], "upgrade"));
        assert!(!has_token([], "upgrade"));
    }
}
