//! Names: what is accepted stays as it is, and two names that count as the same are treated alike. The input is a name.
#![no_main]

use confab::{
    domain::name::{check_new, skeleton},
    storage::NewName,
};
use confab_shared::{decode, name_key::name_key, text::UserName};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let key = name_key(text);
    assert_eq!(name_key(&key), key, "a key is its own key");
    let Ok(name) = UserName::new(text) else { return };
    check_kept(&name, text);
    check_taken(&name);
});

/// A name has its limits, is kept to the byte, and is the same after every way over the wire.
fn check_kept(name: &UserName, text: &str) {
    assert_eq!(name.as_str(), text.trim());
    assert!(matches!(name.as_str().chars().count(), 1..=UserName::MAX_CHARS));
    assert_eq!(UserName::new(name.as_str()).as_ref(), Ok(name));
    let encoded = serde_json::to_string(name).expect("a name can be encoded");
    assert_eq!(serde_json::from_str::<UserName>(&encoded).ok().as_ref(), Some(name));
    assert_eq!(decode::from_str::<UserName>(&encoded).as_ref(), Some(name));
}

/// What a new user may have, and what is stored of it.
fn check_taken(name: &UserName) {
    let may_be_taken = name.may_be_taken().is_ok() && check_new(name).is_ok();
    let new = NewName::of(name.clone());
    assert_eq!((&new.name, &new.key), (name, &name_key(name.as_str())));
    assert_eq!(new.skeleton, skeleton(&new.key));
    if may_be_taken {
        let hidden =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | '<' | '>' | '&' | '"' | '\'');
        assert!(!name.as_str().contains(hidden), "{name}");
    }
}
