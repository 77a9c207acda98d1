//! The text of a message as people format it: Markdown as chats know it. It is parsed once, here, into a small tree that a
//! client shows node by node, and of which it takes the plain text for previews. There is no HTML in it.
//!
//! The rule behind all exceptions from CommonMark: what somebody types stays visible. Raw HTML, entities, images,
//! footnotes and reference definitions are text; a line break is one; four leading spaces make no code; `#channel` is no
//! heading and `>_<` no quote; numbers of lists stay as they were typed; emphasis closes behind Chinese punctuation, too.
//! docs/protocol.md describes the dialect.
//!
//! The parser is our own and not pulldown-cmark's, which would be a good part of what a first visit to the page downloads
//! and would need a second parser before it for all of the above; a test compares what both understand. It reads a text a
//! constant number of times, makes at most [`MAX_NODES`] nodes, and nests at most [`MAX_DEPTH`] of them: what is beyond
//! these is shown as it was typed.

mod block;
mod budget;
mod code;
mod emoji_only;
mod inline;
mod line;
mod link;
mod links;
mod mentioned;
mod plain;
mod preview;
mod table;
mod tree;
mod word;

use std::cell::RefCell;

pub use self::{
    budget::{MAX_DEPTH, MAX_NODES},
    code::is_in_code,
    emoji_only::emoji_count,
    link::is_address,
    links::{links, may_have_links},
    mentioned::{Mentioned, mentioned_by_name},
    plain::{HIDDEN, plain_text},
    preview::{may_have_markup, preview},
    tree::{Alignment, Block, Inline, List, ListItem, Marker, Table},
};
use crate::mentions::{MAX_MENTIONS, mention_at};

/// Parses a text. `mentioned` decides who is mentioned by a sign.
#[must_use]
pub fn parse(text: &str, mentioned: &Mentioned<'_>) -> Vec<Block> {
    block::parse(text, mentioned)
}

/// Whether a text has a sign of mentions and may have code or an address, in which nobody is mentioned: then
/// [`mentions_in_prose`] finds them. One search where there is no such sign.
#[must_use]
pub fn may_hide_mentions(text: &str) -> bool {
    let has = |sign: &&str| text.contains(*sign);
    // Code, addresses, the targets of links, and what mail addresses have directly before their sign.
    ["@", "＠"].iter().any(has)
        && (["`", "~~~", "://", "](", "+@", "%@"].iter().any(has) || link::has_www(text))
}

/// The candidate names of each possible mention of a text, like [`mentions`](crate::mentions::mentions), without those
/// that are in code or in an address.
#[must_use]
pub fn mentions_in_prose(text: &str) -> Vec<Vec<String>> {
    let found = RefCell::new(Vec::new());
    let collect = |text: &str, at: usize, sign_len: usize| {
        let mut found = found.borrow_mut();
        if let Some(mention) = mention_at(text, at, sign_len).filter(|_| found.len() < MAX_MENTIONS) {
            found.push(mention.names.into_iter().map(str::to_owned).collect());
        }
        None
    };
    let _ = parse(text, &collect);
    found.into_inner()
}
