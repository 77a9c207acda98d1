//! Names in the order that a reader expects: by the alphabet of their language, and numbers by their value.

use std::cell::RefCell;

use confab_shared::user::User;
use js_sys::{Array, Function, Intl::Collator, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::i18n::{self, Locale};

thread_local! {
    /// The comparison of the language that was sorted in last: making one is costly.
    static COMPARE: RefCell<Option<(Locale, Function)>> = const { RefCell::new(None) };
}

/// The users, by their names.
pub(crate) fn sorted(locale: Locale, users: &[User]) -> Vec<User> {
    let compare = comparison(locale);
    let names: Vec<_> = users.iter().map(|user| JsValue::from_str(user.name.as_str())).collect();
    let mut order: Vec<_> = (0..users.len()).collect();
    order.sort_by(|one, other| {
        let compared = compare.call2(&JsValue::UNDEFINED, &names[*one], &names[*other]);
        compared.ok().and_then(|number| number.as_f64()).unwrap_or_default().total_cmp(&0.0)
    });
    order.into_iter().map(|place| users[place].clone()).collect()
}

fn comparison(locale: Locale) -> Function {
    COMPARE.with_borrow_mut(|held| match held {
        Some((of, compare)) if *of == locale => compare.clone(),
        _ => {
            let options = Object::new();
            let _ = Reflect::set(&options, &JsValue::from_str("numeric"), &JsValue::TRUE);
            let compare =
                Collator::new(&Array::of1(&JsValue::from_str(i18n::tag(locale))), &options).compare();
            held.insert((locale, compare)).1.clone()
        }
    })
}
