//! What a single line begins.

use super::tree::Marker;

/// The most columns before the sign of a block: with more, a line is text as it was typed.
const MAX_INDENT: usize = 3;

/// The most digits of the first number of a list: `1986. A great year` is a sentence.
const MAX_DIGITS: usize = 3;

/// The beginning of a fenced block of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fence<'a> {
    sign: u8,
    count: usize,
    /// The columns before it, of which as many are removed from each line.
    pub(super) indent: usize,
    /// What stands behind it.
    pub(super) language: &'a str,
}

impl<'a> Fence<'a> {
    pub(super) fn begins(line: &'a str) -> Option<Self> {
        let body = line.trim_start_matches([' ', '\t']);
        let sign = *body.as_bytes().first().filter(|sign| matches!(sign, b'`' | b'~'))?;
        let count = run(body, sign);
        let language = body[count..].trim();
        // A fence with a backtick behind it is code within the line.
        let is_fence = count >= 3 && (sign == b'~' || !language.contains('`'));
        is_fence.then(|| Self { sign, count, indent: indent(line), language })
    }

    pub(super) fn ends(&self, line: &str) -> bool {
        let body = line.trim();
        run(body, self.sign) >= self.count && body.bytes().all(|byte| byte == self.sign)
    }
}

/// The beginning of an item of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ItemStart<'a> {
    pub(super) marker: Marker,
    /// The number; 0 behind a bullet.
    pub(super) number: u32,
    /// The columns before the marker.
    pub(super) indent: usize,
    /// The columns before the text.
    pub(super) text_indent: usize,
    pub(super) text: &'a str,
}

impl<'a> ItemStart<'a> {
    pub(super) fn of(line: &'a str) -> Option<Self> {
        let (indent, body) = indented(line)?;
        let (marker, number, behind) = match body.chars().next()? {
            c @ ('-' | '*' | '•') => (Marker::Bullet, 0, &body[c.len_utf8()..]),
            '0'..='9' => {
                let digits = body.bytes().take_while(u8::is_ascii_digit).count();
                let number = body[..digits].parse().ok().filter(|_| digits <= MAX_DIGITS)?;
                let marker = match body.as_bytes().get(digits)? {
                    b'.' => Marker::Dot,
                    b')' => Marker::Bracket,
                    _ => return None,
                };
                (marker, number, &body[digits + 1..])
            }
            _ => return None,
        };
        let text = behind.strip_prefix([' ', '\t'])?.trim_start_matches([' ', '\t']);
        let text_indent = indent + body[..body.len() - text.len()].chars().count();
        (!text.is_empty()).then_some(Self { marker, number, indent, text_indent, text })
    }

    /// Whether it may follow a line of text directly: a number other than 1 belongs to the sentence.
    pub(super) fn interrupts(&self) -> bool {
        self.marker == Marker::Bullet || self.number == 1
    }
}

/// The level of a heading, and what it says.
pub(super) fn heading(line: &str) -> Option<(u8, &str)> {
    let (_, body) = indented(line)?;
    let level = run(body, b'#');
    let text = body[level..].strip_prefix([' ', '\t'])?.trim();
    let level = u8::try_from(level).ok().filter(|level| (1..=6).contains(level))?;
    (!text.is_empty()).then_some((level, text))
}

/// A line of a quote, without its sign. It has a space behind it, or nothing: `>_<` is a face.
pub(super) fn quoted(line: &str) -> Option<&str> {
    let (_, body) = indented(line)?;
    let inside = body.strip_prefix('>')?;
    let behind_all = inside.trim_start_matches('>');
    let is_quote = behind_all.is_empty() || behind_all.starts_with([' ', '\t']);
    is_quote.then(|| inside.strip_prefix([' ', '\t']).unwrap_or(inside))
}

/// Whether a line separates parts: at least three of `-`, `*` or `_` and nothing else.
pub(super) fn is_rule(line: &str) -> bool {
    let Some((_, body)) = indented(line) else { return false };
    let Some(sign) = body.bytes().next().filter(|sign| matches!(sign, b'-' | b'*' | b'_')) else {
        return false;
    };
    body.bytes().filter(|byte| *byte == sign).count() >= 3
        && body.bytes().all(|byte| byte == sign || matches!(byte, b' ' | b'\t'))
}

pub(super) fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// The columns before the text of a line; a tab leads to the next multiple of four.
pub(super) fn indent(line: &str) -> usize {
    let mut columns = 0;
    for byte in line.bytes() {
        match byte {
            b' ' => columns += 1,
            b'\t' => columns += 4 - columns % 4,
            _ => break,
        }
    }
    columns
}

/// A line without so many columns before its text, as far as it has them.
pub(super) fn without_indent(line: &str, columns: usize) -> &str {
    let (mut removed, mut at) = (0, 0);
    for byte in line.bytes() {
        let width = match byte {
            b' ' => 1,
            b'\t' => 4 - removed % 4,
            _ => break,
        };
        if removed + width > columns {
            break;
        }
        removed += width;
        at += 1;
    }
    &line[at..]
}

/// The columns before a line that may begin a block, and the line without them.
fn indented(line: &str) -> Option<(usize, &str)> {
    let columns = indent(line);
    (columns <= MAX_INDENT).then(|| (columns, line.trim_start_matches([' ', '\t'])))
}

fn run(text: &str, sign: u8) -> usize {
    text.bytes().take_while(|byte| *byte == sign).count()
}
