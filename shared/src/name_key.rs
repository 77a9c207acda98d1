//! The key by which two names count as the same.

use unicode_normalization::UnicodeNormalization;

use crate::characters::is_join_control;

/// What two names have in common that count as the same: compatibility forms, case and joiners are no difference (without
/// U+200C and U+200D, Unicode's NFKC, then lower case, then NFKC again). A browser has the same of its own
/// (`String.prototype.normalize`), so the page carries no tables for it.
#[must_use]
pub fn name_key(name: &str) -> String {
    without_joiners(name).nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

/// A name without U+200C and U+200D, which show nothing themselves.
#[must_use]
pub fn without_joiners(name: &str) -> String {
    name.chars().filter(|c| !is_join_control(*c)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_look_the_same_are_the_same() {
        for same in [
            &["Mei", "mei", "ｍｅｉ"][..],
            &["José", "Jose\u{301}", "JOSÉ"],
            &["ﬁ", "fi", "FI"],
            &["Ｗａｎｇ", "Wang"],
            &["علی\u{200c}رضا", "علیرضا"],
            &["ශ්\u{200d}රී", "ශ්රී"],
        ] {
            assert!(same.iter().all(|name| name_key(name) == name_key(same[0])), "{same:?}");
        }
        assert_ne!(name_key("李雷"), name_key("韩梅梅"));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(name in "(\\PC|[\u{200c}\u{200d}]){0,40}") {
            let key = name_key(&name);
            prop_assert_eq!(name_key(&key), key);
        }
    }
}
