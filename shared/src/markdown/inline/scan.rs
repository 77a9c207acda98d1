//! Reads a text as tokens. What CommonMark resolves first is decided here: escapes, code, addresses and links.

use std::ops::Range;

use super::{
    flanks,
    token::{Kind, Signs, Token},
};
use crate::markdown::{link, mentioned::Mentioned};

/// The signs that a backslash makes text of: it stays itself before any other, as in `C:\new`.
const ESCAPABLE: &[u8] = b"*_~|`";

/// The full-width sign of a mention.
const WIDE_SIGN: &str = "＠";

pub(super) fn tokens(text: &str, mentioned: &Mentioned<'_>) -> Vec<Token> {
    let scanner = Scanner {
        text,
        mentioned,
        at: 0,
        text_from: 0,
        tokens: Vec::new(),
        brackets: Vec::new(),
        unclosed: [usize::MAX; MAX_BACKTICKS + 1],
    };
    scanner.run()
}

/// The longest run of backticks that begins code.
const MAX_BACKTICKS: usize = 32;

struct Scanner<'a> {
    text: &'a str,
    mentioned: &'a Mentioned<'a>,
    at: usize,
    /// Where the text begins that is no token yet.
    text_from: usize,
    tokens: Vec<Token>,
    /// The tokens of open brackets.
    brackets: Vec<usize>,
    /// For each number of backticks, from where on no run of so many follows.
    unclosed: [usize; MAX_BACKTICKS + 1],
}

impl Scanner<'_> {
    fn run(mut self) -> Vec<Token> {
        while let Some(byte) = self.byte(self.at) {
            match byte {
                b'\\' => self.backslash(),
                b'`' => self.backticks(),
                b'*' | b'_' | b'~' | b'|' => self.signs(byte),
                b'[' => {
                    let at = self.at;
                    self.push(at..at + 1, Kind::Text);
                    self.brackets.push(self.tokens.len() - 1);
                }
                b']' => self.closing_bracket(),
                b'<' => self.pointed(),
                b'@' => self.mention(1),
                0xef if self.text.as_bytes()[self.at..].starts_with(WIDE_SIGN.as_bytes()) => {
                    self.mention(WIDE_SIGN.len());
                }
                _ if byte.is_ascii_alphanumeric() => self.word(),
                _ => self.at += 1,
            }
        }
        self.flush(self.text.len());
        self.tokens
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Adds a token, and the text before it; goes on behind it.
    fn push(&mut self, range: Range<usize>, kind: Kind) {
        self.flush(range.start);
        self.at = range.end;
        self.text_from = range.end;
        self.tokens.push(Token { range, kind });
    }

    fn flush(&mut self, end: usize) {
        if self.text_from < end {
            self.tokens.push(Token { range: self.text_from..end, kind: Kind::Text });
        }
    }

    fn backslash(&mut self) {
        let at = self.at;
        match self.byte(at + 1) {
            Some(sign) if ESCAPABLE.contains(&sign) => self.push(at..at + 2, Kind::Escaped),
            _ => self.at += 1,
        }
    }

    fn backticks(&mut self) {
        let from = self.at;
        let count = self.run_length(from, b'`');
        let inside = from + count;
        match self.closing_backticks(inside, count) {
            Some(end) => {
                let range = without_spaces(self.text, inside..end);
                self.push(from..end + count, Kind::Code(range));
            }
            None => self.at = inside,
        }
    }

    /// Where the next run of exactly so many backticks is.
    fn closing_backticks(&mut self, from: usize, count: usize) -> Option<usize> {
        let unclosed = *self.unclosed.get(count)?;
        if from >= unclosed {
            return None;
        }
        let mut at = from;
        while let Some(next) = self.text[at..].find('`') {
            at += next;
            let found = self.run_length(at, b'`');
            if found == count {
                return Some(at);
            }
            at += found;
        }
        self.unclosed[count] = from;
        None
    }

    fn signs(&mut self, sign: u8) {
        let from = self.at;
        let count = self.run_length(from, sign);
        let end = from + count;
        if matches!(sign, b'~' | b'|') && count != 2 {
            self.at = end;
            return;
        }
        let (before, behind) = (self.text[..from].chars().next_back(), self.text[end..].chars().next());
        let (may_open, may_close) = match sign {
            b'*' | b'_' => flanks::of(sign, before, behind),
            // No signs of emphasis: white space alone says which side they are for.
            _ => (behind.is_some_and(|c| !c.is_whitespace()), before.is_some_and(|c| !c.is_whitespace())),
        };
        let signs =
            Signs { sign, count, left: count, may_open, may_close, closed: Vec::new(), opened: Vec::new() };
        self.push(from..end, Kind::Signs(signs));
    }

    fn closing_bracket(&mut self) {
        let at = self.at;
        let open = self.brackets.pop().filter(|_| self.byte(at + 1) == Some(b'('));
        // A link without a text would show nothing.
        let open = open.filter(|open| !self.text[self.tokens[*open].range.end..at].trim().is_empty());
        let target = open.and_then(|open| Some((open, link::target(&self.text[at + 2..])?)));
        match target {
            Some((open, (href, len))) => {
                self.tokens[open].kind = Kind::LinkBegins(href);
                self.push(at..at + 2 + len + 1, Kind::LinkEnds);
                // Links do not nest.
                self.brackets.clear();
            }
            None => self.at += 1,
        }
    }

    /// `<https://a.example>`: an address without the brackets.
    fn pointed(&mut self) {
        let at = self.at;
        let address = link::address(&self.text[at + 1..]);
        match address {
            Some((href, len)) if self.byte(at + 1 + len) == Some(b'>') => {
                self.push(at..at + len + 2, Kind::Address(href, at + 1..at + 1 + len));
            }
            _ => self.at += 1,
        }
    }

    fn mention(&mut self, sign_len: usize) {
        let at = self.at;
        let found = (self.mentioned)(self.text, at, sign_len);
        let end = found.map(|(len, user)| (at + sign_len + len, user));
        match end.filter(|(end, _)| self.text.is_char_boundary(*end)) {
            Some((end, user)) => self.push(at..end, Kind::Mention(user)),
            None => self.at += sign_len,
        }
    }

    /// The letters and digits from here on, which may begin an address.
    fn word(&mut self) {
        let at = self.at;
        let rest = &self.text[at..];
        match link::address(rest).or_else(|| link::mail_address(rest)) {
            Some((href, len)) => self.push(at..at + len, Kind::Address(href, at..at + len)),
            None => self.at += rest.bytes().take_while(u8::is_ascii_alphanumeric).count(),
        }
    }

    fn run_length(&self, at: usize, sign: u8) -> usize {
        self.text.as_bytes()[at..].iter().take_while(|byte| **byte == sign).count()
    }
}

/// Code without one space at each side, which keeps backticks within it apart from those around it.
fn without_spaces(text: &str, range: Range<usize>) -> Range<usize> {
    let code = &text[range.clone()];
    let spaced = code.len() > 2 && code.starts_with([' ', '\n']) && code.ends_with([' ', '\n']);
    match spaced && !code.trim().is_empty() {
        true => range.start + 1..range.end - 1,
        false => range,
    }
}
