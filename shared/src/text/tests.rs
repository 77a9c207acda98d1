//! Valid and invalid texts.

use proptest::prelude::*;

use super::*;

#[test]
fn a_message_keeps_what_was_written() {
    assert_eq!(MessageText::new(" 你好\n\tthere ").unwrap().as_str(), " 你好\n\tthere ");
}

#[test]
fn a_message_has_limits() {
    assert_eq!(MessageText::new(" \n\u{3000}"), Err(TextError::Empty));
    assert_eq!(MessageText::new("a\u{0}b"), Err(TextError::ControlCharacter));
    assert_eq!(MessageText::new("a\u{1b}[31m"), Err(TextError::ControlCharacter));
    assert!(MessageText::new(&"x".repeat(MessageText::MAX_BYTES)).is_ok());
    assert_eq!(
        MessageText::new(&"x".repeat(MessageText::MAX_BYTES + 1)).unwrap_err().code(),
        ErrorCode::TextTooLong
    );
}

#[test]
fn names_of_every_script_but_no_look_alikes() {
    for good in
        ["123", "mei", "李雷", "Król", " padded ", "a-b_c.d", "नमस्ते", "🎉", "علی\u{200c}رضا", "ශ්\u{200d}රී"]
    {
        assert!(UserName::new(good).is_ok(), "{good:?}");
    }
    for bad in [
        "",
        "  ",
        "two words",
        "a\u{200b}b",
        "a\u{202e}b",
        "<b>",
        "@mei",
        "a/b",
        "tab\there",
        "e\u{200c}ve",
        "eve\u{200d}",
        "\u{200c}علی",
        "علی\u{200c}",
        "علی\u{200c}\u{200c}رضا",
        "علی\u{200c}-رضا",
    ] {
        assert!(UserName::new(bad).is_err(), "{bad:?}");
    }
    assert!(UserName::new(&"名".repeat(32)).is_ok());
    assert_eq!(UserName::new(&"x".repeat(300)).unwrap_err().code(), ErrorCode::TextTooLong);
}

#[test]
fn a_title_is_one_line() {
    assert_eq!(Title::new(" Weekend trip ").unwrap().as_str(), "Weekend trip");
    assert_eq!(Title::new("a\nb"), Err(TextError::ControlCharacter));
}

/// Texts of which a reader would see nothing.
const BLANK: [&str; 8] = [
    "\u{200b}",
    "\u{3164}",
    " \u{2800} ",
    "\u{115f}\u{ffa0}",
    "\u{feff}",
    "\u{202e}",
    "\u{200d}\u{fe0f}",
    "\u{ad}\n",
];

#[test]
fn what_shows_nothing_is_empty() {
    for blank in BLANK {
        assert_eq!(MessageText::new(blank), Err(TextError::Empty), "{blank:?}");
        assert_eq!(Title::new(blank), Err(TextError::Empty), "{blank:?}");
        assert_eq!(UserName::new(blank), Err(TextError::Empty), "{blank:?}");
        assert!(Title::existing(blank).is_blank());
    }
}

#[test]
fn a_message_keeps_what_is_invisible_in_it() {
    for text in [
        "👩\u{200d}👩\u{200d}👧",
        "❤\u{fe0f}",
        "\u{202b}שלום\u{202c}",
        "نمی\u{200c}خواهم",
        "a\u{200b}",
        "🏴\u{e0067}\u{e007f}",
    ] {
        assert_eq!(MessageText::new(text).unwrap().as_str(), text);
    }
}

#[test]
fn a_title_cannot_turn_round_what_is_beside_it() {
    assert_eq!(Title::new("a\u{202e}b\u{2069}").unwrap().as_str(), "ab");
    assert_eq!(Title::new("\u{2067}\u{202c}"), Err(TextError::Empty));
    assert_eq!(Title::new("עברית\u{200f}!").unwrap().as_str(), "עברית\u{200f}!");
    assert_eq!(Title::new("a\u{2028}b"), Err(TextError::ControlCharacter));
}

#[test]
fn a_new_name_has_no_punctuation_of_any_script() {
    for good in
        ["123", "mei", "李雷", "Król", "a-b_c.", "zoe.", "नमस्ते", "🎉", "👋🏽", "é", "e\u{301}", "ﬁ", "Ⅷ"]
    {
        assert_eq!(UserName::new(good).unwrap().may_be_taken(), Ok(()), "{good}");
    }
    for bad in [
        "bob，",
        "“bob”",
        "bob’s",
        "「bob」",
        "bob…",
        "a—b",
        "a：b",
        "a。",
        "€",
        "a＋b",
        "a\u{e000}",
        "a\u{378}",
        "eve\u{1d173}",
        "eve\u{1bca1}",
    ] {
        let name = UserName::new(bad).unwrap();
        assert_eq!(name.may_be_taken(), Err(TextError::NotInName), "{bad}");
    }
}

#[test]
fn what_was_allowed_once_can_be_read_for_ever() {
    for name in ["bob，", "“bob”"] {
        assert_eq!(serde_json::from_str::<UserName>(&format!("{name:?}")).unwrap().as_str(), name);
    }
    for text in ["\u{200b}", "a\u{202e}b", "", "a\nb"] {
        let json = serde_json::to_string(text).unwrap();
        assert_eq!(serde_json::from_str::<MessageText>(&json).unwrap().as_str(), text);
        assert_eq!(serde_json::from_str::<Title>(&json).unwrap().as_str(), text);
    }
    assert!(serde_json::from_str::<UserName>(r#""two words""#).is_err(), "no name ever had a space");
}

#[test]
fn of_a_text_from_elsewhere_all_is_kept_that_can_be() {
    for (from, kept) in [
        ("plain\ttext\n", "plain\ttext\n"),
        ("a\u{b}b\u{0}c\u{1b}[1m\u{9f}d\u{7f}", "abc[1md"),
        ("one\r\ntwo\rthree\u{2028}four\u{2029}five\u{85}six", "one\ntwo\nthree\nfour\nfive\nsix"),
    ] {
        assert_eq!(without_controls(from), kept);
    }
    assert!(matches!(without_controls("as it is: 你好 👩\u{200d}👧"), Cow::Borrowed(_)));
}

proptest! {
    #[test]
    fn what_is_kept_is_never_refused_for_a_control_character(text in any::<String>()) {
        let kept = without_controls(&text).into_owned();
        prop_assert_ne!(MessageText::new(&kept), Err(TextError::ControlCharacter));
        prop_assert_eq!(&without_controls(&kept), &kept);
    }

    #[test]
    fn a_name_that_may_be_taken_is_a_name(name in "\\PC{0,40}") {
        if let Ok(name) = UserName::new(&name) {
            let again = serde_json::to_string(&name).unwrap();
            prop_assert_eq!(serde_json::from_str::<UserName>(&again).unwrap(), name);
        }
    }
}
