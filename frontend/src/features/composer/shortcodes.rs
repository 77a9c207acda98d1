//! Short codes of emoji: `:tada:` becomes the emoji as soon as it is typed, at the latest when the message is sent. Their
//! file is fetched when the first one is typed. In code they stay as they are.

use std::{cell::RefCell, ops::Range, rc::Rc};

use confab_shared::{
    decode::{Decode, Json},
    markdown::is_in_code,
};
use leptos::{prelude::*, task::spawn_local};

use super::{completion::Candidate, format::Change};
use crate::{platform::api, ui::reactive::memo};

/// The characters of a code that are needed to offer completions.
const MIN_QUERY: usize = 2;

const MAX_CODE: usize = 48;

/// How many completions are offered.
const MAX_OFFERED: usize = 8;

/// An emoji and one of its codes.
type Entry = (String, String);

/// All codes, in the order of the emoji.
#[derive(Debug)]
pub(super) struct Shortcodes(Vec<Entry>);

impl Decode for Shortcodes {
    fn decode(value: &Json) -> Option<Self> {
        let Json::List(rows) = value else { return None };
        let mut entries = Vec::new();
        for row in rows {
            let Json::List(fields) = row else { return None };
            let (emoji, codes) = (fields.first()?.text()?, fields.get(1)?.text()?);
            entries.extend(codes.split(' ').map(|code| (code.to_owned(), emoji.to_owned())));
        }
        Some(Self(entries))
    }
}

impl Shortcodes {
    fn emoji(&self, code: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(code)).map(|(_, emoji)| emoji.as_str())
    }

    /// The codes that complete what is typed: the shortest that begin so, then those of which a word does. Each emoji once.
    fn offered(&self, query: &str) -> Vec<Entry> {
        let query = query.to_lowercase();
        let rank = |code: &str| match () {
            () if code == query => Some(0),
            () if code.starts_with(&query) => Some(1),
            () if code.split(['_', '-']).any(|word| word.starts_with(&query)) => Some(2),
            () => None,
        };
        let mut found: Vec<_> =
            self.0.iter().filter_map(|entry| Some(((rank(&entry.0)?, entry.0.len()), entry))).collect();
        found.sort_by_key(|(rank, _)| *rank);
        let mut offered: Vec<Entry> = Vec::new();
        for (_, entry) in found {
            if offered.len() < MAX_OFFERED && offered.iter().all(|(_, emoji)| *emoji != entry.1) {
                offered.push(entry.clone());
            }
        }
        offered
    }
}

thread_local! {
    static KNOWN: RefCell<Option<Rc<Shortcodes>>> = const { RefCell::new(None) };
    static LOADED: ArcRwSignal<bool> = ArcRwSignal::new(false);
    static FETCHING: RefCell<bool> = const { RefCell::new(false) };
}

fn known() -> Option<Rc<Shortcodes>> {
    KNOWN.with_borrow(Clone::clone)
}

/// Fetches the codes where a text may have one.
pub(super) fn prepare(text: &str) {
    let is_needed = known().is_none() && (begin(text).is_some() || codes(text).next().is_some());
    if !is_needed || FETCHING.replace(true) {
        return;
    }
    spawn_local(async {
        // Without them a code is text.
        if let Ok(codes) = api::get_page_data::<Shortcodes>("/emoji/shortcodes.json").await {
            KNOWN.set(Some(Rc::new(codes)));
            LOADED.with(|loaded| loaded.set(true));
        }
        FETCHING.set(false);
    });
}

/// The emoji that complete what is typed, while that is the beginning of a code. None before the codes are fetched.
pub(super) fn emoji(query: Memo<Option<String>>) -> Memo<Vec<Candidate>> {
    let loaded = LOADED.with(Clone::clone);
    memo(move || {
        loaded.track();
        let offered = query.with(|query| Some(known()?.offered(query.as_ref()?)));
        offered.unwrap_or_default().into_iter().map(candidate).collect()
    })
}

fn candidate((code, emoji): Entry) -> Candidate {
    Candidate { text: emoji, label: format!(":{code}:"), detail: None, hue: 0, note: None }
}

/// Where the code begins that is typed at the end of a text: its sign, and what follows the sign.
pub(super) fn begin(text: &str) -> Option<(usize, usize)> {
    let at = text.rfind(':')?;
    let query = &text[at + 1..];
    let is_code = (MIN_QUERY..=MAX_CODE).contains(&query.len()) && query.bytes().all(is_code_byte);
    (is_code && begins_code(&text[..at]) && !is_in_code(text, at)).then_some((at, at + 1))
}

