//! Plural forms: the browser's `Intl.PluralRules` choose between a translation's keys `one` and `other`.

use std::cell::RefCell;

use js_sys::{Array, Intl::PluralRules, Object};
use wasm_bindgen::JsValue;

use super::{Locale, tag};

/// The forms that a translation has. A language with more of them adds them here and to [`t_plural`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PluralForm {
    One,
    Other,
}

thread_local! {
    /// The rules of the language that was used last: constructing them is slow.
    static RULES: RefCell<Option<(Locale, PluralRules)>> = const { RefCell::new(None) };
}

/// The form that the language uses for a count.
pub(crate) fn plural_form(locale: Locale, count: u64) -> PluralForm {
    RULES.with_borrow_mut(|cached| {
        let rules = match cached {
            Some((of, rules)) if *of == locale => rules,
            _ => {
                let locales = Array::of1(&JsValue::from_str(tag(locale)));
                &mut cached.insert((locale, PluralRules::new(&locales, &Object::new()))).1
            }
        };
        if rules.select(count as f64) == "one" { PluralForm::One } else { PluralForm::Other }
    })
}

/// A translation in the form for a count: `t_plural!(locale, count, stranded.unsent, count = count)`.
macro_rules! t_plural {
    ($locale:expr, $count:expr, $($key:ident).+ $(, $name:ident = $value:expr)+) => {
        match $crate::i18n::plurals::plural_form($locale, $count) {
            $crate::i18n::plurals::PluralForm::One => {
                $crate::i18n::td_string!($locale, $($key).+.one $(, $name = $value)+).to_string()
            }
            $crate::i18n::plurals::PluralForm::Other => {
                $crate::i18n::td_string!($locale, $($key).+.other $(, $name = $value)+).to_string()
            }
        }
    };
}
pub(crate) use t_plural;
