//! The key by which two names count as the same.

use unicode_normalization::UnicodeNormalization;

/// What two names have in common that count as the same: compatibility forms and case are no difference (Unicode's NFKC,
/// then lower case, then NFKC again). A browser has the same of its own (`String.prototype.normalize`), so the page
/// carries no tables for it.
#[must_use]
pub fn name_key(name: &str) -> String {
    name.nfkc().collect::<String>().to_lowercase().nfkc().collect()
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
        ] {
            assert!(same.iter().all(|name| name_key(name) == name_key(same[0])), "{same:?}");
        }
        assert_ne!(name_key("李雷"), name_key("韩梅梅"));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(name in "\\PC{0,40}") {
            let key = name_key(&name);
            prop_assert_eq!(name_key(&key), key);
        }
    }
}