/// The change that puts an emoji in the place of the code that was just typed, before a place in a text.
pub(super) fn typed(text: &str, caret: usize) -> Option<Change> {
    let before = text.get(..caret)?;
    let code = before.strip_suffix(':')?;
    let at = code.rfind(':')?;
    let emoji = known()?.emoji(&code[at + 1..])?.to_owned();
    if !begins_code(&text[..at]) || is_in_code(text, at) {
        return None;
    }
    let end = at + emoji.len();
    Some(Change { range: at..caret, text: emoji, selected: end..end })
}

/// A text with emoji in the place of their codes, as far as these are known.
pub(super) fn resolve(text: &str) -> String {
    let Some(known) = known() else { return text.to_owned() };
    let mut resolved = String::with_capacity(text.len());
    let mut at = 0;
    for range in codes(text) {
        let emoji = known.emoji(&text[range.start + 1..range.end - 1]);
        if let Some(emoji) = emoji.filter(|_| range.start >= at && !is_in_code(text, range.start)) {
            resolved.push_str(&text[at..range.start]);
            resolved.push_str(emoji);
            at = range.end;
        }
    }
    resolved + &text[at..]
}

/// What may be codes in a text. Two may share a colon.
fn codes(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(':').filter_map(|(at, _)| {
        let code = text[at + 1..].bytes().take(MAX_CODE + 1).take_while(|byte| is_code_byte(*byte)).count();
        let end = at + 1 + code;
        let is_code = code > 0 && code <= MAX_CODE && text[end..].starts_with(':');
        (is_code && begins_code(&text[..at])).then_some(at..end + 1)
    })
}

fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-')
}

/// Whether a code may begin behind a text: `10:30:15` and `http://` have none.
fn begins_code(before: &str) -> bool {
    before.chars().next_back().is_none_or(|c| !c.is_ascii_alphanumeric() && c != ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../../public/emoji/shortcodes.json");

    fn load() -> Rc<Shortcodes> {
        let codes =
            Rc::new(confab_shared::decode::from_str(FILE).expect("the file has the form of its type"));
        KNOWN.set(Some(Rc::clone(&codes)));
        codes
    }

    #[test]
    fn codes_that_people_type_are_known_and_completed() {
        let codes = load();
        for (code, emoji) in [("tada", "🎉"), ("smile", "😄"), ("+1", "👍"), ("heart", "❤️"), ("cn", "🇨🇳")]
        {
            assert_eq!(codes.emoji(code), Some(emoji), "{code}");
        }
        assert_eq!(codes.offered("tad").first().map(|(_, emoji)| emoji.as_str()), Some("🎉"));
        let smiles = codes.offered("smi");
        assert_eq!(smiles.len(), MAX_OFFERED);
        assert!(smiles.iter().any(|(code, _)| code == "smile"), "{smiles:?}");
        assert!(codes.offered("no_such_code").is_empty());
    }

    #[test]
    fn what_is_no_code_stays() {
        load();
        for (text, wanted) in [
            (":tada: ok :+1:", "🎉 ok 👍"),
            ("很好:tada:", "很好🎉"),
            (":tada::tada:", "🎉:tada:"),
            ("at 10:30:15", "at 10:30:15"),
            ("`:tada:` :nope:", "`:tada:` :nope:"),
            ("```\n:tada:\n```", "```\n:tada:\n```"),
            ("http://a.example:80:tada:", "http://a.example:80:tada:"),
            ("::", "::"),
        ] {
            assert_eq!(resolve(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_code_is_replaced_when_its_last_sign_is_typed() {
        load();
        let text = "a :tada: b";
        let change = typed(text, 8).expect("it is a code");
        assert_eq!((change.range, change.text.as_str(), change.selected), (2..8, "🎉", 6..6));
        assert_eq!(typed(text, 7), None);
        assert_eq!(typed("`:tada:`", 7), None);
        assert_eq!(begin("a :ta"), Some((2, 3)));
        for text in ["a :t", "a:ta", "10:30", ":ta da", "http://ab", "```\n:ta"] {
            assert_eq!(begin(text), None, "{text}");
        }
    }
}
