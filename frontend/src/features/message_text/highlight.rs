//! Colours code. The grammars are data, fetched when the first code shows whose language is named.

use std::{cell::RefCell, rc::Rc};

use leptos::task::spawn_local;
use web_sys::Element;

use super::{
    dom::{child, text as add_text},
    grammar::Grammars,
};
use crate::platform::api;

/// Code of more tokens stays as it is: each is an element.
const MAX_TOKENS: usize = 3_000;

/// Code that waits for the grammars.
struct Waiting {
    element: Element,
    language: String,
    text: String,
}

thread_local! {
    static GRAMMARS: RefCell<Option<Rc<Grammars>>> = const { RefCell::new(None) };
    static WAITING: RefCell<Vec<Waiting>> = const { RefCell::new(Vec::new()) };
}

/// Colours the code that an element has, as soon as that is possible.
pub(super) fn paint(element: Element, language: &str, text: &str) {
    if let Some(grammars) = GRAMMARS.with_borrow(Clone::clone) {
        return paint_with(&grammars, &element, language, text);
    }
    let waiting = Waiting { element, language: language.to_owned(), text: text.to_owned() };
    let is_first = WAITING.with_borrow_mut(|all| {
        all.push(waiting);
        all.len() == 1
    });
    if is_first {
        spawn_local(fetch());
    }
}

async fn fetch() {
    let fetched = api::get_page_data::<Grammars>("/grammars.json").await;
    let waiting = WAITING.take();
    // Without grammars code is text; the next code asks again.
    let Ok(grammars) = fetched else { return };
    let grammars = Rc::new(grammars);
    GRAMMARS.set(Some(Rc::clone(&grammars)));
    for Waiting { element, language, text } in waiting {
        paint_with(&grammars, &element, &language, &text);
    }
}

fn paint_with(grammars: &Grammars, element: &Element, language: &str, text: &str) {
    let Some(tokens) = grammars.find(language).map(|grammar| grammar.tokens(text)) else { return };
    if tokens.len() > MAX_TOKENS {
        return;
    }
    element.set_text_content(None);
    let mut at = 0;
    for (range, class) in tokens {
        add_text(element, text.get(at..range.start).unwrap_or_default());
        add_text(&child(element, "span", class.name()), text.get(range.clone()).unwrap_or_default());
        at = range.end;
    }
    add_text(element, text.get(at..).unwrap_or_default());
}
