//! The functions that know Markdown, and what shows it: a part of the page, so that a first visit to the sign-in form does not
//! fetch them. Until they are there, a text shows as it was typed.

use std::borrow::Cow;

use confab_shared::markdown::{self, may_have_markup};
use leptos::prelude::WithUntracked;
use web_sys::Element;

use super::{content::Content, mentioned, nodes::Nodes};
use crate::ui::{
    on_demand::LoadError,
    part::{Part, part},
};

/// The functions.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// Shows a text in an element; answers whether it has blocks, and not lines alone.
    pub(super) show: fn(&Element, &Content, Nodes) -> bool,
    /// A text without signs; see [`markdown::preview`].
    preview: fn(&str, bool) -> String,
}

thread_local! {
    static FORM: Part<Form> = Part::new();
}

/// The functions, once they are there.
pub(super) fn form() -> Option<Form> {
    part(&FORM, load_form)
}

#[cfg(split_page)]
#[::wasm_split_helpers::wasm_split(form, fallible)]
fn load_form() -> Result<Form, LoadError> {
    Ok(Form { show, preview: preview_of })
}

#[cfg(not(split_page))]
async fn load_form() -> Result<Form, LoadError> {
    Ok(Form { show, preview: preview_of })
}

fn show(element: &Element, content: &Content, nodes: Nodes) -> bool {
    let people = nodes.chat.state.with_untracked(|state| mentioned::people(state, &content.mentions));
    let find = |text: &str, at, sign_len| mentioned::find(&people, text, at, sign_len);
    let blocks = markdown::parse(&content.text, &find);
    element.set_text_content(None);
    nodes.show(element, &blocks)
}

fn preview_of(text: &str, cut: bool) -> String {
    markdown::preview(text, cut).into_owned()
}

/// The beginning of a message without signs, for lists, notices and screen readers; `cut` says that the text goes on.
pub(crate) fn preview(text: &str, cut: bool) -> Cow<'_, str> {
    if !may_have_markup(text) {
        return Cow::Borrowed(text);
    }
    // Tests have no page to fetch from.
    if cfg!(test) {
        return Cow::Owned(preview_of(text, cut));
    }
    match form() {
        Some(form) => Cow::Owned((form.preview)(text, cut)),
        // A spoiler stays hidden.
        None => Cow::Borrowed(text.split_once("||").map_or(text, |(before, _)| before)),
    }
}
