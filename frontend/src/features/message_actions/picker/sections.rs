//! What the picker shows: the emoji by headings, or those that a search finds.

use super::{data::EmojiEntry, search::search, tones::with_tone};
use crate::i18n::{Locale, td_string};

/// What stands above a part of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    Recent,
    Found,
    /// A group of the data, by its number.
    Group(usize),
}

impl Heading {
    pub(super) fn text(self) -> fn(Locale) -> &'static str {
        match self {
            Self::Recent => |l| td_string!(l, emoji.recent),
            Self::Found => |l| td_string!(l, emoji.found),
            Self::Group(number) => GROUPS.get(number).copied().unwrap_or(|l| td_string!(l, emoji.symbols)),
        }
    }
}

/// A heading and its emoji, each with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) heading: Heading,
    pub(super) emoji: Vec<(String, String)>,
}

/// The names of the groups, in the order of the data.
const GROUPS: [fn(Locale) -> &'static str; 9] = [
    |l| td_string!(l, emoji.smileys),
    |l| td_string!(l, emoji.people),
    |l| td_string!(l, emoji.nature),
    |l| td_string!(l, emoji.food),
    |l| td_string!(l, emoji.travel),
    |l| td_string!(l, emoji.activities),
    |l| td_string!(l, emoji.objects),
    |l| td_string!(l, emoji.symbols),
    |l| td_string!(l, emoji.flags),
];

/// The sections for a query; no section is empty.
pub(super) fn sections(
    groups: &[Vec<EmojiEntry>],
    recent: &[String],
    query: &str,
    tone: usize,
) -> Vec<Section> {
    let shown = |entry: &EmojiEntry| (with_tone(entry, tone), entry.name.clone());
    let all: Vec<Section> = if query.trim().is_empty() {
        let name = |emoji: &String| {
            let entry = groups.iter().flatten().find(|entry| entry.emoji == *emoji);
            (emoji.clone(), entry.map_or_else(|| emoji.clone(), |entry| entry.name.clone()))
        };
        let recent = Section { heading: Heading::Recent, emoji: recent.iter().map(name).collect() };
        let groups = groups.iter().enumerate();
        let groups = groups.map(|(number, group)| Section {
            heading: Heading::Group(number),
            emoji: group.iter().map(shown).collect(),
        });
        std::iter::once(recent).chain(groups).collect()
    } else {
        let found = search(groups, query).into_iter().map(shown).collect();
        vec![Section { heading: Heading::Found, emoji: found }]
    };
    all.into_iter().filter(|section| !section.emoji.is_empty()).collect()
}
