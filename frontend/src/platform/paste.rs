//! Removes characters that no text may have from what is pasted or dropped into a field.

use confab_shared::text::without_controls;
use js_sys::{JsString, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlDocument, HtmlInputElement, InputEvent};

use crate::platform::browser::{document, listen};

/// The input types that insert a text from elsewhere.
const INSERTIONS: [&str; 4] =
    ["insertFromPaste", "insertFromDrop", "insertFromYank", "insertReplacementText"];

/// Cleans pasted text in every field of the page for as long as the reactive owner lives.
pub(crate) fn clean_pasted_text() {
    listen(&document(), "beforeinput", |event: InputEvent| {
        if !INSERTIONS.contains(&event.input_type().as_str()) {
            return;
        }
        let data = Reflect::get(&event, &JsValue::from_str("data"));
        let Some(pasted) = data.ok().and_then(|data| data.dyn_into::<JsString>().ok()) else { return };
        // Unpaired surrogates are no characters.
        let text: String = char::decode_utf16(pasted.iter()).filter_map(Result::ok).collect();
        let one_line = event.target().is_some_and(|target| target.has_type::<HtmlInputElement>());
        let clean = clean(&text, one_line);
        if pasted != *clean.as_str() {
            event.prevent_default();
            // Unlike setting the value of the field, this can be undone.
            let document: HtmlDocument = document().unchecked_into();
            let _ = document.exec_command_with_show_ui_and_value("insertText", false, &clean);
        }
    });
}

/// A text as a field takes it.
fn clean(text: &str, one_line: bool) -> String {
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
    fn control_characters_are_removed_and_line_ends_unified() {
        assert_eq!(clean("one\u{b}two\r\n\tthree\n", false), "onetwo\n\tthree\n");
        assert_eq!(clean("Weekend\u{2028}trip\t2\u{0}\r\n", true), "Weekend trip 2");
        assert_eq!(clean("unchanged", true), "unchanged");
    }
}
