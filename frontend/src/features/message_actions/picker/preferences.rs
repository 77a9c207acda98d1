//! What this browser remembers of the picker: the emoji used last, and the skin tone.

use crate::platform::storage::WebStorage;

const RECENT: &str = "confab.emoji.recent";
const TONE: &str = "confab.emoji.tone";

/// Two rows.
const MAX_RECENT: usize = 16;

/// The emoji used last, the last one first.
pub(super) fn recent() -> Vec<String> {
    let stored = WebStorage::Browser.get(RECENT).unwrap_or_default();
    stored.split(' ').filter(|emoji| !emoji.is_empty()).take(MAX_RECENT).map(str::to_owned).collect()
}

/// Remembers that an emoji was used.
pub(super) fn note_used(emoji: &str) {
    WebStorage::Browser.set(RECENT, &with_used(recent(), emoji).join(" "));
}

fn with_used(recent: Vec<String>, emoji: &str) -> Vec<String> {
    let others = recent.into_iter().filter(|other| other != emoji);
    std::iter::once(emoji.to_owned()).chain(others).take(MAX_RECENT).collect()
}

/// The number of the skin tone, from 1 for the lightest; 0 for none.
pub(super) fn tone() -> usize {
    WebStorage::Browser
        .get(TONE)
        .and_then(|tone| tone.parse().ok())
        .filter(|tone| *tone < 6)
        .unwrap_or_default()
}

/// Remembers the skin tone.
pub(super) fn set_tone(tone: usize) {
    WebStorage::Browser.set(TONE, &tone.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_used_comes_first_and_once() {
        let recent = with_used(vec!["🎉".to_owned(), "👍".to_owned()], "👍");
        assert_eq!(recent, ["👍", "🎉"]);
        let many = (0..40).fold(Vec::new(), |recent, number| with_used(recent, &number.to_string()));
        assert_eq!((many.len(), many[0].as_str()), (MAX_RECENT, "39"));
    }
}
