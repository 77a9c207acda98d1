//! Threads: the one that is open beside its conversation, and how far the user has read those that they follow; and messages
//! that others reply to.

use super::{Doubt, FetchRequest, State};
use crate::{
    api::{FollowedThread, MessagePage, ThreadPage},
    event::{Event, EventBody, EventContent},
    id::{ConversationId, Seq, UserId},
    item::Item,
    message::Message,
    thread::ThreadState,
    timeline::Timeline,
};

impl State {
    /// Opens the thread of a root of the open conversation, or none.
    pub fn open_thread(&mut self, root: Option<Seq>) -> Option<FetchRequest> {
        if self.open_thread != root {
            (self.open_thread, self.thread_timeline) = (root, None);
        }
        let id = self.open?;
        let key = root.map(|root| (id, root)).filter(|key| !self.threads.contains_key(key));
        // It may be one that the welcome did not have.
        self.doubtful_threads.extend(key.filter(|_| self.has_more_threads));
        self.missing_items(id).or_else(|| self.gap_after(id, Seq(0)))
    }

    /// The root of the open thread, which is one of the open conversation.
    #[must_use]
    pub fn opened_thread(&self) -> Option<Seq> {
        self.open_thread
    }

    /// The replies of the open thread, and its root; none before they are fetched.
    #[must_use]
    pub fn thread_timeline(&self) -> Option<&Timeline> {
        self.thread_timeline.as_ref()
    }

    /// How far a thread is read; none where nothing is known of it, and the user mostly does not follow it.
    #[must_use]
    pub fn thread(&self, id: ConversationId, root: Seq) -> Option<&ThreadState> {
        self.threads.get(&(id, root))
    }

    /// The cached threads, in no order, but for those of which events may be missing.
    pub fn certain_threads(&self) -> impl Iterator<Item = &ThreadState> {
        let is_doubtful = |thread: &ThreadState| {
            self.doubtful_threads.contains(&(thread.conversation, thread.root))
                || self.doubtful_lists.contains_key(&thread.conversation)
        };
        self.threads.values().filter(move |thread| !is_doubtful(thread))
    }

    /// The cached threads with something unread, in no order.
    pub fn unread_threads(&self) -> impl Iterator<Item = &ThreadState> {
        self.threads.values().filter(|thread| thread.unread > 0)
    }

    /// In how many threads that the user follows something is unread: all of them are cached, unless a welcome had
    /// [`MAX_WELCOME_UNREAD_THREADS`](crate::protocol::MAX_WELCOME_UNREAD_THREADS) older ones.
    #[must_use]
    pub fn unread_thread_count(&self) -> u64 {
        self.unread_threads().count() as u64
    }

    /// Keeps a message that a message of the open conversation, or of its open thread, replies to while that is being written
    /// or sent.
    pub fn want_quote(&mut self, id: ConversationId, thread: Option<Seq>, seq: Seq) -> Option<FetchRequest> {
        let timeline = match thread {
            None => self.timelines.get_mut(&id),
            Some(_) => self.thread_timeline.as_mut().filter(|timeline| timeline.thread() == thread),
        };
        timeline.filter(|_| self.open == Some(id))?.want_quote(seq);
        self.gap_after(id, Seq(0))
    }

    /// A message that a cached one replies to; none where it is not cached yet.
    #[must_use]
    pub fn quoted(&self, id: ConversationId, seq: Seq) -> Option<&Message> {
        let thread = self.thread_timeline.as_ref().filter(|_| self.open == Some(id));
        let mut timelines = self.timelines.get(&id).into_iter().chain(thread);
        timelines.find_map(|timeline| timeline.quoted_message(seq))
    }

    /// Takes the newest replies of a thread, as they were requested.
    pub(super) fn thread_messages(&mut self, id: ConversationId, page: MessagePage) -> Option<FetchRequest> {
        self.fetching.remove(&id);
        self.take_replies(id, page, |timeline, page| {
            let mut fresh = Timeline::of(page);
            fresh.follow();
            *timeline = Some(fresh);
        })
    }

    /// Takes older replies of the open thread, for which the reader scrolled.
    pub fn adjacent_replies(&mut self, id: ConversationId, page: MessagePage) -> Option<FetchRequest> {
        self.take_replies(id, page, |timeline, page| {
            if let Some(timeline) = timeline {
                timeline.extend(page);
            }
        })
    }

