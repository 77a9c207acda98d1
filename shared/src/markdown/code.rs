//! Where code is, for what is typed.

use super::{
    block,
    tree::{Block, Inline},
};

/// A character that no message has: it is for use within programs only.
const MARK: char = '\u{fdd0}';

/// Whether a place in a text, in bytes, is within code: what is typed there is taken as it is.
#[must_use]
pub fn is_in_code(text: &str, at: usize) -> bool {
    if !text.contains('`') && !text.contains("~~~") {
        return false;
    }
    let Some((before, behind)) = text.split_at_checked(at) else { return false };
    let marked = format!("{before}{MARK}{behind}");
    blocks_have(&block::parse(&marked, &|_, _, _| None))
}

fn blocks_have(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Paragraph(parts) | Block::Heading(_, parts) => parts_have(parts),
        Block::Quote(blocks) => blocks_have(blocks),
        Block::List(list) => list.items.iter().any(|item| blocks_have(&item.blocks)),
        Block::Code { language, text } => text.contains(MARK) || language.contains(MARK),
        Block::Table(table) => {
            std::iter::once(&table.head).chain(&table.rows).flatten().any(|cell| parts_have(cell))
        }
        Block::Rule => false,
    })
}

fn parts_have(parts: &[Inline]) -> bool {
    parts.iter().any(|part| match part {
        Inline::Code(code) => code.contains(MARK),
        Inline::Emphasis(parts)
        | Inline::Strong(parts)
        | Inline::Strikethrough(parts)
        | Inline::Spoiler(parts)
        | Inline::Link { content: parts, .. } => parts_have(parts),
        Inline::Text(_) | Inline::Mention { .. } => false,
    })
}
