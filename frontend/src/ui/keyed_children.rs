//! The views of a list by key, as the children of an element. A view that stays is never taken out of the document, so
//! that it keeps the selection, the focus and its animations; Leptos's `For` inserts views anew behind which others came.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    hash::Hash,
};

use leptos::{prelude::*, tachys::view::any_view::AnyViewState};
use web_sys::{Element, Node};

use super::reactive::{ElementRef, effect};

/// The view of one entry and the owner of its signals.
struct Child<K> {
    key: K,
    state: AnyViewState,
    owner: Owner,
}

/// Shows a list within an element for as long as the reactive owner lives. Each view has one root element, and is made
/// once per key.
pub(crate) fn keyed_children<T: 'static, K: Clone + Eq + Hash + 'static>(
    parent: ElementRef,
    entries: impl Fn() -> Vec<T> + 'static,
    key: fn(&T) -> K,
    view: impl Fn(T) -> AnyView + 'static,
) {
    let owner = Owner::current().unwrap_or_default();
    let children = RefCell::new(Vec::<Child<K>>::new());
    effect(move || {
        let Some(parent) = parent.get::<Element>() else { return };
        let entries = entries();
        untrack(|| {
            let make = |entry: T| {
                let (key, owner) = (key(&entry), owner.child());
                let state = owner.with(|| view(entry).build());
                Child { key, state, owner }
            };
            children.replace_with(|before| update(&parent, std::mem::take(before), entries, key, make));
        });
    });
}

/// Removes, makes and inserts children so that they are those of the entries, in their order.
fn update<T, K: Clone + Eq + Hash>(
    parent: &Element,
    before: Vec<Child<K>>,
    entries: Vec<T>,
    key: fn(&T) -> K,
    make: impl Fn(T) -> Child<K>,
) -> Vec<Child<K>> {
    let wanted: HashSet<K> = entries.iter().map(key).collect();
    let (kept, gone): (Vec<_>, Vec<_>) = before.into_iter().partition(|child| wanted.contains(&child.key));
    for mut child in gone {
        child.state.unmount();
        child.owner.cleanup();
    }
    let order: Vec<K> = kept.iter().map(|child| child.key.clone()).collect();
    let mut kept: HashMap<K, Child<K>> = kept.into_iter().map(|child| (child.key.clone(), child)).collect();
    let mut order = order.into_iter().rev().peekable();
    let (mut children, mut next) = (Vec::with_capacity(entries.len()), None::<Node>);
    // From the last to the first: each is inserted before the one that follows it.
    for entry in entries.into_iter().rev() {
        let key = key(&entry);
        let child = match kept.remove(&key) {
            Some(mut child) => {
                // What was moved is not in its place; the others are, and are not touched.
                while order.peek().is_some_and(|other| *other != key && !kept.contains_key(other)) {
                    order.next();
                }
                if order.peek() == Some(&key) {
                    order.next();
                } else {
                    child.state.mount(parent, next.as_ref());
                }
                child
            }
            None => {
                let mut child = make(entry);
                child.state.mount(parent, next.as_ref());
                child
            }
        };
        next = child.state.elements().first().map(|element| Node::from(element.clone()));
        children.push(child);
    }
    children.reverse();
    children
}
