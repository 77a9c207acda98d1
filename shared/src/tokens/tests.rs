use proptest::prelude::*;

use super::*;

fn forms(text: &str) -> Vec<String> {
    tokens(text).map(|token| token.form).collect()
}

#[test]
fn words_are_folded() {
    for (text, expected) in [
        ("Hello, World!", &["hello", "world"][..]),
        ("CAFÉ cafe\u{301} Ｃａｆｅ", &["cafe", "cafe", "cafe"]),
        ("Straße ΣΊΣΥΦΟΣ Łódź Øre İstanbul", &["strasse", "σισυφοσ", "lodz", "ore", "istanbul"]),
        ("foo_bar-baz v1.2 mail@host.example", &["foo", "bar", "baz", "v1", "2", "mail", "host", "example"]),
        ("don’t ﬁne x²", &["don", "t", "fine", "x2"]),
        ("שָׁלוֹם مُحَمَّد", &["שלום", "محمد"]),
        ("soft\u{ad}hyphen zero\u{200b}width", &["softhyphen", "zero", "width"]),
        ("हिन्दी", &["हिन्दी"]),
        ("", &[]),
        ("… — !?", &[]),
    ] {
        assert_eq!(forms(text), expected, "{text}");
    }
}

#[test]
fn scripts_without_spaces_give_pairs_and_the_last_character() {
    for (text, expected) in [
        ("北京大学", &["北京", "京大", "大学", "学"][..]),
        ("好", &["好"]),
        ("你好，世界", &["你好", "好", "世界", "界"]),
        ("用iPhone手机", &["用", "iphone", "手机", "机"]),
        ("ガギ ｶﾞｷﾞ か\u{3099}", &["ガギ", "ギ", "ガギ", "ギ", "が"]),
        ("カード", &["カー", "ード", "ド"]),
        ("한국 \u{1112}\u{1161}\u{11ab}", &["한국", "국", "한"]),
        ("ก่อน", &["ก่อ", "อน", "น"]),
    ] {
        assert_eq!(forms(text), expected, "{text}");
    }
}

#[test]
fn emoji_are_tokens() {
    assert_eq!(forms("🎉🎉 ok👍🏽"), ["🎉", "🎉", "ok", "👍"]);
    assert_eq!(forms("👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}"), ["👨", "👩", "👧", "❤"]);
}

#[test]
fn a_token_has_the_place_of_what_it_was_made_of() {
    let text = "Ça va, 北京大学!";
    let places: Vec<_> = tokens(text).map(|token| &text[token.range]).collect();
    assert_eq!(places, ["Ça", "va", "北京", "京大", "大学", "学"]);
}

#[test]
fn a_long_word_is_compared_by_its_beginning() {
    assert_eq!(forms(&"x".repeat(16_000)), ["x".repeat(MAX_FORM_CHARS)]);
    assert_eq!(forms(&"é".repeat(8_000)), ["e".repeat(MAX_FORM_CHARS)]);
}

proptest! {
    #[test]
    fn a_form_is_its_own_form(text in "[a-zÉé\u{301}ŁßΣς李가ｶﾞか\u{3099}ก่हि🎉👍🏽\u{200d}\u{fe0f}Ｃﬁ²㎏ .-]{0,40}") {
        for piece in pieces(&text, &UnicodeTables) {
            let again: String = pieces(&piece.form, &UnicodeTables).into_iter().map(|piece| piece.form).collect();
            prop_assert_eq!(again, piece.form);
        }
    }

    #[test]
    fn pieces_are_in_order_and_within_the_text(text in "\\PC{0,60}") {
        let mut end = 0;
        for piece in pieces(&text, &UnicodeTables) {
            prop_assert!(piece.range.start >= end && !text[piece.range.clone()].is_empty());
            prop_assert!(piece.form.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric()));
            end = piece.range.end;
        }
    }
}
