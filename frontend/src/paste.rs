//! What is pasted or dropped into a field: characters that no text may have are left out, wherever that is.

use confab_shared::text::without_controls;
use js_sys::{JsString, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlDocument, HtmlInputElement, InputEvent};

use crate::browser::{document, listen};

/// The ways in which a text from elsewhere comes into a field.
const FROM_ELSEWHERE: [&str; 4] =
    ["insertFromPaste", "insertFromDrop", "insertFromYank", "insertReplacementText"];

/// Looks after every field of the page, for as long as the reactive owner lives.
pub(crate) fn clean_fields() {
    listen(&document(), "beforeinput", |event: InputEvent| {
        if !FROM_ELSEWHERE.contains(&event.input_type().as_str()) {
            return;
        }
        let data = Reflect::get(&event, &JsValue::from_str("data"));
        let Some(given) = data.ok().and_then(|data| data.dyn_into::<JsString>().ok()) else { return };
        // Halves of surrogate pairs stand for nothing, and are not of the text.
        let text: String = char::decode_utf16(given.iter()).filter_map(Result::ok).collect();
        let one_line = event.target().is_some_and(|target| target.has_type::<HtmlInputElement>());
        let kept = kept(&text, one_line);
        if given != *kept.as_str() {
            event.prevent_default();
            // Unlike setting the field's value, this can be undone.
            let document: HtmlDocument = document().unchecked_into();
            let _ = document.exec_command_with_show_ui_and_value("insertText", false, &kept);
        }
    });
}

/// What a field takes of a text.
fn kept(text: &str, one_line: bool) -> String {
    let text = without_controls(text);
    match one_line {
        true => text.trim_matches('\n').replace(['\n', '\t'], " "),
        false => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_takes_all_but_what_no_text_may_have() {
        assert_eq!(kept("one\u{b}two\r\n\tthree\n", false), "onetwo\n\tthree\n");
        assert_eq!(kept("Weekend\u{2028}trip\t2\u{0}\r\n", true), "Weekend trip 2");
        assert_eq!(kept("as it is", true), "as it is");
    }
}
