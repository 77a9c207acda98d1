//! Which display names a user may have. A display name is nobody's alone, and the unique name stands beside it wherever one
//! decides with whom one deals. But it may not look like the unique name of somebody else, or like a name that has another
//! meaning here: people are distinguished by unique names.
//!
//! The rule holds when a display name is set. A unique name that is taken later may look like a display name: otherwise
//! a display name, which costs nothing, would keep others from their names, and say to a stranger who has which.

use confab_shared::{
    name_key::name_key,
    text::{DisplayName, UserName, is_blank},
};
use unicode_properties::{GeneralCategoryGroup as Group, UnicodeGeneralCategory};

use super::{NameRefusal, RESERVED, looks::skeleton_of_capitals, marks, skeleton};

/// The skeletons of the unique names that a display name looks like; none of a user's own name. It looks like what stands
/// between the signs at its ends, too (`(mei)`, `mei ✓`), and like what its capital letters resemble (`Ivan`, `lvan`; `bobO`,
/// `bob0`).
///
/// # Errors
/// [`NameRefusal::StrayMark`]; [`NameRefusal::Reserved`], also for what has the form of a mention.
pub fn skeletons(display_name: &DisplayName, own: &UserName) -> Result<Vec<String>, NameRefusal> {
    if !marks::have_a_letter(display_name.as_str()) {
        return Err(NameRefusal::StrayMark);
    }
    let seen: String = display_name.as_str().chars().filter(|c| !is_blank(*c)).collect();
    if name_key(&seen) == name_key(own.as_str()) {
        return Ok(Vec::new());
    }
    let is_sign =
        |c: char| !matches!(c.general_category_group(), Group::Letter | Group::Number | Group::Mark);
    let mut skeletons = Vec::new();
    for text in [&*seen, seen.trim_matches(is_sign)] {
        let looks = [skeleton(&name_key(text)), skeleton(text), skeleton_of_capitals(text, name_key)];
        skeletons.extend(looks.into_iter().filter(|skeleton| !skeleton.is_empty()));
    }
    skeletons.sort_unstable();
    skeletons.dedup();
    let reserved = RESERVED.iter().any(|name| skeletons.contains(&skeleton(name)));
    if reserved || has_mention(&seen) { Err(NameRefusal::Reserved) } else { Ok(skeletons) }
}

/// Whether a text has an `@` with a word behind it: the unique name beside a display name is written so.
fn has_mention(text: &str) -> bool {
    let is_word = |c: char| matches!(c.general_category_group(), Group::Letter | Group::Number);
    text.match_indices(['@', '＠', '﹫']).any(|(at, sign)| text[at + sign.len()..].starts_with(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(display_name: &str) -> Result<Vec<String>, NameRefusal> {
        let display_name = DisplayName::new(display_name).unwrap().unwrap();
        skeletons(&display_name, &UserName::new("li").unwrap())
    }

    fn looks_like(display_name: &str, name: &str) -> bool {
        of(display_name).unwrap().contains(&skeleton(&name_key(name)))
    }

    #[test]
    fn a_display_name_looks_like_names_of_its_skeleton() {
        for (display_name, name) in [
            ("Mei", "mei"),
            ("rnei", "mei"),
            ("МЕi", "mei"),
            ("m\u{200b}e\u{2800}i", "mei"),
            ("\u{200f}mei", "mei"),
            ("@ mei", "mei"),
            ("mei ✓", "mei"),
            ("mei\u{307}", "mei"),
            ("Meı\u{307}", "mei"),
            ("mei\u{336}", "mei"),
            ("bobO", "bob0"),
            ("“Mei”", "mei"),
            ("Ivan", "lvan"),
            ("Ivan", "ivan"),
            ("🎉", "🎉"),
            ("🎉mei", "🎉mei"),
            ("李雷", "李雷"),
        ] {
            assert!(looks_like(display_name, name), "{display_name} {name}");
        }
        for (display_name, name) in [("Mei Ling", "mei"), ("Bø", "bo"), ("mai", "mei")] {
            assert!(!looks_like(display_name, name), "{display_name} {name}");
        }
    }

    #[test]
    fn names_with_another_meaning_are_refused() {
        for reserved in [
            "Admin",
            "@everyone",
            "Admi\u{307}n",
            "A @mei",
            "＠mei",
            "a@\u{200b}b",
            "SYSTEM!",
            "аdmin",
            "系统",
            "y\u{200b}ou",
            "(Server)",
        ] {
            assert_eq!(of(reserved), Err(NameRefusal::Reserved), "{reserved}");
        }
        assert!(of("Admin Smith").is_ok());
        assert!(of("Mei @ work").is_ok());
    }

    #[test]
    fn marks_stand_on_letters() {
        for marks in ["\u{301}mei".to_owned(), "Mei \u{301}".to_owned(), format!("a{}", "\u{301}".repeat(63))]
        {
            assert_eq!(of(&marks), Err(NameRefusal::StrayMark), "{marks}");
        }
        assert!(of("Việt ❤\u{fe0f}").is_ok());
    }

    #[test]
    fn ones_own_name_looks_like_nobody_elses() {
        assert_eq!(of("Li"), Ok(Vec::new()));
        assert_eq!(of("Ｌｉ"), Ok(Vec::new()));
        assert_ne!(of("Li ✓"), Ok(Vec::new()));
    }
}