    fn take_replies(
        &mut self,
        id: ConversationId,
        mut page: MessagePage,
        merge: impl FnOnce(&mut Option<Timeline>, MessagePage),
    ) -> Option<FetchRequest> {
        self.add_users(std::mem::take(&mut page.users));
        let page_head = page.head_seq;
        let root = page.root.as_ref().map(|root| root.seq);
        if self.open == Some(id) && root.is_some() && self.open_thread == root {
            merge(&mut self.thread_timeline, page);
            if let Some(timeline) = &mut self.thread_timeline {
                self.recent.events().for_each(|event| timeline.apply(event));
            }
        }
        self.after_fetch(id, page_head)
    }

    /// Takes the answer that a thread does not exist: nothing is left of it, and an open one is closed.
    pub fn thread_gone(&mut self, id: ConversationId, root: Seq) -> Option<FetchRequest> {
        self.fetching.remove(&id);
        self.doubtful_threads.remove(&(id, root));
        self.threads.remove(&(id, root));
        if self.open == Some(id) && self.open_thread == Some(root) {
            self.close_thread();
        }
        self.missing_items(id).or_else(|| self.gap_after(id, Seq(0)))
    }

    /// Takes the item around the seq of a message that another replies to.
    pub(super) fn quoted_messages(
        &mut self,
        id: ConversationId,
        seq: Seq,
        mut page: MessagePage,
    ) -> Option<FetchRequest> {
        self.fetching.remove(&id);
        self.add_users(std::mem::take(&mut page.users));
        let (page_head, thread) = (page.head_seq, page.root.as_ref().map(|root| root.seq));
        let found = page.items.into_iter().find(|item| item.seq() == seq);
        let found = found.and_then(|item| match item {
            Item::Message(message) => Some(message),
            Item::Notice(_) => None,
        });
        if self.open == Some(id) {
            let beside = self
                .thread_timeline
                .as_mut()
                .filter(|timeline| thread.is_some() && timeline.thread() == thread);
            for timeline in self.timelines.get_mut(&id).into_iter().chain(beside) {
                timeline.take_quote(seq, found.clone(), page_head);
                self.recent.events().for_each(|event| timeline.apply(event));
            }
        }
        self.after_fetch(id, page_head)
    }

    /// Takes how far a thread is read: from a signal, or fetched.
    pub fn thread_changed(&mut self, state: ThreadState) -> Option<FetchRequest> {
        // The answer of a pending fetch may be older.
        self.note_change_during_fetch(state.conversation);
        self.take_thread_state(state, false)
    }

    /// `is_newest` says that no signal came since the state was requested.
    fn take_thread_state(&mut self, state: ThreadState, is_newest: bool) -> Option<FetchRequest> {
        let id = state.conversation;
        if self.gone.contains_key(&id) {
            return None;
        }
        let key = (id, state.root);
        let contradicts = self.contradicts(&state);
        if !self.take_thread(state) || contradicts && !is_newest {
            self.doubtful_threads.insert(key);
        } else if is_newest {
            self.doubtful_threads.remove(&key);
        }
        // What was opened meanwhile waited for the fetch.
        self.missing_items(id).or_else(|| self.gap_after(id, Seq(0)))
    }

    /// Whether a thread is followed by one state and not by another as of the same event: which of them is later they do not
    /// say, and signals may overtake each other.
    fn contradicts(&self, state: &ThreadState) -> bool {
        self.threads.get(&(state.conversation, state.root)).is_some_and(|known| {
            let head = self.conversations.get(&state.conversation).map(|c| c.head_seq);
            known.following != state.following
                && state.head_seq <= known.head_seq.max(head.unwrap_or_default())
        })
    }

