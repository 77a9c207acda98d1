//! The state of a client: everything that a user sees, kept up to date by the server's frames. Pure: it opens no
//! connection and reads no clock, and where data is missing it returns a [`FetchRequest`] instead of fetching.

mod fetch_request;
mod fetching;
mod group_requests;
mod listing;
mod outbox;
mod pending;
mod reading;
mod recent;
mod taken;
mod threads;
mod typing;
mod users;

use std::collections::{BTreeSet, HashMap, HashSet};

pub use self::{
    fetch_request::FetchRequest,
    outbox::{Outbox, OutboxChange, OutboxEntry, SendState},
    pending::MessageView,
    typing::TypingUsers,
};
use self::{recent::RecentEvents, taken::Taken};
use crate::{
    api::ConversationView,
    conversation::{Conversation, ConversationKind, ListCursor},
    error::ErrorCode,
    event::{ApplyOutcome, Event, EventBody},
    group_request::GroupRequest,
    id::{ConversationId, Seq, Timestamp, UserId},
    protocol::{Ack, EventFrame, Limits, MAX_WELCOME_THREADS, Welcome},
    thread::ThreadState,
    timeline::Timeline,
    user::{Presence, User},
};

/// What a user sees.
#[derive(Clone, Debug, Default)]
pub struct State {
    me: Option<User>,
    limits: Limits,
    users: HashMap<UserId, User>,
    /// Those whom something has named since the last welcome.
    named_users: HashSet<UserId>,
    /// How often somebody became known, or known by another name.
    name_changes: u64,
    presence: HashMap<UserId, Presence>,
    conversations: HashMap<ConversationId, Conversation>,
    /// Where there are conversations that are not cached: the last one of the part of the list that is cached without gaps.
    more: Option<ListCursor>,
    /// Whether the next part of the list is being fetched.
    fetching_more: bool,
    timelines: HashMap<ConversationId, Timeline>,
    typing: HashMap<ConversationId, TypingUsers>,
    /// The newest first.
    group_requests: Vec<GroupRequest>,
    /// The commands of this client that are not in the log yet.
    pub outbox: Outbox,
    /// The open conversation: the only one whose items are fetched automatically.
    open: Option<ConversationId>,
    /// Its newest events.
    recent: RecentEvents,
    /// The root of the thread of it that is open beside it.
    open_thread: Option<Seq>,
    /// The replies of that thread; none before they are fetched.
    thread_timeline: Option<Timeline>,
    /// Threads that the user follows, and those of which that is known otherwise.
    threads: HashMap<(ConversationId, Seq), ThreadState>,
    /// The event with which the user left a conversation last, of which later events arrived: nothing before it concerns its
    /// threads.
    left_threads: HashMap<ConversationId, Seq>,
    /// Whether the user may follow threads that are not cached. Nothing in those is unread: a welcome has all with something
    /// unread, and one in which something happens is fetched.
    has_more_threads: bool,
    /// Threads of which events may be missing: they are fetched.
    doubtful_threads: BTreeSet<(ConversationId, Seq)>,
    /// Conversations in which the user may follow threads that are not known here: the list is fetched.
    doubtful_lists: HashMap<ConversationId, Doubt>,
    /// Conversations with a pending fetch, so that a burst of events beyond a gap is fetched once; and whether an event or
    /// the answer to a command named them since. An answer that there is no such conversation may then be outdated.
    fetching: HashMap<ConversationId, bool>,
    /// The newest seq of events that could not be applied when they arrived: a fetch that was answered before they
    /// happened does not have them.
    noted_seqs: HashMap<ConversationId, Seq>,
    /// Conversations of which a signal named a read position of this user that is of another time than what is cached: they
    /// are fetched.
    doubtful_reads: HashMap<ConversationId, Doubt>,
    /// Conversations of which a signal said that this user's read position was set back: the answer to the next fetch may have
    /// a position before the one that is cached. They are doubtful, too.
    set_back: HashSet<ConversationId>,
    /// The last message of this user's own that is unread here: others' before it were unread when it was applied.
    unread_own: HashMap<ConversationId, Seq>,
    /// Conversations that do not exist for this user, or no longer: with the seq of the event with which they left, where
    /// that is known. An answer with an older head is outdated.
    gone: HashMap<ConversationId, Seq>,
}

