//! Which display names a user may have. A display name is nobody's alone, and the unique name stands beside it wherever one
//! decides with whom one deals. But it may not look like the unique name of somebody else, or like a name that has another
//! meaning here: unique names are what people are told apart by.
//!
//! The rule holds when a display name is set. A unique name that is taken later may look like a display name: otherwise
//! a display name, which costs nothing, would keep others from their names, and say to a stranger who has which.

use confab_shared::{
    name_key::name_key,
    text::{DisplayName, UserName, is_blank},
};
use unicode_properties::{GeneralCategoryGroup as Group, UnicodeGeneralCategory};

use super::{NameRefusal, RESERVED, skeleton};

/// The skeletons of the unique names that a display name looks like; none of a user's own name. It looks like what stands
/// between the signs at its ends, too (`@mei`, `mei ✓`), and like what its capital letters resemble (`Ivan`, `lvan`).
///
/// # Errors
/// [`NameRefusal::Reserved`].
pub fn skeletons(display_name: &DisplayName, own: &UserName) -> Result<Vec<String>, NameRefusal> {
    let seen: String = display_name.as_str().chars().filter(|c| !is_blank(*c)).collect();
    if name_key(&seen) == name_key(own.as_str()) {
        return Ok(Vec::new());
    }
    let is_sign =
        |c: char| !matches!(c.general_category_group(), Group::Letter | Group::Number | Group::Mark);
    let mut skeletons = Vec::new();
    for text in [&*seen, seen.trim_matches(is_sign)] {
        let of_key = skeleton(&name_key(text));
        let of_capitals = skeleton(&name_key(&skeleton(text)));
        skeletons.extend([of_key, of_capitals].into_iter().filter(|skeleton| !skeleton.is_empty()));
    }
    skeletons.sort_unstable();
    skeletons.dedup();
    let reserved = RESERVED.iter().any(|name| skeletons.contains(&skeleton(name)));
    if reserved { Err(NameRefusal::Reserved) } else { Ok(skeletons) }
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
            ("@mei", "mei"),
            ("mei ✓", "mei"),
            ("“Mei”", "mei"),
            ("Ivan", "lvan"),
            ("Ivan", "ivan"),
            ("🎉", "🎉"),
            ("🎉mei", "🎉mei"),
            ("李雷", "李雷"),
        ] {
            assert!(looks_like(display_name, name), "{display_name} {name}");
        }
        for (display_name, name) in [("Mei Ling", "mei"), ("Mei Ling", "meiling"), ("mai", "mei")] {
            assert!(!looks_like(display_name, name), "{display_name} {name}");
        }
    }

    #[test]
    fn names_with_another_meaning_are_refused() {
        for reserved in ["Admin", "@everyone", "SYSTEM!", "аdmin", "系统", "y\u{200b}ou", "(Server)"] {
            assert_eq!(of(reserved), Err(NameRefusal::Reserved), "{reserved}");
        }
        assert!(of("Admin Smith").is_ok());
    }

    #[test]
    fn ones_own_name_looks_like_nobody_elses() {
        assert_eq!(of("Li"), Ok(Vec::new()));
        assert_eq!(of("Ｌｉ"), Ok(Vec::new()));
        assert_ne!(of("Li ✓"), Ok(Vec::new()));
    }
}
