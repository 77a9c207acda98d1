//! The final states of tabs.

use std::collections::HashMap;

use confab_shared::thread::ThreadState;

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
    check_threads(end, note);
    if end.unanswered > 0 {
        note(Violation::Unanswered { tab, count: end.unanswered });
    }
}

/// Compares the threads of a tab with those of a new tab: their heads aside, which only move where something happens.
fn check_threads(end: &End, note: &mut impl FnMut(Violation)) {
    let (tab, threads) = (end.tab, &end.threads);
    let at = |state: &ThreadState, head_seq| Box::new(ThreadState { head_seq, ..state.clone() });
    let mut fresh: HashMap<_, _> = threads
        .fresh
        .iter()
        .map(|thread| ((thread.state.conversation, thread.state.root), &thread.state))
        .collect();
    for held in &threads.held {
        match fresh.remove(&(held.conversation, held.root)) {
            Some(fresh) if *at(held, fresh.head_seq) == *fresh => {}
            None if !held.following && held.unread == 0 && held.mentions.is_empty() => {}
            fresh => note(Violation::StaleThread {
                tab,
                held: Some(at(held, held.head_seq)),
                fresh: fresh.map(|fresh| at(fresh, fresh.head_seq)),
            }),
        }
    }
    // Of a tab that has not all, nothing happened in them since its welcome.
    for missing in fresh.into_values().filter(|_| threads.has_all) {
        note(Violation::StaleThread { tab, held: None, fresh: Some(at(missing, missing.head_seq)) });
    }
    if let Some((conversation, _, top)) = threads.open
        && let Some(fresh) = end.fresh.iter().find(|c| c.id == conversation && c.head_seq != top)
    {
        note(Violation::Behind { tab, conversation, top, head: fresh.head_seq });
    }
    if threads.unquoted > 0 {
        note(Violation::Unquoted { tab, count: threads.unquoted });
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
