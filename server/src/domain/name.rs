//! Which names new users may have, so that nobody looks like somebody else (Unicode Technical Standard 39). Users who came
//! before a rule keep their names; what two names have in common that count as the same is `confab_shared::name_key`.

pub mod display_name;
mod join_controls;
mod looks;
mod marks;

use confab_shared::{name_key::name_key, text::UserName};
use unicode_script::{Script, UnicodeScript};
use unicode_security::mixed_script::AugmentedScriptSet;

pub use self::looks::skeleton;

/// Names that the page or a reader takes for something else than a person.
const RESERVED: [&str; 20] = [
    "admin",
    "administrator",
    "all",
    "anyone",
    "bot",
    "channel",
    "confab",
    "everyone",
    "here",
    "moderator",
    "nobody",
    "owner",
    "root",
    "server",
    "system",
    "you",
    "你",
    "所有人",
    "管理员",
    "系统",
];

/// The titles of the conversation of all, in the languages of the page.
const EVERYONE: [&str; 2] = ["everyone", "所有人"];

/// Why a name may not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRefusal {
    /// It begins or ends with a sign that is no part of a word.
    NoWord,
    /// It has a mark without a letter, or more marks on one than a language writes.
    StrayMark,
    /// It has a joiner that changes nothing.
    StrayJoiner,
    /// Its letters are of scripts that no language writes together.
    MixedScripts,
    /// It, or what it looks like, has another meaning here.
    Reserved,
}

/// Checks the name of a new user, which [`UserName::may_be_taken`] accepts.
///
/// # Errors
/// [`NameRefusal`].
pub fn check_new(name: &UserName) -> Result<(), NameRefusal> {
    let name = name.as_str();
    let is_word = |c: char| !matches!(c, '-' | '_' | '.');
    if !name.starts_with(is_word) || !name.ends_with(is_word) {
        return Err(NameRefusal::NoWord);
    }
    if !marks::have_a_letter(name) {
        return Err(NameRefusal::StrayMark);
    }
    if !join_controls::have_an_effect(name) {
        return Err(NameRefusal::StrayJoiner);
    }
    if !is_written_together(name) {
        return Err(NameRefusal::MixedScripts);
    }
    if is_reserved(name) { Err(NameRefusal::Reserved) } else { Ok(()) }
}

/// Whether a name looks like one that has another meaning here.
fn is_reserved(name: &str) -> bool {
    looks_like_one_of(name, &RESERVED)
}

/// Whether a title looks like that of the conversation of all.
pub fn looks_like_everyone(title: &str) -> bool {
    looks_like_one_of(title, &EVERYONE)
}

fn looks_like_one_of(name: &str, others: &[&str]) -> bool {
    let looks = skeleton(&name_key(name));
    others.iter().any(|other| skeleton(other) == looks)
}

/// Whether all letters are of one script, or of Latin and one that is written with it: Chinese, Japanese or Korean (UTS 39,
/// 5.2, “highly restrictive”).
fn is_written_together(name: &str) -> bool {
    if !AugmentedScriptSet::for_str(name).is_empty() {
        return true;
    }
    let others: String = name.chars().filter(|c| c.script() != Script::Latin).collect();
    let others = AugmentedScriptSet::for_str(&others);
    others.hanb || others.jpan || others.kore
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str) -> Result<(), NameRefusal> {
        check_new(&UserName::new(name).unwrap())
    }

    #[test]
    fn names_of_people_are_taken() {
        for name in [
            "mei",
            "123",
            "a-b_c",
            "李雷",
            "bob看",
            "Król",
            "José",
            "Σωκράτης",
            "Анна",
            "עדה",
            "سارة",
            "नमस्ते",
            "ひろし",
            "カー子",
            "김철수",
            "anna2",
            "🎉",
            "👋🏽",
            "小明2",
            "علی\u{200c}رضا",
            "ශ්\u{200d}රී",
        ] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_look_like_something_else_are_refused() {
        for (name, refusal) in [
            ("mei.", NameRefusal::NoWord),
            ("..", NameRefusal::NoWord),
            ("-a", NameRefusal::NoWord),
            ("\u{301}", NameRefusal::StrayMark),
            ("\u{301}a", NameRefusal::StrayMark),
            ("a-\u{301}b", NameRefusal::StrayMark),
            ("a\u{301}\u{302}\u{303}\u{304}", NameRefusal::StrayMark),
            ("é\u{200c}é", NameRefusal::StrayJoiner),
            ("👩\u{200d}👧", NameRefusal::StrayJoiner),
            ("m\u{435}i", NameRefusal::MixedScripts),
            ("аdmin", NameRefusal::MixedScripts),
            ("Γreg", NameRefusal::MixedScripts),
            ("Ｅveryone", NameRefusal::Reserved),
            ("everyоne".replace('о', "o").as_str(), NameRefusal::Reserved),
            ("ADMIN", NameRefusal::Reserved),
            ("admi\u{307}n", NameRefusal::Reserved),
            ("a\u{336}d\u{336}min", NameRefusal::Reserved),
            ("you", NameRefusal::Reserved),
            ("所有人", NameRefusal::Reserved),
        ] {
            assert_eq!(check(name), Err(refusal), "{name}");
        }
    }

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        let skeleton_of = |name: &str| skeleton(&name_key(name));
        for (one, other) in [
            ("mei", "rnei"),
            ("mei", "meı"),
            ("mei", "mei\u{307}"),
            ("mei", "meı\u{307}"),
            ("mei", "mei\u{336}"),
            ("j", "j\u{307}\u{338}"),
            ("José", "Jose\u{301}"),
            ("аре", "ape"),
            ("bob1", "bobl"),
            ("علی\u{200c}رضا", "علیرضا"),
        ] {
            assert_eq!(skeleton_of(one), skeleton_of(other), "{one} {other}");
        }
        assert_ne!(skeleton_of("mei"), skeleton_of("mai"));
    }
}
