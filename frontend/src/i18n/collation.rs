//! Sorts names by the rules of the reader's language, and numbers in them by value; folds them to compare.

use std::cell::RefCell;

use confab_shared::{name_key::without_joiners, user::User};
use js_sys::{Array, Function, Intl::Collator, JsString, Object, Reflect};
use wasm_bindgen::JsValue;

use super::{Locale, tag};

thread_local! {
    /// The collator of the language that was used last: making one is costly.
    static COLLATOR: RefCell<Option<(Locale, Function)>> = const { RefCell::new(None) };
}

/// The users in the order of what is shown of them.
pub(crate) fn sort_by_name(locale: Locale, users: &[User]) -> Vec<User> {
    let compare = collator(locale);
    let names: Vec<_> = users.iter().map(|user| JsValue::from_str(user.shown_name())).collect();
    let mut order: Vec<_> = (0..users.len()).collect();
    order.sort_by(|one, other| {
        let compared = compare.call2(&JsValue::UNDEFINED, &names[*one], &names[*other]);
        compared.ok().and_then(|number| number.as_f64()).unwrap_or_default().total_cmp(&0.0)
    });
    order.into_iter().map(|index| users[index].clone()).collect()
}

/// A text without differences of case and width, by the browser's tables: as the server compares names.
pub(crate) fn fold(text: &str) -> String {
    JsString::from(without_joiners(text)).normalize("NFKC").to_lower_case().into()
}

fn collator(locale: Locale) -> Function {
    COLLATOR.with_borrow_mut(|cached| match cached {
        Some((of, compare)) if *of == locale => compare.clone(),
        _ => {
            let options = Object::new();
            let _ = Reflect::set(&options, &JsValue::from_str("numeric"), &JsValue::TRUE);
            let compare = Collator::new(&Array::of1(&JsValue::from_str(tag(locale))), &options).compare();
            cached.insert((locale, compare)).1.clone()
        }
    })
}
