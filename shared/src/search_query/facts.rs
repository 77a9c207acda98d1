//! What is known of a message that a query may ask for.

use super::{
    date::Date,
    query::{Has, Is, Person, Place},
};
use crate::{
    markdown::{self, Block, Inline},
    message::Message,
};

/// A message, as a query asks for it.
pub trait MessageFacts {
    /// The text as it is now.
    fn text(&self) -> &str;

    /// The day on which it was posted, where who searches is.
    fn date(&self) -> Date;

    /// Whether a person is its author.
    fn is_from(&self, person: &Person) -> bool;

    /// Whether it is in a conversation.
    fn is_in(&self, place: &Place) -> bool;

    /// Whether something is in it, or on it.
    fn has(&self, what: Has) -> bool;

    /// Whether it is something.
    fn is(&self, what: Is) -> bool;
}

/// Whether something is in a message, or on it.
#[must_use]
pub fn has(message: &Message, what: Has) -> bool {
    match what {
        Has::File => !message.attachments.is_empty(),
        Has::Image => message.attachments.iter().any(|attachment| attachment.mime.starts_with("image/")),
        Has::Link => has_link(message.text.as_str()),
        Has::Reaction => !message.reactions.is_empty(),
    }
}

/// Whether a message is something.
#[must_use]
pub fn is(message: &Message, what: Is) -> bool {
    match what {
        Is::Pinned => message.pinned.is_some(),
        Is::Thread => message.thread.is_some() || message.replies.is_some(),
    }
}

/// Whether a text has a link, as it is shown: not within code.
fn has_link(text: &str) -> bool {
    let may_have = text.contains(['@', ':'])
        || text.as_bytes().windows(4).any(|bytes| bytes.eq_ignore_ascii_case(b"www."));
    may_have && any_link(&markdown::parse(text, &|_, _, _| None))
}

fn any_link(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Paragraph(line) | Block::Heading(_, line) => any_inline(line),
        Block::Quote(blocks) => any_link(blocks),
        Block::List(list) => list.items.iter().any(|item| any_link(&item.blocks)),
        Block::Table(table) => {
            table.head.iter().chain(table.rows.iter().flatten()).any(|cell| any_inline(cell))
        }
        Block::Code { .. } | Block::Rule => false,
    })
}

fn any_inline(line: &[Inline]) -> bool {
    line.iter().any(|inline| match inline {
        Inline::Link { .. } => true,
        Inline::Emphasis(line)
        | Inline::Strong(line)
        | Inline::Strikethrough(line)
        | Inline::Spoiler(line) => any_inline(line),
        Inline::Text(_) | Inline::Code(_) | Inline::Mention { .. } => false,
    })
}
