//! A tree without signs, as text.

use super::tree::{Block, Inline, List, Marker};

/// What stands for a spoiler, of any length.
pub const HIDDEN: &str = "▒▒▒▒";

/// What blocks say, a line each, without signs; spoilers stay hidden.
#[must_use]
pub fn plain_text(blocks: &[Block]) -> String {
    let mut text = String::new();
    add_blocks(&mut text, blocks);
    text
}

/// What parts of a line say. Spoilers stay hidden.
pub(super) fn plain_inlines(parts: &[Inline]) -> String {
    let mut text = String::new();
    add_inlines(&mut text, parts);
    text
}

fn add_blocks(text: &mut String, blocks: &[Block]) {
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        add_block(text, block);
    }
}

fn add_block(text: &mut String, block: &Block) {
    match block {
        Block::Paragraph(parts) | Block::Heading(_, parts) => add_inlines(text, parts),
        Block::Quote(blocks) => add_blocks(text, blocks),
        Block::List(list) => add_list(text, list),
        Block::Code { text: code, .. } => text.push_str(code),
        Block::Table(table) => {
            for (index, row) in std::iter::once(&table.head).chain(&table.rows).enumerate() {
                if index > 0 {
                    text.push('\n');
                }
                for (index, cell) in row.iter().enumerate() {
                    text.push_str(if index > 0 { " · " } else { "" });
                    add_inlines(text, cell);
                }
            }
        }
        Block::Rule => text.push('—'),
    }
}

fn add_list(text: &mut String, list: &List) {
    for (index, item) in list.items.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let number = match list.marker {
            Marker::Bullet if item.done.is_some() => String::new(),
            Marker::Bullet => "• ".to_owned(),
            Marker::Dot => format!("{}. ", item.number),
            Marker::Bracket => format!("{}) ", item.number),
        };
        text.push_str(&number);
        text.push_str(match item.done {
            Some(true) => "☑ ",
            Some(false) => "☐ ",
            None => "",
        });
        add_blocks(text, &item.blocks);
    }
}

fn add_inlines(text: &mut String, parts: &[Inline]) {
    for part in parts {
        match part {
            Inline::Text(part) | Inline::Code(part) | Inline::Mention { text: part, .. } => {
                text.push_str(part)
            }
            Inline::Emphasis(parts) | Inline::Strong(parts) | Inline::Strikethrough(parts) => {
                add_inlines(text, parts);
            }
            Inline::Link { content, .. } => add_inlines(text, content),
            Inline::Spoiler(_) => text.push_str(HIDDEN),
        }
    }
}
