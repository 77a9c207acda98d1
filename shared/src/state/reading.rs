//! The open conversation: which part of its log is cached, and how far it is read.

use super::{FetchRequest, State};
use crate::{
    api::EventPage,
    conversation::{Conversation, ReadPosition},
    event::{ApplyOutcome, Event},
    id::{ConversationId, Seq},
    timeline::Timeline,
};

impl State {
    /// Opens a conversation at its first unread message, or none.
    pub fn open(&mut self, id: Option<ConversationId>) -> Option<FetchRequest> {
        self.open = id;
        let id = id?;
        match self.conversations.get(&id).and_then(first_unread) {
            Some(unread) => self.keep_timeline_with(id, unread),
            None => self.timelines.retain(|other, timeline| *other != id || timeline.follows()),
        }
        self.bring_up_to_date(id)
    }

    /// Opens a conversation at a seq, where its reader left it.
    pub fn open_at(&mut self, id: ConversationId, seq: Seq) -> Option<FetchRequest> {
        self.open = Some(id);
        self.keep_timeline_with(id, seq);
        match self.timelines.get(&id) {
            None if self.conversations.contains_key(&id) => self.request(FetchRequest::Around(id, seq)),
            _ => self.bring_up_to_date(id),
        }
    }

    /// Moves the open timeline from a window on the past to the newest events.
    pub fn open_newest(&mut self, id: ConversationId) -> Option<FetchRequest> {
        if self.timelines.get(&id)?.follows() {
            return None;
        }
        self.request(FetchRequest::Newest(id))
    }

    /// Moves the open timeline to the events around a seq, where they are not cached.
    pub fn open_around(&mut self, id: ConversationId, seq: Seq) -> Option<FetchRequest> {
        if self.timelines.get(&id)?.holds(seq) {
            return None;
        }
        self.request(FetchRequest::Around(id, seq))
    }

    /// Requests what the open conversation lacks.
    pub(super) fn bring_up_to_date(&mut self, id: ConversationId) -> Option<FetchRequest> {
        if !self.conversations.contains_key(&id) {
            // Before the first welcome nothing is known, and the welcome requests it again.
            return if self.me.is_some() { self.request(FetchRequest::Conversation(id)) } else { None };
        }
        // A live event may have named a seq beyond the head: a gap whose fetch failed.
        self.missing_tail(id).or_else(|| self.gap_after(id, Seq(0)))
    }

    /// Drops a timeline that does not hold a seq, and will not by following.
    fn keep_timeline_with(&mut self, id: ConversationId, seq: Seq) {
        let will_hold = |t: &Timeline| t.holds(seq) || t.follows() && seq > t.top();
        self.timelines.retain(|other, timeline| *other != id || will_hold(timeline));
    }

    /// Takes events that were requested.
    pub fn page(&mut self, request: FetchRequest, page: EventPage) -> Option<FetchRequest> {
        self.fetching.remove(&request.conversation());
        self.take_page(request.conversation(), page, |timeline, events, open| match request {
            FetchRequest::Newest(_) => {
                timeline.replace(events);
                timeline.follow();
            }
            FetchRequest::Around(..) if open => timeline.replace(events),
            // The cached events of a conversation that is not open may have been left behind.
            _ if timeline.follows() => {
                timeline.replace(events);
                timeline.follow();
            }
            _ => timeline.extend(events),
        })
    }

    /// Takes older or newer events beside the cached ones, for which the reader scrolled.
    pub fn page_beside(&mut self, id: ConversationId, page: EventPage) -> Option<FetchRequest> {
        self.take_page(id, page, |timeline, events, _| timeline.extend(events))
    }

    /// `merge` puts events into a timeline, given whether it is open.
    fn take_page(
        &mut self,
        id: ConversationId,
        page: EventPage,
        merge: impl FnOnce(&mut Timeline, Vec<Event>, bool),
    ) -> Option<FetchRequest> {
        self.add_users(page.users);
        let me = self.me.as_ref()?.id;
        let Some(conversation) = self.conversations.get_mut(&id) else { return self.refetch_if_noted(id) };
        for event in &page.events {
            if let Some(client_id) = event.client_id.filter(|_| event.by == me) {
                self.outbox.arrived(client_id);
            }
            if event.apply(conversation, me) == ApplyOutcome::Applied
                && let Some(typing) = self.typing.get_mut(&id)
            {
                typing.stop(event.by);
            }
        }
        let head = conversation.head_seq;
        let open = self.open == Some(id);
        if open || self.timelines.contains_key(&id) {
            let timeline = self.timelines.entry(id).or_default();
            merge(timeline, page.events, open);
            timeline.attach(head);
        }
        self.drop_applied();
        self.gap_after(id, page.head_seq)
    }

    /// Moves the read position to a cached event that was on the screen with all unread ones before it, or at the end.
    /// Answers the seq to send to the server, where it moved.
    pub fn read_to(&mut self, id: ConversationId, seq: Seq) -> Option<Seq> {
        let timeline = self.timelines.get(&id)?;
        let conversation = self.conversations.get_mut(&id)?;
        // Where the timeline is behind the conversation, a fetch is pending, and the number of messages is not known.
        let seq = seq.min(timeline.top()).min(conversation.head_seq);
        if seq <= conversation.read_seq {
            return None;
        }
        let at_head = seq == conversation.head_seq;
        let read = if at_head {
            conversation.message_count
        } else {
            timeline.message_count_at(seq).unwrap_or_default()
        };
        conversation.move_read_position(ReadPosition { read_seq: seq, read_count: read });
        Some(seq)
    }

    /// The events that the open timeline lacks at its end.
    pub(super) fn missing_tail(&mut self, id: ConversationId) -> Option<FetchRequest> {
        if self.open != Some(id) {
            return None;
        }
        let conversation = self.conversations.get(&id)?;
        let head = conversation.head_seq;
        match self.timelines.get(&id) {
            None if head == Seq(0) => {
                self.timelines.insert(id, Timeline::default());
                None
            }
            None => match first_unread(conversation) {
                Some(seq) => self.request(FetchRequest::Around(id, seq)),
                None => self.request(FetchRequest::Newest(id)),
            },
            Some(timeline) if timeline.follows() && timeline.top() < head => {
                let top = timeline.top();
                self.request(FetchRequest::After(id, top))
            }
            Some(_) => None,
        }
    }
}

/// The first unread event, where a message is among the unread.
fn first_unread(conversation: &Conversation) -> Option<Seq> {
    (conversation.unread() > 0).then(|| conversation.read_seq.next())
}
