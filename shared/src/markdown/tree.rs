//! What a text is made of.

use crate::id::UserId;

/// A part of a text that has lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Lines of text.
    Paragraph(Vec<Inline>),
    /// A heading and its level, from 1 to 6.
    Heading(u8, Vec<Inline>),
    /// What is quoted.
    Quote(Vec<Block>),
    /// A list.
    List(List),
    /// Code, line by line, with the language that the author named, if any.
    Code {
        /// What stands behind the first sign: the language, and what some add to it.
        language: String,
        /// The lines, without a line break at the end.
        text: String,
    },
    /// A table.
    Table(Table),
    /// A line between parts.
    Rule,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// What stands before its items.
    pub marker: Marker,
    /// The items, in their order.
    pub items: Vec<ListItem>,
}

/// What stands before the items of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// A bullet.
    Bullet,
    /// A number with a full stop.
    Dot,
    /// A number with a closing bracket.
    Bracket,
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListItem {
    /// Its number, in a list with numbers: as it was typed, unless all items of the list have the same.
    pub number: u32,
    /// Whether a task is done; none of an item that is no task.
    pub done: Option<bool>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A table. Rows may be shorter or longer than the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// How each column is aligned.
    pub alignments: Vec<Alignment>,
    /// The cells of the first row.
    pub head: Vec<Vec<Inline>>,
    /// The cells of the other rows.
    pub rows: Vec<Vec<Vec<Inline>>>,
}

/// How a column is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// As the text around the table.
    Start,
    /// In the middle.
    Center,
    /// At the end of the line.
    End,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Text. A line break in it is one.
    Text(String),
    /// Code within a line.
    Code(String),
    /// Emphasis, italic.
    Emphasis(Vec<Inline>),
    /// Strong emphasis, bold.
    Strong(Vec<Inline>),
    /// Struck through.
    Strikethrough(Vec<Inline>),
    /// Hidden until the reader asks for it.
    Spoiler(Vec<Inline>),
    /// A link.
    Link {
        /// Where it leads: `http:`, `https:` or `mailto:`.
        href: String,
        /// What is shown.
        content: Vec<Inline>,
        /// The host that it leads to, where what is shown looks like another one. Show it beside the link.
        host: Option<String>,
    },
    /// Somebody is mentioned.
    Mention {
        /// Who.
        user: UserId,
        /// The sign and the name, as they were typed.
        text: String,
    },
}
