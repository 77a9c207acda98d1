//! What a message says, in a line: in form, but with nothing to click on, for quotes.

use std::slice;

use confab_shared::markdown::{Block, Inline, plain_text};
use web_sys::Element;

use super::dom::{child, text};
use crate::ui::bidi::strip_direction_controls;

/// A line that is being filled.
pub(super) struct Line {
    /// How many more characters it may have; none once it is cut.
    room: Option<usize>,
    /// Whether a space would be one too many.
    spaced: bool,
}

impl Line {
    /// A line of at most so many characters.
    pub(super) fn new(max_chars: usize) -> Self {
        Self { room: Some(max_chars), spaced: true }
    }

    /// Fills an element.
    pub(super) fn blocks(&mut self, parent: &Element, blocks: &[Block]) {
        for block in blocks {
            if self.room.is_none() {
                return;
            }
            self.text(parent, " ");
            match block {
                Block::Paragraph(parts) | Block::Heading(_, parts) => self.inlines(parent, parts),
                Block::Quote(blocks) => self.blocks(parent, blocks),
                Block::Code { text, .. } => self.text(&child(parent, "code", ""), text),
                Block::List(_) | Block::Table(_) | Block::Rule => {
                    self.text(parent, &plain_text(slice::from_ref(block)));
                }
            }
        }
    }

    fn inlines(&mut self, parent: &Element, parts: &[Inline]) {
        for part in parts {
            if self.room.is_none() {
                return;
            }
            match part {
                Inline::Text(part) => self.text(parent, part),
                Inline::Mention { text, .. } => self.text(&child(parent, "span", "mention"), text),
                Inline::Code(code) => self.text(&child(parent, "code", ""), code),
                Inline::Emphasis(parts) => self.inlines(&child(parent, "em", ""), parts),
                Inline::Strong(parts) => self.inlines(&child(parent, "strong", ""), parts),
                Inline::Strikethrough(parts) => self.inlines(&child(parent, "s", ""), parts),
                Inline::Link { content, .. } => self.inlines(parent, content),
                // A quote has no button that would show it.
                Inline::Spoiler(_) => self.text(parent, &plain_text(&[Block::Paragraph(vec![part.clone()])])),
            }
        }
    }

    fn text(&mut self, parent: &Element, part: &str) {
        let mut shown = String::new();
        for c in strip_direction_controls(part).chars() {
            let space = c.is_whitespace();
            match &mut self.room {
                _ if space && self.spaced => continue,
                None => break,
                Some(0) => {
                    shown.push('…');
                    self.room = None;
                }
                Some(room) => {
                    shown.push(if space { ' ' } else { c });
                    *room -= 1;
                }
            }
            self.spaced = space;
        }
        if !shown.is_empty() {
            text(parent, &shown);
        }
    }
}
