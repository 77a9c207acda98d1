//! The final states of tabs.

use std::collections::HashMap;

use super::{Violation, log::Log};
use crate::history::{End, Snapshot};

/// Compares a tab's state with that of a new tab.
pub fn check_held(end: &End, note: &mut impl FnMut(Violation)) {
    let tab = end.tab;
    let mut fresh: HashMap<_, _> = end.fresh.iter().map(|c| (c.id, c)).collect();
    for held in &end.held {
        let fresh = fresh.remove(&held.id);
        if fresh != Some(held) {
            let fresh = fresh.map(|c| Box::new(c.clone()));
            note(Violation::Stale { tab, held: Some(Box::new(held.clone())), fresh });
        }
    }
    for missing in fresh.into_values() {
        note(Violation::Stale { tab, held: None, fresh: Some(Box::new(missing.clone())) });
    }
    if let Some((conversation, top)) = end.open
        && let Some(fresh) = end.fresh.iter().find(|c| c.id == conversation && c.head_seq != top)
    {
        note(Violation::Behind { tab, conversation, top, head: fresh.head_seq });
    }
    if end.unanswered > 0 {
        note(Violation::Unanswered { tab, count: end.unanswered });
    }
}

/// Compares a new tab's state of a conversation with its log.
pub fn check_fresh(end: &End, log: &Log, note: &mut impl FnMut(Violation)) {
    let Some(fresh) = end.fresh.iter().find(|c| c.id == log.id) else { return };
    let (tab, conversation, head) = (end.tab, log.id, fresh.head_seq);
    if head != log.head_seq {
        let (held, found) = (vec![head.0], vec![log.head_seq.0]);
        note(Violation::Untrue { tab, conversation, head, what: "the head", held, found });
    }
    log.check(&Snapshot::of(fresh), end.user, tab, note);
}
