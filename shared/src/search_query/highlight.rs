//! Which parts of a text to mark.

use std::ops::Range;

use super::sequence::Sequence;
use crate::tokens::{Normalize, Piece, pieces};

/// The places of sequences in a text, joined where they overlap or touch.
pub(super) fn ranges(sequences: &[Sequence], text: &str, normal: &dyn Normalize) -> Vec<Range<usize>> {
    let pieces_of_text = pieces(text, normal);
    let mut found: Vec<Range<usize>> = Vec::new();
    for sequence in sequences {
        for at in sequence.places(&pieces_of_text) {
            let window = &pieces_of_text[at..at + sequence.len()];
            found.extend(marked(sequence, window, text, normal));
        }
    }
    found.sort_unstable_by_key(|range| (range.start, range.end));
    joined(found)
}

/// The pieces of one place; of a word that goes on, its beginning.
fn marked(sequence: &Sequence, window: &[Piece], text: &str, normal: &dyn Normalize) -> Vec<Range<usize>> {
    let mut ranges: Vec<_> = window.iter().map(|piece| piece.range.clone()).collect();
    if let (Some(open), Some(last)) = (sequence.open_end(), ranges.last_mut()) {
        last.end = last.start + beginning(&text[last.clone()], &open.form, normal);
    }
    ranges
}

/// The bytes of the shortest beginning of a word whose form begins with a form.
fn beginning(word: &str, form: &str, normal: &dyn Normalize) -> usize {
    let starts_with = |len: &usize| {
        let form_of_part: String =
            pieces(&word[..*len], normal).into_iter().map(|piece| piece.form).collect();
        form_of_part.starts_with(form)
    };
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take(4 * form.chars().count()).find(starts_with).unwrap_or(word.len());
    // An accent of the last letter is part of it.
    let marks = word[end..].chars().take_while(|c| pieces(c.encode_utf8(&mut [0; 4]), normal).is_empty());
    end + marks.map(char::len_utf8).sum::<usize>()
}

fn joined(sorted: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}
