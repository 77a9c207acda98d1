//! The text field: what is selected in it, and changes that can be undone.

use std::ops::Range;

use wasm_bindgen::JsCast;
use web_sys::{Event, EventInit, HtmlDocument, HtmlTextAreaElement};

use super::format::Change;
use crate::platform::browser::document;

/// The text of a field and what is selected in it, in bytes.
pub(super) fn selection(field: &HtmlTextAreaElement) -> (String, Range<usize>) {
    let text = field.value();
    let start = field.selection_start().ok().flatten().unwrap_or_default();
    let end = field.selection_end().ok().flatten().unwrap_or_default().max(start);
    let range = byte_at(&text, start)..byte_at(&text, end);
    (text, range)
}

/// Changes the text of a field as if it were typed.
pub(super) fn apply(field: &HtmlTextAreaElement, change: &Change) {
    let text = field.value();
    let mut new = text.clone();
    new.replace_range(change.range.clone(), &change.text);
    let _ = field.focus();
    select(field, &text, &change.range);
    let document: HtmlDocument = document().unchecked_into();
    // Unlike setting the value, the command can be undone.
    let _ = match change.text.as_str() {
        "" => document.exec_command("delete"),
        inserted => document.exec_command_with_show_ui_and_value("insertText", false, inserted),
    };
    if field.value() != new {
        field.set_value(&new);
        let init = EventInit::new();
        init.set_bubbles(true);
        if let Ok(event) = Event::new_with_event_init_dict("input", &init) {
            let _ = field.dispatch_event(&event);
        }
    }
    select(field, &new, &change.selected);
}

fn select(field: &HtmlTextAreaElement, text: &str, range: &Range<usize>) {
    let _ = field.set_selection_range(units_at(text, range.start), units_at(text, range.end));
}

/// The byte of a position in UTF-16 code units, as the browser counts.
pub(super) fn byte_at(text: &str, units: u32) -> usize {
    let mut left = units as usize;
    for (at, c) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(c.len_utf16());
    }
    text.len()
}

/// The position of a byte in UTF-16 code units.
fn units_at(text: &str, byte: usize) -> u32 {
    let units = text.get(..byte).unwrap_or(text).encode_utf16().count();
    u32::try_from(units).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_told_in_both_units() {
        let text = "a🎉李b";
        for (units, byte) in [(0, 0), (1, 1), (3, 5), (4, 8), (5, 9)] {
            assert_eq!(byte_at(text, units), byte);
            assert_eq!(units_at(text, byte), units);
        }
        assert_eq!(byte_at(text, 99), text.len());
    }
}
