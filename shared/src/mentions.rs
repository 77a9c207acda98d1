//! Names that a message calls: `@mei`. Which of them are people who can see the message is the server's to say.

use crate::text::{UserName, allowed_in_name};

/// The most names that one message can call; the rest of it is only text.
pub const MAX_MENTIONS: usize = 20;

/// The names behind an `@` that begins a word, in their order, each as it is written. A name ends where no name goes
/// on, and before the full stop of a sentence.
pub fn mentioned(text: &str) -> impl Iterator<Item = UserName> {
    let starts = text.match_indices('@').filter_map(|(at, _)| {
        let begins_a_word = !text[..at].chars().next_back().is_some_and(allowed_in_name);
        begins_a_word.then_some(&text[at + 1..])
    });
    let names = starts.filter_map(|rest| {
        let end = rest.find(|c| !allowed_in_name(c)).unwrap_or(rest.len());
        UserName::new(rest[..end].trim_end_matches(['.', '-'])).ok()
    });
    names.take(MAX_MENTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        mentioned(text).map(String::from).collect()
    }

    #[test]
    fn names_stand_behind_an_at_that_begins_a_word() {
        assert_eq!(names("@mei and (@李雷): see @a.b."), ["mei", "李雷", "a.b"]);
        assert_eq!(names("mail me@example.org, @ nobody, @@mei"), ["mei"]);
        assert_eq!(names(&"@x ".repeat(50)).len(), MAX_MENTIONS);
        assert!(names(&format!("@{}", "x".repeat(33))).is_empty());
    }
}
