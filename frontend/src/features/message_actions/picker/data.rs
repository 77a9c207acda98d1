//! The emoji with their names, from a file per language.

use std::{cell::RefCell, sync::Arc};

use confab_shared::decode::{Decode, Json};

use crate::{
    i18n::{Locale, tag},
    platform::api,
};

/// The emoji of one heading after the other.
pub(super) type EmojiGroups = Arc<Vec<Vec<EmojiEntry>>>;

/// An emoji and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EmojiEntry {
    pub(super) emoji: String,
    pub(super) name: String,
    /// Name and keywords in lower case, separated by spaces.
    pub(super) words: String,
    pub(super) has_tones: bool,
}

impl Decode for EmojiEntry {
    fn decode(value: &Json) -> Option<Self> {
        let Json::List(fields) = value else { return None };
        let text = |index: usize| fields.get(index).and_then(Json::text);
        let (emoji, name) = (text(0)?.to_owned(), text(1)?.to_owned());
        let words = format!("{name} {}", text(2)?).to_lowercase();
        Some(Self { emoji, name, words, has_tones: fields.get(3).is_some() })
    }
}

thread_local! {
    /// The data of the language that was used last.
    static CACHE: RefCell<Option<(Locale, EmojiGroups)>> = const { RefCell::new(None) };
}

/// The emoji, where they were fetched before.
pub(super) fn cached(locale: Locale) -> Option<EmojiGroups> {
    CACHE.with_borrow(|cache| cache.clone().filter(|(of, _)| *of == locale).map(|(_, groups)| groups))
}

/// Fetches the emoji.
pub(super) async fn fetch(locale: Locale) -> Result<EmojiGroups, ()> {
    let groups = api::get_page_data(&format!("/emoji/{}.json", tag(locale))).await.map_err(drop)?;
    let groups = Arc::new(groups);
    CACHE.set(Some((locale, Arc::clone(&groups))));
    Ok(groups)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The files as they are served.
    pub(crate) fn groups(text: &str) -> Vec<Vec<EmojiEntry>> {
        confab_shared::decode::from_str(text).expect("the file has the form of its type")
    }

    pub(crate) const ENGLISH: &str = include_str!("../../../../public/emoji/en.json");
    pub(crate) const CHINESE: &str = include_str!("../../../../public/emoji/zh-CN.json");

    #[test]
    fn both_languages_name_the_same_emoji() {
        let emoji = |text| -> Vec<Vec<(String, bool)>> {
            let list = |group: Vec<EmojiEntry>| {
                group.into_iter().map(|entry| (entry.emoji, entry.has_tones)).collect()
            };
            groups(text).into_iter().map(list).collect()
        };
        let english = emoji(ENGLISH);
        assert_eq!(english.len(), 9);
        assert_eq!(english, emoji(CHINESE));
    }
}
