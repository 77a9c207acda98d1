//! Blocks of code: with their language, and a button that copies them.

use std::time::Duration;

use leptos::prelude::set_timeout;
use web_sys::Element;

use super::{
    dom::{child, icon, set, text as add_text},
    highlight,
};
use crate::{
    i18n::{Locale, td_string},
    ui::icon::Icon,
};

/// How long a button says that it copied.
const COPIED_FOR: Duration = Duration::from_millis(1_500);

pub(super) fn show(parent: &Element, language: &str, text: &str, locale: Locale) {
    let block = child(parent, "div", "code-block");
    let lines = child(&block, "pre", "");
    let label = match language {
        "" => td_string!(locale, message_text.code).to_owned(),
        _ => td_string!(locale, message_text.code_in, language = language.to_owned()).to_string(),
    };
    // It scrolls sideways: by the keyboard, too.
    set(&lines, &[("tabindex", "0"), ("role", "group"), ("aria-label", label.as_str()), ("dir", "ltr")]);
    let code = child(&lines, "code", "");
    add_text(&code, text);
    let copy = td_string!(locale, message_text.copy_code);
    let button = child(&block, "button", "code-copy");
    set(&button, &[("type", "button"), ("title", copy), ("aria-label", copy), ("data-testid", "code-copy")]);
    icon(&button, Icon::Copy.path());
    if !language.is_empty() {
        // Shown by the style sheet: it is no part of what the message says.
        set(&block, &[("data-language", language)]);
        let name = language.split([' ', ',', '{', ':']).next().unwrap_or_default();
        highlight::paint(code, name, text);
    }
}

/// The code beside a button.
pub(super) fn text_beside(button: &Element) -> Option<String> {
    button.closest(".code-block").ok()??.query_selector("code").ok()??.text_content()
}

/// Says on a button that it copied.
pub(super) fn show_copied(button: &Element) {
    let draw = |button: &Element, sign: Icon| {
        button.set_text_content(None);
        icon(button, sign.path());
    };
    draw(button, Icon::Sent);
    let button = button.clone();
    set_timeout(move || draw(&button, Icon::Copy), COPIED_FOR);
}
