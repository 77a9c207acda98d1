//! The reducer: what a person sees, kept up to date by what the server says. Pure: it opens no connection, asks for
//! no time, and answers what should be fetched ([`FetchRequest`]) instead of fetching.

mod outbox;
mod reading;
mod typing;

use std::collections::{HashMap, hash_map::Entry};

pub use self::{
    outbox::{Outbox, OutboxChange, OutboxEntry, SendState},
    typing::TypingUsers,
};
use crate::{
    api::ConversationView,
    conversation::{Conversation, ConversationKind, ReadPosition},
    event::{ApplyOutcome, Event, EventBody},
    id::{ConversationId, Seq, Timestamp, UserId},
    protocol::{Ack, EventFrame, ReadSignal, Welcome},
    timeline::Timeline,
    user::{Presence, User},
};

/// What the reducer needs and does not have. Whoever drives it fetches that and hands it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchRequest {
    /// The conversation itself ([`State::view`], [`State::gone`]), and then its newest events where it is looked at.
    Conversation(ConversationId),
    /// The events after a seq ([`State::page`]).
    After(ConversationId, Seq),
    /// The newest events ([`State::page`]).
    Newest(ConversationId),
    /// The events around a seq, which is one of them: those before it and those from it on ([`State::page`]).
    Around(ConversationId, Seq),
}

impl FetchRequest {
    /// Which conversation it is about.
    #[must_use]
    pub fn conversation(self) -> ConversationId {
        match self {
            Self::Conversation(id) | Self::After(id, _) | Self::Newest(id) | Self::Around(id, _) => id,
        }
    }
}

/// The most events that are fetched unasked for a timeline that fell behind: a reader who was away for longer scrolls
/// through them, or asks for the newest.
const MAX_CATCH_UP: u64 = 200;

/// What a person sees.
#[derive(Clone, Debug, Default)]
pub struct State {
    me: Option<User>,
    users: HashMap<UserId, User>,
    presence: HashMap<UserId, Presence>,
    conversations: HashMap<ConversationId, Conversation>,
    timelines: HashMap<ConversationId, Timeline>,
    typing: HashMap<ConversationId, TypingUsers>,
    /// What this client sent and has not seen in the log yet.
    pub outbox: Outbox,
    /// What is looked at: the only conversation whose events are fetched unasked.
    open: Option<ConversationId>,
    /// Conversations with a fetch under way, so that a burst of events beyond a gap asks once; and whether an event or a
    /// command's answer has told of them since. That there is no such conversation may then be from before.
    fetching: HashMap<ConversationId, bool>,
    /// The newest seq of events that came while they could not be folded: a fetch that was answered before they
    /// happened does not have them.
    noted_seqs: HashMap<ConversationId, Seq>,
    /// Conversations that do not exist for this person, or do no more: with the seq of the event with which they left,
    /// where that is known. An answer that knows less is from before.
    gone: HashMap<ConversationId, Seq>,
}

impl State {
    /// Who is signed in; none before the first welcome.
    #[must_use]
    pub fn me(&self) -> Option<&User> {
        self.me.as_ref()
    }

