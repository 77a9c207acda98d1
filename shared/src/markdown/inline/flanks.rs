//! Whether signs can begin or end emphasis, by the characters at their sides.

use crate::markdown::word::Sign;

/// Whether signs may begin and end something. CommonMark's rule, and beside it that of texts without spaces: punctuation
/// between signs and such a letter does not keep them apart (`**好。**好`).
pub(super) fn of(sign: u8, before: Option<char>, behind: Option<char>) -> (bool, bool) {
    let [before, behind] = [before, behind].map(|c| c.map_or(Sign::Space, Sign::of));
    let opens = flanks(before, behind);
    let closes = flanks(behind, before);
    match sign {
        // Within a word it belongs to the word.
        b'_' => (
            opens && (!closes || before == Sign::Punctuation),
            closes && (!opens || behind == Sign::Punctuation),
        ),
        _ => (opens, closes),
    }
}

/// Whether signs with something outside and something inside flank the latter.
fn flanks(outside: Sign, inside: Sign) -> bool {
    match inside {
        Sign::Space => false,
        Sign::Punctuation => !matches!(outside, Sign::Spaced | Sign::Other),
        Sign::Spaced | Sign::Unspaced | Sign::Other => true,
    }
}
