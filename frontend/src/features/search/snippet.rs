//! The text of a hit: cut to what surrounds the first word that was found, in pieces that are marked or not.

use std::ops::Range;

/// The most characters of a text that are shown.
const MAX_CHARS: usize = 240;

/// How many characters are shown before the first word that was found: so many that a phone shows that, too.
const CHARS_BEFORE: usize = 60;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Whether it was found.
    pub(super) marked: bool,
}

/// Cuts a text. `ranges` are in bytes, in order, and do not overlap.
pub(super) fn pieces(text: &str, ranges: &[Range<usize>]) -> Vec<Piece> {
    let shown = shown(text, ranges.first().map_or(0, |range| range.start));
    let mut pieces = Vec::new();
    let mut push = |text: &str, marked: bool| {
        if !text.is_empty() {
            pieces.push(Piece { text: text.to_owned(), marked });
        }
    };
    if shown.start > 0 {
        push("…", false);
    }
    let mut at = shown.start;
    for range in ranges {
        let (start, end) = (range.start.clamp(at, shown.end), range.end.clamp(at, shown.end));
        push(&text[at..start], false);
        push(&text[start..end], true);
        at = end;
    }
    push(&text[at..shown.end], false);
    if shown.end < text.len() {
        push("…", false);
    }
    pieces
}

/// What is shown of a text: its beginning, or what surrounds a byte of it.
fn shown(text: &str, found: usize) -> Range<usize> {
    let after =
        |from: usize, chars| text[from..].char_indices().nth(chars).map_or(text.len(), |(at, _)| from + at);
    if text[..found].chars().count() <= CHARS_BEFORE {
        return 0..after(0, MAX_CHARS);
    }
    let start = text[..found].char_indices().rev().nth(CHARS_BEFORE - 1).map_or(0, |(at, _)| at);
    // Not in the middle of a word, where one ends near.
    let space = text[start..found].char_indices().take(CHARS_BEFORE / 2).find(|(_, c)| c.is_whitespace());
    let start = space.map_or(start, |(at, c)| start + at + c.len_utf8());
    start..after(start, MAX_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown_of(text: &str, found: &str) -> String {
        let start = text.find(found).expect("it is there");
        let mark = |piece: Piece| if piece.marked { format!("[{}]", piece.text) } else { piece.text };
        let range = start..start + found.len();
        pieces(text, &[range]).into_iter().map(mark).collect()
    }

    #[test]
    fn what_was_found_is_marked() {
        assert_eq!(shown_of("the early train", "early"), "the [early] train");
        assert_eq!(shown_of("我把行程发到群里了", "行"), "我把[行]程发到群里了");
        assert_eq!(pieces("nothing", &[]), [Piece { text: "nothing".to_owned(), marked: false }]);
        assert_eq!(pieces("", &[]), []);
    }

    #[test]
    fn a_long_text_is_cut_around_it() {
        let long = format!("{}train{}", "before ".repeat(60), " behind".repeat(60));
        let shown = shown_of(&long, "train");
        assert!(shown.starts_with("…before before"), "{shown}");
        assert!(shown.contains(" [train] behind") && shown.ends_with('…'), "{shown}");
        assert!(shown.chars().count() <= MAX_CHARS + 4, "{shown}");
        let chinese = format!("{}火车{}", "好".repeat(300), "吗".repeat(300));
        assert!(shown_of(&chinese, "火车").starts_with(&format!("…{}[火车]吗", "好".repeat(60))));
    }

    #[test]
    fn words_beyond_the_cut_are_left_out() {
        let text = format!("train {} train", "x".repeat(400));
        let end = text.len();
        let pieces = pieces(&text, &[0..5, end - 5..end]);
        assert_eq!(pieces.iter().filter(|piece| piece.marked).count(), 1);
    }
}
