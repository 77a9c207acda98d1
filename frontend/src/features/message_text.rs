//! The text of a message, as nodes: what `confab_shared::markdown` makes of it. The nodes are made by hand, since a Leptos
//! view of each kind of element would be code that every first visit downloads, and most messages are one text node.

mod code;
mod dom;
mod fold;
mod grammar;
mod highlight;
mod line;
mod mentioned;
mod nodes;

use confab_shared::{
    conversation::LastMessage,
    id::{ConversationId, Seq, UserId},
    markdown::{Block, HIDDEN, emoji_count, may_have_markup, parse, preview},
};
use leptos::{ev::MouseEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

pub(crate) use self::{
    fold::unfold,
    mentioned::{known_people, may_mention_all, may_mention_online},
};
use self::{
    fold::{Fold, FoldToggle},
    line::Line,
    nodes::Nodes,
};
use crate::{
    i18n::{Locale, td_string, use_language},
    platform::clipboard,
    state::Chat,
    ui::{
        bidi::strip_direction_controls,
        reactive::{ElementRef, capture, effect, memo},
    },
};

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) text: String,
    /// Whom it mentions; of an unsent message, whom it may mention.
    pub(crate) mentions: Vec<UserId>,
}

/// The beginning of a message's text without the signs of its form, where that is enough to tell which message it is.
pub(crate) fn plain_beginning(text: &str) -> String {
    let beginning = LastMessage::truncate(text);
    strip_direction_controls(&preview(beginning, beginning.len() < text.len()))
}

/// A text without signs as it is read aloud: a word for what a spoiler hides, whose blocks say nothing.
pub(crate) fn spoken(locale: Locale, plain: &str) -> String {
    plain.replace(HIDDEN, td_string!(locale, message_text.hidden))
}

/// The text of a message; `seq` is none until the message is sent. A long one is folded.
#[component]
pub(crate) fn FormattedText(
    id: ConversationId,
    seq: Memo<Option<Seq>>,
    content: Memo<Content>,
) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let element = ElementRef::new();
    let fold = Fold::new(id, seq, memo(move || content.with(|content| fold::may_be_long(&content.text))));
    effect(move || {
        if let Some(element) = element.get::<Element>() {
            let nodes = Nodes { chat, locale: lang.get() };
            content.with(|content| show(&element, content, nodes));
            fold.observe(&element);
        }
    });
    view! {
        <div
            class="bubble-text"
            class:folded=fold.is_folded()
            class:unfolded=fold.is_open()
            data-testid="message-text"
            use:capture=element
            on:click=|event: MouseEvent| on_click(&event)
        ></div>
        <FoldToggle fold/>
    }
}

/// The beginning of a text in a line, for quotes: in form, but with nothing to click on.
#[component]
pub(crate) fn LineText(class: &'static str, content: Memo<Content>, max_chars: usize) -> impl IntoView {
    let chat: Chat = expect_context();
    let element = ElementRef::new();
    effect(move || {
        if let Some(element) = element.get::<Element>() {
            element.set_text_content(None);
            content.with(|content| Line::new(max_chars).blocks(&element, &parsed(content, chat)));
        }
    });
    view! { <span class=class dir="auto" use:capture=element></span> }
}

/// The beginning of a text, on one line.
pub(crate) fn beginning(text: &str, max_chars: usize) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        line.extend((!line.is_empty()).then_some(' '));
        line += word;
        if line.len() > 4 * max_chars {
            break;
        }
    }
    let line = strip_direction_controls(&line);
    match line.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// Shows a text in an element.
fn show(element: &Element, content: &Content, nodes: Nodes) {
    let text = content.text.as_str();
    let emoji = emoji_count(text).is_some();
    let form = if emoji {
        element.set_text_content(Some(text));
        "emoji"
    } else if may_have_markup(text) {
        let blocks = parsed(content, nodes.chat);
        element.set_text_content(None);
        if nodes.show(element, &blocks) { "blocks" } else { "line" }
    } else {
        element.set_text_content(Some(text));
        "line"
    };
    let _ = element.set_attribute("data-form", form);
}

fn parsed(content: &Content, chat: Chat) -> Vec<Block> {
    let people = chat.state.with_untracked(|state| mentioned::people(state, &content.mentions));
    parse(&content.text, &|text, at, sign_len| mentioned::find(&people, text, at, sign_len))
}

/// A click on a spoiler or a button of the text, with the mouse or by the keyboard.
fn on_click(event: &MouseEvent) {
    if let Some(spoiler) = closest(event, ".spoiler") {
        let hidden = !spoiler.class_list().contains("shown");
        // What is hidden leads nowhere.
        if hidden || closest(event, "a").is_none() {
            event.prevent_default();
            nodes::toggle_spoiler(&spoiler);
        }
    } else if let Some(button) = closest(event, ".code-copy")
        && let Some(text) = code::text_beside(&button)
    {
        clipboard::copy(&text);
        code::show_copied(&button);
    }
}

fn closest(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_beginning_of_a_text() {
        assert_eq!(beginning("platform 3\n\n\tat  ten", 60), "platform 3 at ten");
        assert_eq!(beginning("platform 3", 10), "platform 3");
        assert_eq!(beginning("platform 3 at ten", 10), "platform 3…");
        assert_eq!(beginning("\u{202e}abc\u{2069}", 10), "abc");
        assert_eq!(beginning(&"好".repeat(300), 3), "好好好…");
        assert_eq!(beginning(" \n", 3), "");
    }
}