/// Whether the fetch that resolves a doubt was requested: an answer that was under way before may be older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    New,
    Requested,
}

impl State {
    /// The user who is signed in; none before the first welcome.
    #[must_use]
    pub fn me(&self) -> Option<&User> {
        self.me.as_ref()
    }

    /// What the server allows, as the last welcome says.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// A user's presence, where it is known.
    #[must_use]
    pub fn presence(&self, id: UserId) -> Option<Presence> {
        self.presence.get(&id).copied()
    }

    /// One conversation.
    #[must_use]
    pub fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.conversations.get(&id)
    }

    /// The cached items of a conversation; none before it is opened.
    #[must_use]
    pub fn timeline(&self, id: ConversationId) -> Option<&Timeline> {
        self.timelines.get(&id)
    }

    /// Whether a conversation does not exist for this user, or no longer.
    #[must_use]
    pub fn is_gone(&self, id: ConversationId) -> bool {
        self.gone.contains_key(&id)
    }

    /// The open conversation.
    #[must_use]
    pub fn open_conversation(&self) -> Option<ConversationId> {
        self.open
    }

    /// The list of conversations, latest activity first. A direct conversation without events is listed only while it is
    /// open or has unsent messages.
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

    /// Refused commands for conversations that the user is no member of: no timeline shows them. None before the first
    /// welcome, when no conversation is known. Of a conversation that may be in a part of the list that is not cached, only
    /// what was refused because there is none.
    pub fn stranded(&self) -> impl Iterator<Item = &OutboxEntry> {
        let stranded = |o: &&OutboxEntry| match &o.state {
            SendState::Failed(code, _) => {
                !self.conversations.contains_key(&o.conversation())
                    && (*code == ErrorCode::UnknownConversation || !self.may_be_beyond(o.conversation()))
            }
            SendState::Waiting | SendState::Pending | SendState::Sent(_) => false,
        };
        self.outbox.unsent().filter(|_| self.me.is_some()).filter(stranded)
    }

    /// How many messages are unread in all conversations.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.conversations.values().map(Conversation::unread).sum()
    }

    /// The direct conversation with a user, where there is one.
    #[must_use]
    pub fn direct_with(&self, user: UserId) -> Option<&Conversation> {
        self.conversations.values().find(|c| c.peer == Some(user))
    }

    /// The other members who are writing in a conversation now.
    #[must_use]
    pub fn typing(&self, id: ConversationId, now: Timestamp) -> Vec<UserId> {
        self.typing.get(&id).map(|users| users.now(now)).unwrap_or_default()
    }

    /// Takes a welcome: it replaces the state, and the open conversation is brought up to date, unless too much is missing:
    /// then [`State::reload_stale`] is for the caller, who knows where the reader is. A conversation that the welcome lacks
    /// is left, or where the welcome has not all, perhaps beyond it: then it is unknown until it is fetched.
    pub fn welcome(&mut self, mut welcome: Welcome) -> Option<FetchRequest> {
        self.fetching.clear();
        self.noted_seqs.clear();
        self.doubtful_reads.clear();
        self.set_back.clear();
        self.unread_own.clear();
        self.welcome_users(&mut welcome);
        self.presence = welcome.presence.into_iter().map(|p| (p.user, p)).collect();
        self.me = Some(welcome.you);
        self.limits = welcome.limits;
        let open_before = self.take_open();
        self.conversations = welcome.conversations.into_iter().map(|c| (c.id, c)).collect();
        self.group_requests.clear();
        welcome.group_requests.into_iter().rev().for_each(|request| self.group_requested(request));
        (self.more, self.fetching_more) = (welcome.more, false);
        self.keep_beyond(open_before);
        let (conversations, open) = (&self.conversations, self.open);
        self.gone.retain(|id, _| !self.conversations.contains_key(id));
        self.timelines.retain(|id, timeline| {
            // A timeline that is not open and fell behind is fetched again when it is opened.
            conversations.get(id).is_some_and(|c| Some(*id) == open || timeline.applied() == c.head_seq)
        });
        self.has_more_threads = welcome.threads.len() >= MAX_WELCOME_THREADS;
        self.threads =
            welcome.threads.into_iter().map(|state| ((state.conversation, state.root), state)).collect();
        self.doubtful_threads.clear();
        self.left_threads.clear();
        self.doubtful_lists.clear();
        self.mark_stale_where_far_behind();
        self.drop_applied();
        let stale = |id: &ConversationId| self.timelines.get(id).is_some_and(Timeline::is_stale);
        open.filter(|id| !stale(id)).and_then(|id| self.bring_up_to_date(id))
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
        let cached = self.conversations.get_mut(&id);
        if event.by == me
            && matches!(event.body, EventBody::Left(_))
            && cached.as_ref().is_none_or(|c| c.head_seq < event.seq)
        {
            self.leave(id, event.seq);
            return None;
        }
        let Some(conversation) = cached else {
            // A new conversation: the event is in what is fetched.
            self.apply_to_threads(&event, me, true);
            if !self.follows_noted(&event, me) {
                self.doubtful_lists.insert(id, Doubt::New);
            }
            self.note_seq(id, event.seq);
            return self.request(FetchRequest::Conversation(id));
        };
        let is_answer = is_answer(&event, conversation);
        let mut learns_presence = false;
        match event.apply(conversation, me) {
            ApplyOutcome::Gap => {
                self.note_seq(id, event.seq);
                return self.gap_after(id, event.seq);
            }
            // A conversation that was fetched may have it, and its threads not.
            ApplyOutcome::Known => self.apply_to_threads(&event, me, false),
            ApplyOutcome::Applied => {
                if let Some(typing) = self.typing.get_mut(&id) {
                    typing.stop(event.by);
                }
                self.unread_own.extend(unread_own(&event, conversation, me).map(|seq| (id, seq)));
                let unknown = |peer: UserId| !self.presence.contains_key(&peer);
                learns_presence = is_answer && conversation.peer.is_some_and(unknown);
                self.apply_to_threads(&event, me, true);
            }
        }
        let own = own_ack(&event, me);
        if let Some(timeline) = self.timelines.get_mut(&id) {
            timeline.apply(&event);
        }
        if self.open == Some(id) {
            self.thread_timeline.iter_mut().for_each(|timeline| timeline.apply(&event));
            self.recent.push(event);
        }
        // A timeline that lacks earlier events does not show it yet: then it stays pending.
        if let Some(ack) = own {
            self.ack(&ack);
        }
        // An acknowledged command that changed nothing has no event of its own.
        self.drop_applied();
        // Two people who have answered each other see each other's presence from then on.
        if learns_presence { self.request(FetchRequest::Conversation(id)) } else { self.missing_beside(id) }
    }

    /// Takes a conversation that was fetched.
    pub fn view(&mut self, view: ConversationView) -> Option<FetchRequest> {
        self.fetching.remove(&view.conversation.id);
        self.take_view(view)
    }

    /// Takes the conversation that answers a command of this client.
    pub fn made(&mut self, view: ConversationView) -> Option<FetchRequest> {
        self.note_change_during_fetch(view.conversation.id);
        self.take_view(view)
    }

    fn take_view(&mut self, view: ConversationView) -> Option<FetchRequest> {
        let (id, head) = (view.conversation.id, view.conversation.head_seq);
        self.add_users(view.users);
        self.presence.extend(view.presence.into_iter().map(|p| (p.user, p)));
        match self.take_conversation(view.conversation) {
            Taken::Left => return self.refetch_if_noted(id),
            Taken::Cached if self.doubtful_reads.get(&id) == Some(&Doubt::Requested) => {
                self.doubtful_reads.remove(&id);
                self.set_back.remove(&id);
            }
            Taken::Cached | Taken::Outdated => {}
        }
        // An event that arrived during the fetch may be newer than its answer.
        self.missing_items(id).or_else(|| self.gap_after(id, head))
    }

    /// Takes the answer that a conversation does not exist for this user.
    pub fn gone(&mut self, id: ConversationId) -> Option<FetchRequest> {
        // Without a pending fetch, the last welcome said which conversations there are.
        let changed_since = self.fetching.remove(&id)?;
        if changed_since {
            return self.request(FetchRequest::Conversation(id));
        }
        self.noted_seqs.remove(&id);
        let left = self.conversations.get(&id).map_or(Seq(0), |c| c.head_seq);
        self.leave(id, left);
        None
    }

    /// Takes the ack of a command.
    pub fn ack(&mut self, ack: &Ack) {
        if self.is_applied(ack.conversation, ack.seq) {
            self.outbox.arrived(ack.client_id);
        } else {
            self.outbox.sent(ack);
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

    /// Takes the signal that a user connected or disconnected.
    pub fn presence_changed(&mut self, presence: Presence) {
        self.presence.insert(presence.user, presence);
    }

    /// Drops a conversation that the user left; commands that the server refuses there are [`State::stranded`].
    fn leave(&mut self, id: ConversationId, seq: Seq) {
        let left = self.gone.entry(id).or_default();
        *left = seq.max(*left);
        if self.noted_seqs.get(&id).is_some_and(|noted| *noted <= *left) {
            self.noted_seqs.remove(&id);
        }
        self.doubtful_reads.remove(&id);
        self.set_back.remove(&id);
        self.unread_own.remove(&id);
        self.conversations.remove(&id);
        self.timelines.remove(&id);
        self.leave_threads(id);
        self.typing.remove(&id);
        self.outbox.left(id);
    }

    /// Whether an event is applied to the timeline, or to a conversation without one.
    fn is_applied(&self, id: ConversationId, seq: Seq) -> bool {
        match self.timelines.get(&id) {
            Some(timeline) => {
                let thread = self.thread_timeline.as_ref().filter(|_| self.open == Some(id));
                seq <= thread.map_or(timeline.applied(), |thread| thread.applied().min(timeline.applied()))
            }
            None => self.conversations.get(&id).is_none_or(|c| seq <= c.head_seq),
        }
    }

    /// Drops entries of the outbox whose events are applied.
    fn drop_applied(&mut self) {
        for (client_id, conversation, seq) in self.outbox.acknowledged() {
            if self.is_applied(conversation, seq) {
                self.outbox.arrived(client_id);
            }
        }
    }
}

/// The seq of an event that was just applied, where it is a message of this user's own and unread.
fn unread_own(event: &Event, conversation: &Conversation, me: UserId) -> Option<Seq> {
    let own = event.by == me && event.body.timeline_message().is_some();
    (own && conversation.read_seq < event.seq).then_some(event.seq)
}

/// Whether an event, before it is applied, is a message that answers the newest one of a direct conversation.
fn is_answer(event: &Event, conversation: &Conversation) -> bool {
    conversation.kind == ConversationKind::Direct
        && event.body.timeline_message().is_some()
        && conversation.last_message.as_ref().is_some_and(|last| last.by != event.by)
}

/// The ack that an event of this user's command stands for: the event may arrive before it.
fn own_ack(event: &Event, me: UserId) -> Option<Ack> {
    let client_id = event.client_id.filter(|_| event.by == me)?;
    Some(Ack { client_id, conversation: event.conversation, seq: event.seq, at: event.at })
}