    /// A user by id, where one has been named so far.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(&id)
    }

    /// Whether somebody is online and when they last were, where that is known.
    #[must_use]
    pub fn presence(&self, id: UserId) -> Option<Presence> {
        self.presence.get(&id).copied()
    }

    /// One conversation.
    #[must_use]
    pub fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.conversations.get(&id)
    }

    /// The events held of a conversation; none where it was not opened yet.
    #[must_use]
    pub fn timeline(&self, id: ConversationId) -> Option<&Timeline> {
        self.timelines.get(&id)
    }

    /// Whether a conversation does not exist for this person, or does no more.
    #[must_use]
    pub fn is_gone(&self, id: ConversationId) -> bool {
        self.gone.contains_key(&id)
    }

    /// What is looked at.
    #[must_use]
    pub fn open_conversation(&self) -> Option<ConversationId> {
        self.open
    }

    /// The list of conversations, the latest first. A direct conversation with nothing in it shows only while it is
    /// open: somebody looked, and nobody spoke.
    #[must_use]
    pub fn list(&self) -> Vec<&Conversation> {
        let mut list: Vec<_> = self
            .conversations
            .values()
            .filter(|c| {
                c.kind != ConversationKind::Direct
                    || c.head_seq > Seq(0)
                    || self.open == Some(c.id)
                    || self.outbox.of(c.id).next().is_some()
            })
            .collect();
        list.sort_unstable_by_key(|c| (std::cmp::Reverse(c.last_activity_at), std::cmp::Reverse(c.id)));
        list
    }

    /// What was refused and was written to a conversation that one is not in: no timeline shows it. None before the
    /// first welcome, when no conversation is known.
    pub fn stranded(&self) -> impl Iterator<Item = &OutboxEntry> {
        let stranded = |o: &&OutboxEntry| {
            matches!(o.state, SendState::Failed(..)) && !self.conversations.contains_key(&o.conversation())
        };
        self.outbox.unsent().filter(|_| self.me.is_some()).filter(stranded)
    }

    /// How many messages are unread in all conversations together.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.conversations.values().map(Conversation::unread).sum()
    }

    /// The direct conversation with somebody, where there is one.
    #[must_use]
    pub fn direct_with(&self, user: UserId) -> Option<&Conversation> {
        self.conversations.values().find(|c| c.peer == Some(user))
    }

    /// Those who are writing in a conversation now, oneself left out.
    #[must_use]
    pub fn typing(&self, id: ConversationId, now: Timestamp) -> Vec<UserId> {
        self.typing.get(&id).map(|users| users.now(now)).unwrap_or_default()
    }

    /// Begins, or begins again: the server's word replaces what was held, and what is looked at is brought up to date.
    pub fn welcome(&mut self, welcome: Welcome) -> Option<FetchRequest> {
        self.fetching.clear();
        self.noted_seqs.clear();
        self.add_users(welcome.users);
        self.add_users([welcome.you.clone()]);
        self.presence = welcome.presence.into_iter().map(|p| (p.user, p)).collect();
        self.me = Some(welcome.you);
        self.conversations = welcome.conversations.into_iter().map(|c| (c.id, c)).collect();
        let (conversations, open) = (&self.conversations, self.open);
        self.gone.retain(|id, _| !self.conversations.contains_key(id));
        self.timelines.retain(|id, timeline| {
            // What is not looked at and fell behind is fetched afresh when it is opened.
            conversations.get(id).is_some_and(|c| Some(*id) == open || timeline.top() == c.head_seq)
        });
        if let Some(open) = open
            && let Some(head) = conversations.get(&open).map(|c| c.head_seq)
            && let Some(timeline) = self.timelines.get_mut(&open)
            && head.0 > timeline.top().0 + MAX_CATCH_UP
        {
            timeline.detach();
        }
        self.drop_applied();
        open.and_then(|id| self.bring_up_to_date(id))
    }

    /// Takes a live event.
    pub fn event(&mut self, frame: EventFrame) -> Option<FetchRequest> {
        self.add_users(frame.users);
        self.apply(frame.event)
    }

    fn apply(&mut self, event: Event) -> Option<FetchRequest> {
        let id = event.conversation;
        let me = self.me.as_ref()?.id;
        if self.gone.get(&id).is_some_and(|left| event.seq <= *left) {
            return None;
        }
        let held = self.conversations.get_mut(&id);
        if event.by == me
            && matches!(event.body, EventBody::Left(_))
            && held.as_ref().is_none_or(|c| c.head_seq < event.seq)
        {
            self.leave(id, event.seq);
            return None;
        }
        let Some(conversation) = held else {
            // One that we are new in: the event is in what is fetched.
            self.note_seq(id, event.seq);
            return self.request(FetchRequest::Conversation(id));
        };
        match event.apply(conversation, me) {
            ApplyOutcome::Gap => {
                self.note_seq(id, event.seq);
                return self.gap_after(id, event.seq);
            }
            ApplyOutcome::Known => {}
            ApplyOutcome::Applied => {
                if let Some(typing) = self.typing.get_mut(&id) {
                    typing.stop(event.by);
                }
            }
        }
        if let Some(client_id) = event.client_id.filter(|_| event.by == me) {
            self.outbox.arrived(client_id);
        }
        if let Some(timeline) = self.timelines.get_mut(&id) {
            timeline.push(event);
        }
        // An acknowledged command that changed nothing has no event of its own.
        self.drop_applied();
        None
    }

    /// Takes a conversation that was needed.
    pub fn view(&mut self, view: ConversationView) -> Option<FetchRequest> {
        self.fetching.remove(&view.conversation.id);
        self.take_view(view)
    }

    /// Takes a conversation that a command of one's own made or changed.
    pub fn made(&mut self, view: ConversationView) -> Option<FetchRequest> {
        self.note_change_during_fetch(view.conversation.id);
        self.take_view(view)
    }

    fn take_view(&mut self, view: ConversationView) -> Option<FetchRequest> {
        let id = view.conversation.id;
        self.add_users(view.users);
        self.presence.extend(view.presence.into_iter().map(|p| (p.user, p)));
        if self.gone.get(&id).is_some_and(|left| view.conversation.head_seq < *left) {
            return self.refetch_if_noted(id);
        }
        self.gone.remove(&id);
        let mut fresh = view.conversation;
        let (head, seen) = (fresh.head_seq, fresh.peers_read_seq);
        // An older answer may arrive after newer events, and one of a server that has not heard yet how far one has read:
        // the events then say what is new in it.
        let knows_less =
            |held: &&mut Conversation| fresh.head_seq < held.head_seq || fresh.read_seq < held.read_seq;
        if let Some(held) = self.conversations.get_mut(&id).filter(knows_less) {
            held.peers_read_seq = held.peers_read_seq.max(seen);
        } else {
            if let Some((typing, last)) = self.typing.get_mut(&id).zip(fresh.last_message.as_ref()) {
                typing.stop(last.by);
            }
            if let Some(held) = self.conversations.get(&id) {
                // This client may have heard of how far others have read before the answer came.
                fresh.peers_read_seq = seen.max(held.peers_read_seq);
            }
            self.conversations.insert(id, fresh);
        }
        // An event that came during the fetch may be newer than its answer.
        self.missing_tail(id).or_else(|| self.gap_after(id, head))
    }

    /// Takes the answer that a conversation does not exist for this person.
    pub fn gone(&mut self, id: ConversationId) -> Option<FetchRequest> {
        // Where nothing is under way, the last welcome said what there is.
        let told_since = self.fetching.remove(&id)?;
        if told_since {
            return self.request(FetchRequest::Conversation(id));
        }
        self.noted_seqs.remove(&id);
        let left = self.conversations.get(&id).map_or(Seq(0), |c| c.head_seq);
        self.leave(id, left);
        None
    }

    /// A fetch came to nothing: answers what is still needed. Whoever asks again takes a while over it.
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

    /// Takes the server's word that a message is on disk.
    pub fn ack(&mut self, ack: &Ack) {
        if self.is_applied(ack.conversation, ack.seq) {
            self.outbox.arrived(ack.client_id);
        } else {
            self.outbox.sent(ack);
        }
    }

    /// Takes a cursor that moved, one's own or another's.
    pub fn read(&mut self, signal: &ReadSignal) {
        let mine = self.me.as_ref().is_some_and(|me| me.id == signal.user);
        let Some(conversation) = self.conversations.get_mut(&signal.conversation) else { return };
        if !mine {
            conversation.peers_read_seq = conversation.peers_read_seq.max(signal.read_seq);
        } else {
            let position = ReadPosition { read_seq: signal.read_seq, read_count: signal.read_count };
            conversation.move_read_position(position);
        }
    }

    /// Takes the signal that a member is writing; it fades by itself.
    pub fn typed(&mut self, id: ConversationId, user: User, now: Timestamp) {
        if self.me.as_ref().is_some_and(|me| me.id != user.id) {
            self.typing.entry(id).or_default().typed(user.id, now);
            self.add_users([user]);
        }
    }

    /// Takes the signal that a member has stopped writing.
    pub fn typing_stopped(&mut self, id: ConversationId, user: UserId) {
        if let Some(typing) = self.typing.get_mut(&id) {
            typing.stop(user);
        }
    }

    /// Takes the signal that somebody came or went.
    pub fn presence_changed(&mut self, presence: Presence) {
        self.presence.insert(presence.user, presence);
    }

    /// Drops a conversation that one is in no more; what the server refuses there is [`State::stranded`] then.
    fn leave(&mut self, id: ConversationId, seq: Seq) {
        let left = self.gone.entry(id).or_default();
        *left = seq.max(*left);
        if self.noted_seqs.get(&id).is_some_and(|heard| *heard <= *left) {
            self.noted_seqs.remove(&id);
        }
        self.conversations.remove(&id);
        self.timelines.remove(&id);
        self.typing.remove(&id);
        self.outbox.left(id);
    }

    /// Whether an event is behind us: in the timeline or before it, or in a log that nobody looks at.
    fn is_applied(&self, id: ConversationId, seq: Seq) -> bool {
        match self.timelines.get(&id) {
            Some(timeline) if timeline.follows() => seq <= timeline.top(),
            _ => self.conversations.get(&id).is_none_or(|c| seq <= c.head_seq),
        }
    }

    fn add_users(&mut self, users: impl IntoIterator<Item = User>) {
        self.users.extend(users.into_iter().map(|user| (user.id, user)));
    }

    fn note_change_during_fetch(&mut self, id: ConversationId) {
        if let Some(told_since) = self.fetching.get_mut(&id) {
            *told_since = true;
        }
    }

    fn note_seq(&mut self, id: ConversationId, seq: Seq) {
        self.note_change_during_fetch(id);
        let heard = self.noted_seqs.entry(id).or_default();
        *heard = seq.max(*heard);
    }

    /// Asks for a conversation that is not held and was heard of: one was added during a fetch, perhaps again.
    fn refetch_if_noted(&mut self, id: ConversationId) -> Option<FetchRequest> {
        if self.noted_seqs.contains_key(&id) { self.request(FetchRequest::Conversation(id)) } else { None }
    }

    /// What a conversation lacks, whose newest seq is this or one that was heard of: the events from the first that
    /// is not folded, or not in the timeline that is looked at.
    fn gap_after(&mut self, id: ConversationId, newest: Seq) -> Option<FetchRequest> {
        let head = self.conversations.get(&id)?.head_seq;
        let heard = self.noted_seqs.get(&id).copied().unwrap_or_default();
        if heard <= head {
            self.noted_seqs.remove(&id);
        }
        let timeline = self.timelines.get(&id).filter(|t| self.open == Some(id) && t.follows());
        let from = timeline.map_or(head, |timeline| timeline.top().min(head));
        if from < head.max(newest).max(heard) { self.request(FetchRequest::After(id, from)) } else { None }
    }

    /// Drops from the outbox what is on disk and shown, or would be above what is shown.
    fn drop_applied(&mut self) {
        for (client_id, conversation, seq) in self.outbox.acknowledged() {
            if self.is_applied(conversation, seq) {
                self.outbox.arrived(client_id);
            }
        }
    }

    fn request(&mut self, request: FetchRequest) -> Option<FetchRequest> {
        match self.fetching.entry(request.conversation()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(place) => {
                place.insert(false);
                Some(request)
            }
        }
    }
}
