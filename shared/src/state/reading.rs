//! The open conversation: which part of its log is cached, and how far it is read.

use super::{Doubt, FetchRequest, State, own_ack, threads::concerns_threads, unread_own};
use crate::{
    api::{EventPage, MessagePage},
    conversation::{Conversation, ReadPosition},
    event::ApplyOutcome,
    id::{ConversationId, Seq},
    protocol::ReadSignal,
    timeline::Timeline,
};

/// The most events that are fetched for a timeline that fell behind. If more are missing, its items are fetched anew.
const MAX_CATCH_UP: u64 = 200;

/// How many items of the open conversation are cached before those far from the reader are dropped.
const MAX_CACHED_ITEMS: usize = 2_000;

impl State {
    /// Opens a conversation at its first unread message, or none.
    pub fn open(&mut self, id: Option<ConversationId>) -> Option<FetchRequest> {
        self.set_open(id);
        let id = id?;
        match self.conversations.get(&id).and_then(first_unread) {
            Some(unread) => self.keep_timeline_with(id, unread),
            None => self.timelines.retain(|other, timeline| *other != id || timeline.follows()),
        }
        self.bring_up_to_date(id)
    }

    /// Opens a conversation at a seq, where its reader left it.
    pub fn open_at(&mut self, id: ConversationId, seq: Seq) -> Option<FetchRequest> {
        self.set_open(Some(id));
        self.keep_timeline_with(id, seq);
        match self.timelines.get(&id) {
            None if self.conversations.contains_key(&id) => self.request(FetchRequest::Around(id, seq)),
            _ => self.bring_up_to_date(id),
        }
    }

    fn set_open(&mut self, id: Option<ConversationId>) {
        if self.open != id {
            self.open = id;
            self.recent.clear();
            self.close_thread();
        }
    }

    /// Moves the open timeline from a window on the past to the newest items.
    pub fn open_newest(&mut self, id: ConversationId) -> Option<FetchRequest> {
        if self.timelines.get(&id)?.follows() {
            return None;
        }
        self.request(FetchRequest::Newest(id))
    }

    /// Moves the open timeline to the items around a seq, where they are not cached.
    pub fn open_around(&mut self, id: ConversationId, seq: Seq) -> Option<FetchRequest> {
        let timeline = self.timelines.get(&id)?;
        if timeline.contains(seq) && !timeline.is_stale() {
            return None;
        }
        self.request(FetchRequest::Around(id, seq))
    }

    /// Bounds the memory of the open timeline: drops items far from a seq where more than [`MAX_CACHED_ITEMS`] are cached.
    /// Answers whether it did.
    pub fn trim_timeline(&mut self, id: ConversationId, around: Seq) -> bool {
        match self.timelines.get_mut(&id) {
            Some(timeline) if timeline.items().len() > MAX_CACHED_ITEMS => {
                timeline.trim(around, MAX_CACHED_ITEMS / 4);
                true
            }
            _ => false,
        }
    }

    /// Fetches the items of the open timeline anew after a welcome, where it fell too far behind: those around a seq, or
    /// without one those around the first unread.
    pub fn reload_stale(&mut self, around: Option<Seq>) -> Option<FetchRequest> {
        let id = self.open.filter(|id| self.timelines.get(id).is_some_and(Timeline::is_stale))?;
        match around {
            Some(seq) => self.request(FetchRequest::Around(id, seq)),
            None => self.request_items(id),
        }
    }

    /// Requests what the open conversation lacks.
    pub(super) fn bring_up_to_date(&mut self, id: ConversationId) -> Option<FetchRequest> {
        if !self.conversations.contains_key(&id) {
            // Before the first welcome nothing is known, and the welcome requests it again.
            return if self.me.is_some() { self.request(FetchRequest::Conversation(id)) } else { None };
        }
        // A live event may have named a seq beyond the head: a gap whose fetch failed.
        self.missing_items(id).or_else(|| self.gap_after(id, Seq(0)))
    }

    /// Drops a timeline that does not contain a seq, and will not by following.
    fn keep_timeline_with(&mut self, id: ConversationId, seq: Seq) {
        let will_contain = |t: &Timeline| t.contains(seq) || t.follows() && seq > t.last();
        self.timelines.retain(|other, timeline| *other != id || will_contain(timeline));
    }

