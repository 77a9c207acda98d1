//! A text where there is no room for its form: in lists, notices and for screen readers.

use std::borrow::Cow;

use super::{
    block,
    link::has_www,
    plain::{HIDDEN, plain_text},
};

/// Whether a text may be more than text. One look at each byte; most messages are only text.
#[must_use]
pub fn may_have_markup(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'*' | b'_' | b'~' | b'`' | b'|' | b'\\' | b'[' | b'@'))
        || (!text.is_ascii() && text.contains('＠'))
        || text.contains("://")
        || has_www(text)
        || text.lines().any(begins_block)
}

/// Whether the first character of a line can begin a block, as far as [`may_have_markup`] has not seen it yet.
fn begins_block(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t']);
    line.starts_with(['#', '>', '-', '•'])
        || (line.starts_with(|c: char| c.is_ascii_digit())
            && line.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['.', ')']))
}

/// The beginning of a message without signs. `cut` says that the text goes on: a spoiler that has no end in it stays
/// hidden.
#[must_use]
pub fn preview(text: &str, cut: bool) -> Cow<'_, str> {
    if !may_have_markup(text) {
        return Cow::Borrowed(text);
    }
    let mut plain = plain_text(&block::parse(text, &|_, _, _| None));
    if cut && let Some((before, _)) = plain.split_once("||") {
        plain = format!("{before}{HIDDEN}");
    }
    Cow::Owned(plain)
}
