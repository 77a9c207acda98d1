//! What holds after every step, and at the end.

use confab_shared::{item::Item, thread::ThreadState, timeline::Timeline};
use proptest::prelude::*;

use super::World;
use crate::HERE;

impl World {
    /// The number of read messages is the number of those up to the read position.
    pub(super) fn check_read(&self) {
        let cached = self.state.conversation(HERE).unwrap();
        let history = &self.truth.history;
        let posted = self.truth.posted().into_iter().filter(|seq| *seq <= cached.read_seq);
        let read = posted.filter(|seq| !history.is_deleted(*seq, cached.head_seq)).count() as u64;
        assert_eq!(cached.read_count, read, "up to {}, as of {}", cached.read_seq, cached.head_seq);
    }

    /// All items of a part of the log are cached, each as it was once the changes that the timeline has were applied.
    pub fn check_timeline(&self) -> Result<(), TestCaseError> {
        for timeline in self.state.timeline(HERE).into_iter().chain(self.state.thread_timeline()) {
            self.check_items(timeline)?;
        }
        Ok(())
    }

    fn check_items(&self, timeline: &Timeline) -> Result<(), TestCaseError> {
        let history = &self.truth.history;
        let cached: Vec<_> = timeline.items().map(Item::seq).collect();
        let (first, last) = (timeline.first(), timeline.last());
        let expected: Vec<_> = match timeline.thread() {
            None => history.item_seqs(first, last).collect(),
            Some(root) => {
                let replies = history.posted_replies(root, last).map(|event| event.seq);
                replies.filter(|seq| *seq >= first).collect()
            }
        };
        prop_assert_eq!(cached, expected, "from {} to {}", first, last);
        for item in timeline.items() {
            self.check_item(timeline, item)?;
            let quoted = item.message().and_then(|message| timeline.quoted_message(message.reply_to?));
            if let Some(quoted) = quoted {
                self.check_item(timeline, &Item::Message(quoted.clone()))?;
            }
        }
        if let Some(root) = timeline.root() {
            self.check_item(timeline, &Item::Message(root.clone()))?;
        }
        Ok(())
    }

    /// All messages that cached ones reply to are cached, and threads are as far read as they are.
    fn check_beside(&self) -> Result<(), TestCaseError> {
        let history = &self.truth.history;
        let head = history.head_seq();
        for timeline in self.state.timeline(HERE).into_iter().chain(self.state.thread_timeline()) {
            prop_assert_eq!(timeline.applied(), head);
            for reply_to in timeline.items().filter_map(|item| item.message()?.reply_to) {
                prop_assert_eq!(timeline.quoted_message(reply_to), Some(&history.message(reply_to, head)));
            }
        }
        for root in self.truth.roots() {
            let cached = self.state.thread(HERE, root).cloned();
            let cached = cached.map(|thread| ThreadState { head_seq: head, ..thread });
            let fresh = self.truth.thread(root);
            if cached.is_none() && self.truth.may_lack(&fresh) {
                continue;
            }
            prop_assert_eq!(
                cached.clone().filter(|thread| thread.following),
                Some(fresh).filter(|thread| thread.following),
                "{:?}",
                cached
            );
        }
        Ok(())
    }

    fn check_item(&self, timeline: &Timeline, item: &Item) -> Result<(), TestCaseError> {
        let (history, seq) = (&self.truth.history, item.seq());
        let mut as_of = timeline.applied();
        let changes = self.sent.values().filter(|sent| sent.made && sent.command.target() == Some(seq));
        for sent in changes.filter(|sent| sent.watched && !self.has_left) {
            let client_id = sent.command.client_id();
            if self.state.outbox.get(client_id).is_none() {
                // A change of one's own does not disappear between the outbox and the log.
                as_of = as_of.max(sent.answer.unwrap());
            }
        }
        // What fetched events say of a message that is deleted by now is gone from them.
        let is_redacted = history.is_deleted(seq, history.head_seq());
        if is_redacted && item.message().is_some_and(|message| message.deleted.is_none()) {
            prop_assert!(!history.is_deleted(seq, as_of), "{} is deleted", seq);
            return Ok(());
        }
        let mut versions = history.versions_after(seq, as_of);
        versions.push(as_of);
        let known = versions.iter().any(|at| history.item(seq, *at).as_ref() == Some(item));
        prop_assert!(
            known,
            "{:?} is none of the versions {:?}: {:?}",
            item,
            versions,
            history.item(seq, as_of)
        );
        Ok(())
    }

    /// What is cached is what a new client fetches.
    pub fn check_fresh(&self) -> Result<(), TestCaseError> {
        let fresh = self.truth.view();
        prop_assert_eq!(self.state.conversation(HERE), fresh.as_ref());
        prop_assert_eq!(self.state.is_gone(HERE), fresh.is_none());
        prop_assert_eq!(self.state.unread(), fresh.as_ref().map_or(0, |_| self.truth.unread()));
        prop_assert_eq!(self.state.unread_thread_count(), self.truth.unread_threads());
        prop_assert_eq!(self.state.outbox.of(HERE).count(), 0);
        let timeline = self.state.timeline(HERE);
        prop_assert_eq!(timeline.map(Timeline::last), fresh.as_ref().map(|view| view.head_seq));
        prop_assert_eq!(timeline.map(Timeline::applied), fresh.as_ref().map(|view| view.head_seq));
        if fresh.is_some() {
            self.check_beside()?;
        }
        self.check_timeline()
    }

    /// A message of the client shows once, as a pending one or in the log; a pending change shows in its message.
    pub fn check_outbox(&self) -> Result<(), TestCaseError> {
        let Some(timeline) = self.state.timeline(HERE) else { return Ok(()) };
        for (client_id, sent) in &self.sent {
            let is_pending = self.state.outbox.get(*client_id).is_some();
            match (sent.command.target(), sent.answer) {
                (None, Ok(seq)) => {
                    prop_assert!(!(is_pending && timeline.get(seq).is_some()), "{} is shown twice", seq);
                }
                (Some(target), _) if is_pending && timeline.message(target).is_some() => {
                    let view = self.state.message(HERE, target);
                    prop_assert!(
                        view.is_some_and(|view| view.is_changing),
                        "{:?} does not show",
                        sent.command
                    );
                }
                _ => {}
            }
        }
        Ok(())
    }
}
