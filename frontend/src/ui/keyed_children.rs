//! The views of a list by key, as the children of an element. A view that stays is never taken out of the document, so
//! that it keeps the selection, the focus and its animations; Leptos's `For` inserts views anew behind which others came.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    hash::Hash,
    rc::Rc,
};

use leptos::{prelude::*, tachys::view::any_view::AnyViewState};
use web_sys::{Element, Node};

use super::reactive::{ElementRef, effect};

/// The view of one entry and the owner of its signals.
struct Child {
    number: u64,
    state: AnyViewState,
    owner: Owner,
}

/// An entry: the number of its key, and what makes its view.
struct Entry {
    number: u64,
    view: Box<dyn FnOnce() -> AnyView>,
}

/// Shows a list within an element, which has no other children, for as long as the reactive owner lives. Each view has one root element, and is made
/// once per key.
pub(crate) fn keyed_children<T: 'static, K: Eq + Hash + 'static>(
    parent: ElementRef,
    entries: impl Fn() -> Vec<T> + 'static,
    key: fn(&T) -> K,
    view: impl Fn(T) -> AnyView + 'static,
) {
    // Each key has a number, so that all else is compiled once for the lists of all types.
    let (numbers, next) = (RefCell::new(HashMap::<K, u64>::new()), Cell::new(0));
    let view = Rc::new(view);
    let numbered = move || {
        let entries = entries();
        let mut known = numbers.take();
        let entries = entries.into_iter().map(|entry| {
            let key = key(&entry);
            let number = known.remove(&key).unwrap_or_else(|| next.replace(next.get() + 1));
            numbers.borrow_mut().insert(key, number);
            let view = Rc::clone(&view);
            Entry { number, view: Box::new(move || view(entry)) }
        });
        entries.collect()
    };
    show(parent, Box::new(numbered));
}

fn show(parent: ElementRef, entries: Box<dyn Fn() -> Vec<Entry>>) {
    let owner = Owner::current().unwrap_or_default();
    let children = RefCell::new(Vec::<Child>::new());
    let is_new = Cell::new(true);
    effect(move || {
        let Some(parent) = parent.get::<Element>() else { return };
        if is_new.replace(false) {
            // Leptos reuses the element of an earlier view of the same kind, whose children nobody owns any more.
            parent.replace_children_with_node_0();
        }
        let entries = entries();
        untrack(|| children.replace_with(|before| update(&parent, std::mem::take(before), entries, &owner)));
    });
}

/// Removes, makes and inserts children so that they are those of the entries, in their order.
fn update(parent: &Element, before: Vec<Child>, entries: Vec<Entry>, owner: &Owner) -> Vec<Child> {
    let wanted: HashSet<u64> = entries.iter().map(|entry| entry.number).collect();
    let (kept, gone): (Vec<_>, Vec<_>) = before.into_iter().partition(|child| wanted.contains(&child.number));
    for mut child in gone {
        child.state.unmount();
        child.owner.cleanup();
    }
    let order: Vec<u64> = kept.iter().map(|child| child.number).collect();
    let mut kept: HashMap<u64, Child> = kept.into_iter().map(|child| (child.number, child)).collect();
    let mut order = order.into_iter().rev().peekable();
    let (mut children, mut next) = (Vec::with_capacity(entries.len()), None::<Node>);
    // From the last to the first: each is inserted before the one that follows it.
    for Entry { number, view } in entries.into_iter().rev() {
        let child = match kept.remove(&number) {
            Some(mut child) => {
                // What was moved is not in its place; the others are, and are not touched.
                while order.peek().is_some_and(|other| *other != number && !kept.contains_key(other)) {
                    order.next();
                }
                if order.peek() == Some(&number) {
                    order.next();
                } else {
                    child.state.mount(parent, next.as_ref());
                }
                child
            }
            None => {
                let owner = owner.child();
                let mut state = owner.with(|| view().build());
                state.mount(parent, next.as_ref());
                Child { number, state, owner }
            }
        };
        next = child.state.elements().first().map(|element| Node::from(element.clone()));
        children.push(child);
    }
    children.reverse();
    children
}
