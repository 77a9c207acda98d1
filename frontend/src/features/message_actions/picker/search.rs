//! Finds emoji by their names and keywords.

use super::data::EmojiEntry;

/// How many emoji a search shows.
const MAX_FOUND: usize = 96;

/// The emoji for which every word of the query begins a word of theirs; in scripts without spaces, is part of one. Those
/// found by their name come first.
pub(super) fn search<'a>(groups: &'a [Vec<EmojiEntry>], query: &str) -> Vec<&'a EmojiEntry> {
    let query = query.trim().to_lowercase();
    let words: Vec<_> = query.split_whitespace().collect();
    let mut found: Vec<_> =
        groups.iter().flatten().filter_map(|entry| Some((rank(entry, &query, &words)?, entry))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, entry)| entry).take(MAX_FOUND).collect()
}

fn rank(entry: &EmojiEntry, query: &str, words: &[&str]) -> Option<u8> {
    let name = entry.words.get(..entry.name.to_lowercase().len()).unwrap_or_default();
    let has_all = |text: &str| words.iter().all(|word| has(text, word));
    match () {
        () if entry.emoji == query || name == query => Some(0),
        () if name.starts_with(query) => Some(1),
        () if has_all(name) => Some(2),
        () if entry.words.split(' ').any(|word| word == query) => Some(3),
        () if has_all(&entry.words) => Some(4),
        () => None,
    }
}

fn has(text: &str, word: &str) -> bool {
    let begins = |part: &str| part.starts_with(word);
    if word.is_ascii() { text.split([' ', '-', ':']).any(begins) } else { text.contains(word) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::message_actions::picker::data::tests::{CHINESE, ENGLISH, groups};

    fn found(text: &str, query: &str) -> Vec<String> {
        search(&groups(text), query).into_iter().map(|entry| entry.emoji.clone()).collect()
    }

    #[test]
    fn an_emoji_is_found_by_its_name_keywords_and_beginnings_of_them() {
        assert_eq!(found(ENGLISH, "thumbs up")[0], "👍");
        assert_eq!(found(ENGLISH, "party pop")[0], "🎉");
        assert!(found(ENGLISH, "tada").contains(&"🎉".to_owned()));
        assert!(found(ENGLISH, "CELEBR").contains(&"🎉".to_owned()));
        assert_eq!(found(ENGLISH, "🎉"), ["🎉"]);
    }

    #[test]
    fn names_come_before_keywords() {
        let cats = found(ENGLISH, "cat");
        assert_eq!(cats[0], "🐈️".trim_end_matches('\u{fe0f}'));
        assert!(cats.len() > 5);
    }

    #[test]
    fn chinese_is_found_by_any_part() {
        assert!(found(CHINESE, "赞").contains(&"👍".to_owned()));
        assert!(found(CHINESE, "庆祝").contains(&"🎉".to_owned()));
        assert!(found(CHINESE, "程序").contains(&"👩‍💻".to_owned()));
    }

    #[test]
    fn what_no_emoji_is_called_finds_nothing() {
        assert!(found(ENGLISH, "qqqq").is_empty());
        assert!(found(ENGLISH, "party qqqq").is_empty());
    }
}
