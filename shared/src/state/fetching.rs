//! Finds what the state lacks, and requests each thing once.

use std::collections::hash_map::Entry;

use super::{Doubt, FetchRequest, State};
use crate::{
    id::{ConversationId, Seq},
    timeline::Timeline,
};

impl State {
    /// A fetch failed: answers what is still lacking. The driver waits before it fetches again.
    pub fn fetch_failed(&mut self, id: ConversationId) -> Option<FetchRequest> {
        self.fetching.remove(&id);
        if self.open == Some(id) {
            return self.bring_up_to_date(id);
        }
        if self.conversations.contains_key(&id) {
            self.gap_after(id, Seq(0))
        } else {
            self.refetch_if_noted(id)
        }
    }

    pub(super) fn note_change_during_fetch(&mut self, id: ConversationId) {
        if let Some(changed_since) = self.fetching.get_mut(&id) {
            *changed_since = true;
        }
    }

    pub(super) fn note_seq(&mut self, id: ConversationId, seq: Seq) {
        self.note_change_during_fetch(id);
        let noted = self.noted_seqs.entry(id).or_default();
        *noted = seq.max(*noted);
    }

    /// Fetches a conversation that is not cached and whose events arrived: the user was added during a fetch.
    pub(super) fn refetch_if_noted(&mut self, id: ConversationId) -> Option<FetchRequest> {
        if self.noted_seqs.contains_key(&id) { self.request(FetchRequest::Conversation(id)) } else { None }
    }

    /// What a conversation lacks. First the events up to `newest` or the newest that was noted: those after its head, or
    /// those that are not applied to the open timeline. Then a doubtful read position, and what is lacking beside. Where the
    /// conversation is not cached, itself.
    pub(super) fn gap_after(&mut self, id: ConversationId, newest: Seq) -> Option<FetchRequest> {
        let Some(head) = self.conversations.get(&id).map(|c| c.head_seq) else {
            return self.refetch_if_noted(id);
        };
        let noted = self.noted_seqs.get(&id).copied().unwrap_or_default();
        if noted <= head {
            self.noted_seqs.remove(&id);
        }
        let timeline = self.timelines.get(&id).filter(|t| self.open == Some(id) && !t.is_stale());
        let thread = self.thread_timeline.iter().filter(|_| self.open == Some(id));
        let applied = timeline.into_iter().chain(thread).map(Timeline::applied).min();
        let from = applied.map_or(head, |applied| applied.min(head));
        if from < head.max(newest).max(noted) {
            return self.request(FetchRequest::After(id, from));
        }
        if !self.doubtful_reads.contains_key(&id) {
            return self.missing_beside(id);
        }
        let request = self.request(FetchRequest::Conversation(id));
        if request.is_some() {
            self.doubtful_reads.insert(id, Doubt::Requested);
        }
        request
    }

    pub(super) fn request(&mut self, request: FetchRequest) -> Option<FetchRequest> {
        match self.fetching.entry(request.conversation()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(vacant) => {
                vacant.insert(false);
                Some(request)
            }
        }
    }
}
