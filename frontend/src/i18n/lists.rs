//! Lists within a sentence ("a, b and c"): the browser's `Intl.ListFormat`.

use std::cell::RefCell;

use js_sys::{Array, Intl::ListFormat, Object};
use wasm_bindgen::JsValue;

use super::{Locale, regional_tag};

thread_local! {
    /// The format of the language that was used last: constructing one is slow.
    static FORMAT: RefCell<Option<(Locale, ListFormat)>> = const { RefCell::new(None) };
}

/// The items as one list, joined as the reader's language and region do it.
pub(crate) fn list(locale: Locale, items: &[String]) -> String {
    let items: Array = items.iter().map(|item| JsValue::from_str(item)).collect();
    FORMAT.with_borrow_mut(|cached| {
        let format = match cached {
            Some((of, format)) if *of == locale => format,
            _ => {
                let locales = Array::of1(&JsValue::from_str(&regional_tag(locale)));
                &mut cached.insert((locale, ListFormat::new(&locales, &Object::new()))).1
            }
        };
        format.format(&items).into()
    })
}
