//! The terms of a search index: what is stored of a message, and which terms a search needs. An index has no positions: it
//! proposes messages that have all terms, and the text of each decides.
//!
//! | Term | Of |
//! |---|---|
//! | `tea` | a token of the text |
//! | U+E001 and 1 to 5 characters | a word that begins so: the last word of a search, as it is typed |
//! | U+E000 and a character | a character of a script without spaces |
//! | U+E002 and a number | the conversation |
//! | U+E003 and a number | the author |
//! | U+E004 and a letter | what the message has, or is |
//!
//! No token has a character for private use, so no text can contain the others.

use confab_shared::{
    id::{ConversationId, UserId},
    message::Message,
    search_query::{self, Has, Is, Needed, TermKind},
    tokens::{PieceKind, UnicodeTables, pieces, tokens_of},
};
use rustc_hash::FxHashSet;

use super::search::Search;

/// What the terms are made of changes with this number: an index of another one is built anew.
pub const VERSION: u32 = 1;

/// The longest beginning of a word that is a term of its own. Longer ones are looked up as a range of terms, whose lists are all
/// read before the first message is known: those of frequent words are too long for that.
pub const MAX_PREFIX_CHARS: usize = 5;

const CHARACTER: char = '\u{e000}';
const PREFIX: char = '\u{e001}';
const CONVERSATION: char = '\u{e002}';
const AUTHOR: char = '\u{e003}';
const FLAG: char = '\u{e004}';

/// What messages have, or are, and their letters.
const FLAGS: [(Flag, char); 6] = [
    (Flag::Has(Has::File), 'f'),
    (Flag::Has(Has::Image), 'i'),
    (Flag::Has(Has::Link), 'l'),
    (Flag::Has(Has::Reaction), 'r'),
    (Flag::Is(Is::Pinned), 'p'),
    (Flag::Is(Is::Thread), 't'),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flag {
    Has(Has),
    Is(Is),
}

/// What a message has, or is: a bit for each of [`FLAGS`].
pub fn flags(message: &Message) -> u8 {
    let is_set = |flag: Flag| match flag {
        Flag::Has(what) => search_query::has(message, what),
        Flag::Is(what) => search_query::is(message, what),
    };
    FLAGS.iter().enumerate().fold(0, |bits, (n, (flag, _))| bits | (u8::from(is_set(*flag)) << n))
}

/// The terms of a message, each once, in no order.
pub fn of_message(conversation: ConversationId, message: &Message, flags: u8) -> FxHashSet<String> {
    let text = pieces(message.text.as_str(), &UnicodeTables);
    let mut terms = FxHashSet::default();
    for piece in &text {
        match piece.kind {
            PieceKind::Word => {
                let ends = piece.form.char_indices().map(|(at, c)| at + c.len_utf8()).take(MAX_PREFIX_CHARS);
                terms.extend(ends.map(|end| marked(PREFIX, &piece.form[..end])));
            }
            PieceKind::Character { .. } => {
                terms.insert(marked(CHARACTER, &piece.form));
            }
            PieceKind::Pictograph => {}
        }
    }
    terms.extend(tokens_of(text).map(|token| token.form));
    terms.insert(conversation_term(conversation));
    terms.insert(author_term(message.by));
    let letters = FLAGS.iter().enumerate().filter(|(n, _)| (flags >> n) & 1 == 1);
    terms.extend(letters.map(|(_, (_, letter))| marked(FLAG, letter.encode_utf8(&mut [0; 4]))));
    terms
}

/// A condition on the terms of messages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// They have the term.
    Term(String),
    /// They have a term that begins so; of more than [`MAX_PREFIX_CHARS`] characters.
    Prefix(String),
    /// They have one of the terms.
    OneOf(Vec<String>),
    /// They do not have the term.
    Not(String),
}

/// The conditions that every message meets that a search finds, each once. Others may meet them, too.
pub fn of_search(search: &Search) -> Vec<Condition> {
    let matcher = &search.matcher;
    let mut conditions: Vec<_> = matcher.wanted().iter().flat_map(|s| s.needed()).map(condition).collect();
    let unwanted = matcher.unwanted().iter().filter_map(|sequence| sequence.exact_token());
    conditions.extend(unwanted.map(|token| Condition::Not(token.to_owned())));
    for (negated, filter) in matcher.filters() {
        let flag = match filter {
            TermKind::Has(what) => Flag::Has(*what),
            TermKind::Is(what) => Flag::Is(*what),
            _ => continue,
        };
        // An index that is behind does not hide what is not so any more.
        if !negated {
            conditions.extend(
                FLAGS
                    .iter()
                    .find(|(one, _)| *one == flag)
                    .map(|(_, letter)| Condition::Term(marked(FLAG, letter.encode_utf8(&mut [0; 4])))),
            );
        }
    }
    if let Some(authors) = search.authors() {
        conditions.push(Condition::OneOf(authors.into_iter().map(author_term).collect()));
    }
    conditions.sort_unstable();
    conditions.dedup();
    conditions
}

/// The condition that a message is in one of some conversations.
pub fn in_one_of(conversations: impl IntoIterator<Item = ConversationId>) -> Condition {
    Condition::OneOf(conversations.into_iter().map(conversation_term).collect())
}

fn condition(needed: Needed) -> Condition {
    match needed {
        Needed::Token(form) => Condition::Term(form),
        Needed::Character(form) => Condition::Term(marked(CHARACTER, &form)),
        Needed::WordPrefix(form) if form.chars().count() <= MAX_PREFIX_CHARS => {
            Condition::Term(marked(PREFIX, &form))
        }
        Needed::WordPrefix(form) => Condition::Prefix(form),
    }
}

fn marked(mark: char, text: &str) -> String {
    let mut term = String::with_capacity(mark.len_utf8() + text.len());
    term.push(mark);
    term.push_str(text);
    term
}

fn conversation_term(id: ConversationId) -> String {
    format!("{CONVERSATION}{id}")
}

fn author_term(user: UserId) -> String {
    format!("{AUTHOR}{user}")
}
