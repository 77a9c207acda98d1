//! The content of an avatar: the initials of a name, and one of nine hues.

/// How many hues the style sheet has.
pub(crate) const HUES: u32 = 9;

/// The first letters of a name's first two words; one letter for a single word or a script without spaces.
pub(crate) fn initials(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || matches!(c, '.' | '-' | '_'));
    words.filter_map(|word| word.chars().next()).take(2).collect()
}

/// The hue of a name, 1 to [`HUES`], always the same for the same name.
pub(crate) fn hue(name: &str) -> u32 {
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash >> 8) % HUES + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_words_give_two_letters() {
        assert_eq!(initials("Weekend trip"), "Wt");
        assert_eq!(initials("anna-maria.k"), "am");
        assert_eq!(initials("李雷"), "李");
        assert_eq!(initials("123"), "1");
        assert_eq!(initials("..."), "");
    }

    #[test]
    fn hues_are_stable_and_in_range() {
        assert_eq!(hue("mei"), hue("mei"));
        assert!(["", "mei", "456", "李雷"].iter().all(|name| (1..=HUES).contains(&hue(name))));
    }
}
