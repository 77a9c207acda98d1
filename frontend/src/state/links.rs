//! Web addresses within a message. Only `http://` and `https://` are links: nothing else in a text is interpreted.

/// A piece of a text, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Just text.
    Text(&'a str),
    /// An address.
    Link(&'a str),
}

/// Splits a text into its pieces; put together again they are the text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut before = None;
    let mut plain = 0;
    while let Some(c) = rest[plain..].chars().next() {
        let here = &rest[plain..];
        let begins = before.is_none_or(|before: char| !before.is_ascii_alphanumeric());
        match link_len(here).filter(|_| begins) {
            Some(len) => {
                if plain > 0 {
                    pieces.push(Piece::Text(&rest[..plain]));
                }
                pieces.push(Piece::Link(&here[..len]));
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
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// How long the address is that a text begins with.
fn link_len(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))?;
    let end = text.find(ends_link).unwrap_or(text.len());
    let link = without_punctuation(&text[..end]);
    let host_begins = link.get(scheme.len()..)?.chars().next()?;
    (!host_begins.is_ascii_punctuation() || host_begins == '[').then_some(link.len())
}

/// Characters that no address has, and the full-width punctuation that follows one in a Chinese sentence.
fn ends_link(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^')
        || matches!(c, '\u{2010}'..='\u{203a}' | '\u{3000}'..='\u{301f}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
}

/// An address without the punctuation of the sentence that it ends.
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
    use super::{Piece::*, *};

    #[test]
    fn finds_addresses_among_words() {
        assert_eq!(
            pieces("see https://a.example/x?y=1#z, and HTTP://b.example."),
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
            pieces("(https://a.example/b_(c))"),
            [Text("("), Link("https://a.example/b_(c)"), Text(")")]
        );
    }

    #[test]
    fn ends_at_chinese_punctuation() {
        assert_eq!(pieces("看https://a.example"), [Text("看"), Link("https://a.example")], "no spaces there");
        assert_eq!(
            pieces("看\u{ff1a}https://a.example/路\u{ff0c}好"),
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
            assert_eq!(pieces(text), [Text(text)], "{text}");
        }
        assert!(pieces("").is_empty());
    }

    #[test]
    fn the_pieces_are_the_text() {
        let text = "a https://x.example/ß)!\n\nhttps://y.example 🎉 http://z.example/…";
        let joined: String = pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Text(t) | Link(t) => t,
            })
            .collect();
        assert_eq!(joined, text);
    }
}