    /// Takes how far a thread is read, unless events since then are applied here already. Answers whether it is taken in.
    fn take_thread(&mut self, state: ThreadState) -> bool {
        let key = (state.conversation, state.root);
        let head = self.conversations.get(&key.0).map(|c| c.head_seq);
        let known = self.threads.get(&key);
        let applied = head.max(known.map(|thread| thread.head_seq));
        // Of two signals between the same events the later may come first: who reads on goes forward. What is in doubt may be
        // further than the user is.
        let is_doubtful = self.doubtful_threads.contains(&key) || self.doubtful_lists.contains_key(&key.0);
        let is_overtaken = known.is_some_and(|known| {
            let follows = known.following && state.following && !is_doubtful;
            follows && Some(state.head_seq) == applied && state.read_seq < known.read_seq
        });
        let is_newest = applied.is_none_or(|applied| state.head_seq >= applied);
        if is_newest && !is_overtaken {
            self.threads.insert(key, state);
        }
        is_newest
    }

    /// Takes how far a thread is read, as it was requested.
    pub fn thread_state(&mut self, state: ThreadState) -> Option<FetchRequest> {
        let is_newest = self.fetching.remove(&state.conversation) == Some(false);
        self.take_thread_state(state, is_newest)
    }

    /// The user reads the open thread up to a cached reply. Answers the seq to send to the server, where the position moved.
    pub fn read_thread_to(&mut self, id: ConversationId, root: Seq, seq: Seq) -> Option<Seq> {
        let head = self.conversations.get(&id)?.head_seq;
        let me = self.me.as_ref()?.id;
        let timeline = self.thread_timeline.as_ref().filter(|timeline| timeline.thread() == Some(root))?;
        let seq = seq.min(timeline.last()).min(head);
        let state = self.threads.get_mut(&(id, root))?;
        if seq <= state.read_seq {
            return None;
        }
        let unread = |item: &&Item| {
            let message = item.message();
            item.seq() > seq && message.is_some_and(|message| message.by != me && message.deleted.is_none())
        };
        if state.following && timeline.last() >= head {
            state.unread = timeline.items().filter(unread).count() as u64;
        }
        state.mentions.retain(|mention| mention.event > seq);
        state.read_seq = seq;
        Some(seq)
    }

    pub(super) fn close_thread(&mut self) {
        (self.open_thread, self.thread_timeline) = (None, None);
    }

    /// What the open thread lacks: all its replies.
    pub(super) fn missing_thread(&mut self, id: ConversationId) -> Option<FetchRequest> {
        let root = self.open_thread.filter(|_| self.open == Some(id) && self.thread_timeline.is_none())?;
        self.request(FetchRequest::Thread(id, root))
    }

    /// What is lacking beside the items of a conversation: messages that others reply to, and how far threads are read.
    pub(super) fn missing_beside(&mut self, id: ConversationId) -> Option<FetchRequest> {
        if self.open == Some(id) {
            let thread = self.thread_timeline.as_ref();
            let mut timelines = self.timelines.get(&id).into_iter().chain(thread);
            let unknown = timelines.find_map(|timeline| {
                let seq = timeline.unknown_quote()?;
                Some((timeline.thread_of_quote(seq), seq))
            });
            if let Some((thread, seq)) = unknown {
                return self.request(FetchRequest::Quoted(id, thread, seq));
            }
        }
        if self.doubtful_lists.contains_key(&id) {
            let request = self.request(FetchRequest::Threads(id));
            if request.is_some() {
                self.doubtful_lists.insert(id, Doubt::Requested);
            }
            return request;
        }
        let mut doubtful = self.doubtful_threads.range((id, Seq(0))..=(id, Seq(u64::MAX)));
        let (id, root) = doubtful.next().copied()?;
        self.request(FetchRequest::ThreadState(id, root))
    }

    /// Applies an event that was just applied to its conversation, or that the conversation had already: then it is not new, and
    /// the user may have stopped to follow the thread since.
    pub(super) fn apply_to_threads(&mut self, event: &Event, me: UserId, is_new: bool) {
        let id = event.conversation;
        if self.left_threads.get(&id).is_some_and(|left| event.seq <= *left) {
            return;
        }
        if matches!(event.body, EventBody::Left(_)) && event.by == me {
            // Who comes back follows nothing, also where an earlier event arrives once more.
            self.left_threads.insert(id, event.seq);
            self.threads.retain(|(of, _), thread| *of != id || thread.head_seq >= event.seq);
        }
        let Some(root) = thread_of(event) else { return };
        let key = (event.conversation, root);
        if is_redacted(event) && self.threads.get(&key).is_none_or(|thread| thread.head_seq < event.seq) {
            // It does not say any more whom it mentioned.
            self.doubtful_threads.insert(key);
        }
        if let Some(state) = self.threads.get_mut(&key) {
            state.apply(event, me);
            return;
        }
        let EventBody::Posted(posted) = &event.body else { return };
        if posted.makes_follow(event.by, me) {
            let mut state = ThreadState::new(event.conversation, root, Seq(event.seq.0 - 1));
            state.apply(event, me);
            self.threads.insert(key, state);
            // It may be followed already, with more unread.
            if self.has_more_threads || !is_new {
                self.doubtful_threads.insert(key);
            }
        } else if self.has_more_threads {
            self.doubtful_threads.insert(key);
        }
    }