    /// Takes events that were requested.
    pub fn events(&mut self, id: ConversationId, page: EventPage) -> Option<FetchRequest> {
        self.fetching.remove(&id);
        self.add_users(page.users);
        let me = self.me.as_ref()?.id;
        let Some(conversation) = self.conversations.get_mut(&id) else { return self.refetch_if_noted(id) };
        let mut timeline = self.timelines.get_mut(&id);
        let (mut own, mut applied) = (Vec::new(), Vec::new());
        for event in page.events {
            own.extend(own_ack(&event, me));
            if event.apply(conversation, me) == ApplyOutcome::Applied {
                if let Some(typing) = self.typing.get_mut(&id) {
                    typing.stop(event.by);
                }
                self.unread_own.extend(unread_own(&event, conversation, me).map(|seq| (id, seq)));
                if concerns_threads(&event) {
                    applied.push(event.clone());
                }
            }
            if let Some(timeline) = &mut timeline {
                timeline.apply(&event);
            }
            if self.open == Some(id) {
                self.thread_timeline.iter_mut().for_each(|timeline| timeline.apply(&event));
                self.recent.push(event);
            }
        }
        own.iter().for_each(|ack| self.ack(ack));
        applied.iter().for_each(|event| self.apply_to_threads(event, me, true));
        self.after_fetch(id, page.head_seq)
    }

    /// Takes items that were requested: of a timeline, of a thread, or the one that another replies to.
    pub fn messages(&mut self, request: FetchRequest, page: MessagePage) -> Option<FetchRequest> {
        let id = request.conversation();
        match request {
            FetchRequest::Thread(..) => return self.thread_messages(id, page),
            FetchRequest::Quoted(_, _, seq) => return self.quoted_messages(id, seq, page),
            _ => {}
        }
        self.fetching.remove(&id);
        self.take_items(id, page, |timelines, page| match (request, timelines.get_mut(&id)) {
            (FetchRequest::Newest(_), Some(timeline)) => {
                timeline.replace(page);
                timeline.follow();
            }
            (_, Some(timeline)) => timeline.replace(page),
            (FetchRequest::Newest(_), None) => {
                let mut timeline = Timeline::of(page);
                timeline.follow();
                timelines.insert(id, timeline);
            }
            (_, None) => {
                timelines.insert(id, Timeline::of(page));
            }
        })
    }

    /// Takes older or newer items beside the cached ones, for which the reader scrolled.
    pub fn adjacent_messages(&mut self, id: ConversationId, page: MessagePage) -> Option<FetchRequest> {
        self.take_items(id, page, |timelines, page| {
            if let Some(timeline) = timelines.get_mut(&id) {
                timeline.extend(page);
            }
        })
    }

    /// `merge` puts a page into the timeline of the open conversation.
    fn take_items(
        &mut self,
        id: ConversationId,
        mut page: MessagePage,
        merge: impl FnOnce(&mut std::collections::HashMap<ConversationId, Timeline>, MessagePage),
    ) -> Option<FetchRequest> {
        self.add_users(std::mem::take(&mut page.users));
        let me = self.me.as_ref()?.id;
        let Some(conversation) = self.conversations.get(&id) else { return self.refetch_if_noted(id) };
        let (head, page_head) = (conversation.head_seq, page.head_seq);
        let own = page.items.iter().filter_map(|item| item.message()).filter(|message| message.by == me);
        for client_id in own.filter_map(|message| message.client_id) {
            self.outbox.arrived(client_id);
        }
        // The items of a conversation that is not open would be left behind.
        if self.open == Some(id) {
            merge(&mut self.timelines, page);
            if let Some(timeline) = self.timelines.get_mut(&id) {
                self.recent.events().for_each(|event| timeline.apply(event));
                timeline.attach(head);
            }
        }
        self.after_fetch(id, page_head)
    }

    pub(super) fn after_fetch(&mut self, id: ConversationId, head_seq: Seq) -> Option<FetchRequest> {
        self.drop_applied();
        self.missing_items(id).or_else(|| self.gap_after(id, head_seq))
    }

