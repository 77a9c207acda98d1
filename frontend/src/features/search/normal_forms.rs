//! Unicode's normal forms, by the browser's tables.

use confab_shared::tokens::Normalize;
use js_sys::JsString;

/// The browser's.
#[derive(Clone, Copy, Debug)]
pub(super) struct NormalForms;

impl Normalize for NormalForms {
    fn nfkd(&self, text: &str) -> String {
        JsString::from(text).normalize("NFKD").into()
    }

    fn nfc(&self, text: &str) -> String {
        JsString::from(text).normalize("NFC").into()
    }
}
