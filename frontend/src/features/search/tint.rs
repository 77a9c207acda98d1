//! Tints what was found in the rows of a timeline, by the browser's highlights: the nodes of the messages stay as they are.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    ops::Range,
    rc::Rc,
};

use confab_shared::id::Seq;
use js_sys::{Array, Function, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, MutationObserver, MutationObserverInit, Node};

use super::searching::Marks;
use crate::{
    platform::browser::{document, on_next_frame, window},
    ui::reactive::effect,
};

/// The highlights, as the style sheet names them: of all hits, and of the one where the user is.
const ALL: &str = "found";
const CURRENT: &str = "found-current";

/// The timeline of the conversation, not that of a thread beside it.
const TIMELINE: &str = ".conversation-pane > .timeline-frame";

/// The text of each row, and the places in it of the words that are searched for. Finding them costs more than all else, and rows
/// change rarely.
#[derive(Default)]
struct FoundInRows {
    marks: Option<Marks>,
    rows: HashMap<String, (String, Vec<Range<usize>>)>,
}

impl FoundInRows {
    /// Where the words are in the text of a row.
    fn places(&mut self, marks: &Marks, row: String, text: String) -> &[Range<usize>] {
        if self.marks.as_ref() != Some(marks) {
            *self = Self { marks: Some(marks.clone()), rows: HashMap::new() };
        }
        let found = self.rows.entry(row).or_default();
        if found.0 != text {
            *found = (text.clone(), marks.ranges(&text));
        }
        &found.1
    }
}

/// Tints the words in the timeline, for as long as the reactive owner lives. A browser without highlights shows none.
pub(super) fn tint(marks: Memo<Option<Marks>>, current: Memo<Option<Seq>>) {
    let scheduled = Rc::new(Cell::new(false));
    let found = Rc::new(RefCell::new(FoundInRows::default()));
    let apply: Rc<dyn Fn()> = Rc::new(move || {
        let current = current.try_get_untracked().flatten();
        let _ = marks.try_with_untracked(|marks| set(marks.as_ref(), current, &mut found.borrow_mut()));
    });
    let apply_again = Rc::clone(&apply);
    effect(move || {
        marks.track();
        current.track();
        apply_again();
    });
    let on_change = Closure::<dyn Fn(JsValue)>::new(move |_: JsValue| {
        if !scheduled.replace(true) {
            let (scheduled, apply) = (Rc::clone(&scheduled), Rc::clone(&apply));
            on_next_frame(move || {
                scheduled.set(false);
                apply();
            });
        }
    });
    let observer = MutationObserver::new(on_change.as_ref().unchecked_ref()).ok();
    let options = MutationObserverInit::new();
    options.set_child_list(true);
    options.set_subtree(true);
    options.set_character_data(true);
    if let (Some(observer), Ok(Some(timeline))) = (&observer, document().query_selector(TIMELINE)) {
        let _ = observer.observe_with_options(&timeline, &options);
    }
    let observer = StoredValue::new_local((observer, on_change));
    on_cleanup(move || {
        observer.try_with_value(|(observer, _)| {
            if let Some(observer) = observer {
                observer.disconnect();
            }
        });
        set(None, None, &mut FoundInRows::default());
    });
}

/// Sets both highlights; none without marks.
fn set(marks: Option<&Marks>, current: Option<Seq>, found: &mut FoundInRows) {
    let (all, at) = (Array::new(), Array::new());
    if let Some(marks) = marks {
        let rows = document().query_selector_all(&format!("{TIMELINE} [data-row]"));
        let rows =
            rows.into_iter().flat_map(|rows| (0..rows.length()).filter_map(move |index| rows.item(index)));
        for row in rows.filter_map(|row| row.dyn_into::<Element>().ok()) {
            let name = row.get_attribute("data-row").unwrap_or_default();
            let is_current = current.is_some_and(|seq| name == seq.to_string());
            if let Ok(Some(element)) = row.query_selector(".bubble-text") {
                let (mut text, mut nodes) = (String::new(), Vec::new());
                collect(&element, &mut text, &mut nodes);
                ranges(&nodes, found.places(marks, name, text), if is_current { &at } else { &all });
            }
        }
    }
    for (name, ranges) in [(ALL, all), (CURRENT, at)] {
        let _ = set_highlight(name, &ranges);
    }
}

/// Adds the ranges of what was found in the text of nodes.
fn ranges(nodes: &[(usize, Node)], places: &[Range<usize>], found: &Array) {
    for found_range in places {
        for (start, node) in nodes {
            let data = node.node_value().unwrap_or_default();
            let within = found_range.start.max(*start)..found_range.end.min(start + data.len());
            if within.start < within.end
                && let Ok(range) = range(node, &data, within.start - start..within.end - start)
            {
                found.push(&range);
            }
        }
    }
}

/// The text nodes of an element, each with the place of its first byte in the text of all. No word goes on beyond a node.
fn collect(node: &Node, text: &mut String, nodes: &mut Vec<(usize, Node)>) {
    let children = node.child_nodes();
    for child in (0..children.length()).filter_map(|index| children.item(index)) {
        match child.dyn_ref::<Element>() {
            // What a spoiler hides stays hidden.
            Some(element) if element.has_attribute("inert") || element.tag_name() == "BUTTON" => {}
            Some(element) => collect(element, text, nodes),
            None if child.node_type() == Node::TEXT_NODE => {
                nodes.push((text.len(), child.clone()));
                *text += &child.node_value().unwrap_or_default();
                text.push('\n');
            }
            None => {}
        }
    }
}

/// A range of the document; its bytes are in the text of a node.
fn range(node: &Node, data: &str, bytes: Range<usize>) -> Result<web_sys::Range, JsValue> {
    let units = |byte: usize| data.get(..byte).map_or(0, |before| before.encode_utf16().count()) as u32;
    let range = document().create_range()?;
    range.set_start(node, units(bytes.start))?;
    range.set_end(node, units(bytes.end))?;
    Ok(range)
}

/// Registers ranges as a highlight of a name: `CSS.highlights`, which `web_sys` does not have yet.
fn set_highlight(name: &str, ranges: &Array) -> Result<(), JsValue> {
    let get = |of: &JsValue, key: &str| Reflect::get(of, &JsValue::from_str(key));
    let registry = get(&get(&window(), "CSS")?, "highlights")?;
    let name = JsValue::from_str(name);
    if ranges.length() == 0 {
        get(&registry, "delete")?.dyn_into::<Function>()?.call1(&registry, &name)?;
    } else {
        let highlight = get(&window(), "Highlight")?.dyn_into::<Function>()?;
        let highlight = Reflect::construct(&highlight, ranges)?;
        get(&registry, "set")?.dyn_into::<Function>()?.call2(&registry, &name, &highlight)?;
    }
    Ok(())
}