    /// Takes a read position that moved, this user's or another member's.
    pub fn read(&mut self, signal: &ReadSignal) -> Option<FetchRequest> {
        let mine = self.me.as_ref().is_some_and(|me| me.id == signal.user);
        let id = signal.conversation;
        let Some(conversation) = self.conversations.get_mut(&id) else {
            // The answer of a pending fetch may be older than the signal.
            if mine && self.may_be_fetching(id) {
                self.doubtful_reads.insert(id, Doubt::New);
            }
            return None;
        };
        if !mine {
            conversation.peers_read_seq = conversation.peers_read_seq.max(signal.read_seq);
            return None;
        }
        if signal.back {
            let position = ReadPosition { read_seq: signal.read_seq, read_count: signal.read_count };
            conversation.set_read_position_back(position);
            // Which mentions are unread again is not known here, nor, where the heads differ, how many messages.
            self.set_back.insert(id);
            self.doubtful_reads.insert(id, Doubt::New);
            return self.gap_after(id, Seq(0));
        }
        if signal.head_seq == conversation.head_seq {
            let position = ReadPosition { read_seq: signal.read_seq, read_count: signal.read_count };
            conversation.move_read_position(position);
            return None;
        }
        // Deletions between the two are counted by one side only. And more was read before the user wrote a message than was
        // known here: it may have been read with that.
        let own = self.unread_own.get(&id).filter(|own| signal.head_seq < **own);
        let is_further = signal.read_seq > conversation.read_seq;
        if is_further || own.is_some_and(|own| conversation.read_seq < *own) {
            self.doubtful_reads.insert(id, Doubt::New);
            return self.gap_after(id, Seq(0));
        }
        None
    }

    /// Whether all is known of how far this user has read a conversation: no signal said something that an answer has to complete.
    #[must_use]
    pub fn is_certain(&self, id: ConversationId) -> bool {
        !self.doubtful_reads.contains_key(&id) && !self.set_back.contains(&id)
    }

    /// Moves the read position to a cached event that was on the screen with all unread ones before it, or at the end.
    /// Answers the seq to send to the server, where it moved.
    pub fn read_to(&mut self, id: ConversationId, seq: Seq) -> Option<Seq> {
        let timeline = self.timelines.get(&id)?;
        let conversation = self.conversations.get_mut(&id)?;
        // Where the timeline is behind the conversation, a fetch is pending, and the number of messages is not known.
        let seq = seq.min(timeline.last()).min(conversation.head_seq);
        if seq <= conversation.read_seq {
            return None;
        }
        let read_count = if seq == conversation.head_seq {
            conversation.message_count
        } else {
            // Messages that are not cached were not on the screen.
            let (from, head) = (conversation.read_seq, conversation.head_seq);
            conversation.read_count + timeline.message_count_between(from, seq, head)?
        };
        conversation.move_read_position(ReadPosition { read_seq: seq, read_count });
        Some(seq)
    }

    /// Moves the read position of a conversation to its end. Answers the seq to send to the server, where it moved.
    pub fn read_all(&mut self, id: ConversationId) -> Option<Seq> {
        let conversation = self.conversations.get_mut(&id)?;
        let (seq, read_count) = (conversation.head_seq, conversation.message_count);
        if seq <= conversation.read_seq {
            return None;
        }
        conversation.move_read_position(ReadPosition { read_seq: seq, read_count });
        Some(seq)
    }

    /// The items that the open conversation lacks: all of them, or those of a timeline that fell too far behind.
    pub(super) fn missing_items(&mut self, id: ConversationId) -> Option<FetchRequest> {
        if self.open != Some(id) {
            return None;
        }
        let head = self.conversations.get(&id)?.head_seq;
        match self.timelines.get(&id) {
            None if head == Seq(0) => {
                self.timelines.insert(id, Timeline::empty());
                None
            }
            Some(timeline) if !timeline.is_stale() => self.missing_thread(id),
            _ => self.request_items(id),
        }
    }

    fn request_items(&mut self, id: ConversationId) -> Option<FetchRequest> {
        match self.conversations.get(&id).and_then(first_unread) {
            Some(seq) => self.request(FetchRequest::Around(id, seq)),
            None => self.request(FetchRequest::Newest(id)),
        }
    }

    /// Marks the open timeline as stale where so many events are missing that fetching its items anew is less.
    pub(super) fn mark_stale_where_far_behind(&mut self) {
        if let Some(open) = self.open
            && let Some(timeline) = &self.thread_timeline
            && self
                .conversations
                .get(&open)
                .is_none_or(|c| c.head_seq.0 > timeline.applied().0 + MAX_CATCH_UP)
        {
            self.thread_timeline = None;
        }
        if let Some(open) = self.open
            && let Some(head) = self.conversations.get(&open).map(|c| c.head_seq)
            && let Some(timeline) = self.timelines.get_mut(&open)
            && head.0 > timeline.applied().0 + MAX_CATCH_UP
        {
            timeline.mark_stale();
        }
    }
}

/// The first unread event, where a message is among the unread.
fn first_unread(conversation: &Conversation) -> Option<Seq> {
    (conversation.unread() > 0).then(|| conversation.read_seq.next())
}