    /// Whether all events of a conversation that is not cached arrived here since the user became a member, up to this one.
    pub(super) fn follows_noted(&self, event: &Event, me: UserId) -> bool {
        match &event.body {
            EventBody::Joined(joined) if joined.users.contains(&me) => true,
            _ => self.noted_seqs.get(&event.conversation).is_some_and(|noted| noted.next() == event.seq),
        }
    }

    /// A conversation is fetched that is not known up to that seq: events may be in it that were not applied to its threads.
    pub(super) fn doubt_threads_of(&mut self, id: ConversationId, head: Seq) {
        if self.conversations.get(&id).is_some_and(|c| c.head_seq < head) {
            self.doubtful_lists.insert(id, Doubt::New);
        }
    }

    /// Takes the threads that the user follows, as they were requested: those with the newest replies.
    pub fn thread_list(&mut self, id: ConversationId, page: ThreadPage) -> Option<FetchRequest> {
        let is_newest = self.fetching.remove(&id) == Some(false);
        self.add_users(page.users);
        for FollowedThread { state, .. } in page.threads {
            let key = (state.conversation, state.root);
            // A signal may have come since the list was requested, of another conversation at least.
            let is_certain = is_newest && key.0 == id;
            let is_older = self.threads.get(&key).is_some_and(|known| known.read_seq > state.read_seq);
            if !is_certain && (is_older || self.contradicts(&state)) {
                self.doubtful_threads.insert(key);
            }
            if !self.take_thread(state) && (key.0 == id || !self.conversations.contains_key(&key.0)) {
                self.doubtful_threads.insert(key);
            }
        }
        if self.doubtful_lists.get(&id) == Some(&Doubt::Requested) {
            self.doubtful_lists.remove(&id);
        }
        // What is not among them is fetched by itself.
        if let Some(head) = self.conversations.get(&id).map(|c| c.head_seq) {
            let here = self.threads.values().filter(|thread| thread.conversation == id);
            let behind = here.filter(|thread| thread.head_seq < head);
            self.doubtful_threads.extend(behind.map(|thread| (id, thread.root)));
        }
        self.missing_items(id).or_else(|| self.gap_after(id, Seq(0)))
    }

    /// The user is no member of a conversation any more.
    pub(super) fn leave_threads(&mut self, id: ConversationId) {
        self.threads.retain(|_, thread| thread.conversation != id);
        self.doubtful_threads.retain(|(conversation, _)| *conversation != id);
        self.doubtful_lists.remove(&id);
        if self.open == Some(id) {
            self.close_thread();
        }
    }
}

/// Whether an event may concern a thread.
pub(super) fn concerns_threads(event: &Event) -> bool {
    thread_of(event).is_some() || matches!(event.body, EventBody::Left(_))
}

/// The root of the thread that an event may concern.
fn thread_of(event: &Event) -> Option<Seq> {
    match &event.body {
        EventBody::Posted(posted) => posted.thread,
        EventBody::Edited(edited) => edited.thread,
        // A reply, or perhaps a root.
        EventBody::Deleted(deleted) => Some(deleted.changed_root().unwrap_or(deleted.target)),
        _ => None,
    }
}

/// Whether an event lacks what it said of a message that is deleted by now.
fn is_redacted(event: &Event) -> bool {
    match &event.body {
        EventBody::Posted(posted) => posted.text.as_str().is_empty(),
        EventBody::Edited(edited) => edited.text.as_str().is_empty(),
        _ => false,
    }
}
