//! Links in the text of a message: addresses that begin with `http://` or `https://`. Nothing else is interpreted.

/// A segment of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextSegment<'a> {
    Text(&'a str),
    Link(&'a str),
}

/// Splits a text into segments, which together are the text.
pub(crate) fn segments(text: &str) -> Vec<TextSegment<'_>> {
    let mut segments = Vec::new();
    let mut rest = text;
    let mut before = None;
    let mut plain = 0;
    while let Some(c) = rest[plain..].chars().next() {
        let here = &rest[plain..];
        let begins = before.is_none_or(|before: char| !before.is_ascii_alphanumeric());
        match link_len(here).filter(|_| begins) {
            Some(len) => {
                if plain > 0 {
                    segments.push(TextSegment::Text(&rest[..plain]));
                }
                segments.push(TextSegment::Link(&here[..len]));
                before = here[..len].chars().next_back();
                rest = &here[len..];
                plain = 0;
            }
            None => {
                before = Some(c);
                plain += c.len_utf8();
            }
        }
    }
    if !rest.is_empty() {
        segments.push(TextSegment::Text(rest));
    }
    segments
}

/// The length in bytes of the address that a text begins with.
fn link_len(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))?;
    let end = text.find(ends_link).unwrap_or(text.len());
    let link = without_punctuation(&text[..end]);
    let host_begins = link.get(scheme.len()..)?.chars().next()?;
    (!host_begins.is_ascii_punctuation() || host_begins == '[').then_some(link.len())
}

/// Whether a character ends an address: one that no address contains, or full-width punctuation.
fn ends_link(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^')
        || matches!(c, '\u{2010}'..='\u{203a}' | '\u{3000}'..='\u{301f}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
}

/// An address without the punctuation of the sentence around it.
fn without_punctuation(mut link: &str) -> &str {
    while let Some(last) = link.chars().next_back() {
        let closes_nothing = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '~' => true,
            ')' => link.matches(')').count() > link.matches('(').count(),
            ']' => link.matches(']').count() > link.matches('[').count(),
            _ => false,
        };
        if !closes_nothing {
            break;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
    link
}

#[cfg(test)]
mod tests {
    use super::{TextSegment::*, *};

    #[test]
    fn finds_addresses_among_words() {
        assert_eq!(
            segments("see https://a.example/x?y=1#z, and HTTP://b.example."),
            [
                Text("see "),
                Link("https://a.example/x?y=1#z"),
                Text(", and "),
                Link("HTTP://b.example"),
                Text(".")
            ]
        );
    }

    #[test]
    fn keeps_brackets_that_belong_to_the_address() {
        assert_eq!(
            segments("(https://a.example/b_(c))"),
            [Text("("), Link("https://a.example/b_(c)"), Text(")")]
        );
    }

    #[test]
    fn ends_at_chinese_punctuation() {
        assert_eq!(
            segments("看https://a.example"),
            [Text("看"), Link("https://a.example")],
            "no spaces there"
        );
        assert_eq!(
            segments("看\u{ff1a}https://a.example/路\u{ff0c}好"),
            [Text("看\u{ff1a}"), Link("https://a.example/路"), Text("\u{ff0c}好")]
        );
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "javascript:alert(1)",
            "http://",
            "https:// x",
            "xhttps://a.example",
            "<b>hi</b>",
            "ftp://a.example",
            "é",
        ] {
            assert_eq!(segments(text), [Text(text)], "{text}");
        }
        assert!(segments("").is_empty());
    }

    #[test]
    fn the_pieces_are_the_text() {
        let text = "a https://x.example/ß)!\n\nhttps://y.example 🎉 http://z.example/…";
        let joined: String = segments(text)
            .into_iter()
            .map(|segment| match segment {
                Text(t) | Link(t) => t,
            })
            .collect();
        assert_eq!(joined, text);
    }
}
