//! One conversation, as this node delivers it.

use std::time::Instant;

use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, Seq, UserId},
};
use rustc_hash::FxHashSet;

use crate::{
    domain::audience::Audience,
    realtime::bus::nats::{
        arrival::{Arrived, ArrivedSignal},
        repair::Repair,
        sequence::Sequence,
    },
};

/// How many signals wait for events; more are dropped.
const MAX_WAITING: usize = 64;

pub(super) struct Track<S> {
    pub(super) kind: ConversationKind,
    pub(super) sequence: Sequence<Arrived>,
    /// Whether a read of the missing events from storage is in progress.
    pub(super) repairing: bool,
    pub(super) touched: Instant,
    /// The members of a group who are connected here.
    members: FxHashSet<UserId>,
    /// The same as an audience; none since they changed.
    audience: Option<Audience>,
    /// Signals that wait for events.
    waiting: Vec<ArrivedSignal>,
    /// Held for as long as the conversation is tracked.
    _subscription: Option<S>,
}

impl<S> Track<S> {
    /// A group, of which nobody is here yet.
    pub(super) fn of_group(subscription: S, head: Option<Seq>) -> Self {
        Self { _subscription: Some(subscription), ..Self::new(ConversationKind::Group, None, head) }
    }

    /// A conversation whose members do not change.
    pub(super) fn of_fixed(kind: ConversationKind, audience: Audience) -> Self {
        Self::new(kind, Some(audience), None)
    }

    fn new(kind: ConversationKind, audience: Option<Audience>, head: Option<Seq>) -> Self {
        Self {
            kind,
            sequence: Sequence::new(head),
            repairing: false,
            touched: Instant::now(),
            members: FxHashSet::default(),
            audience,
            waiting: Vec::new(),
            _subscription: None,
        }
    }

    /// The members that are connected to this node.
    pub(super) fn audience(&mut self) -> &Audience {
        self.audience.get_or_insert_with(|| Audience::of(self.members.iter().copied()))
    }

    pub(super) fn add(&mut self, user: UserId) {
        if self.kind == ConversationKind::Group && self.members.insert(user) {
            self.audience = None;
        }
    }

    /// Answers whether no member is here any more.
    pub(super) fn remove(&mut self, user: UserId) -> bool {
        if self.kind != ConversationKind::Group {
            return false;
        }
        if self.members.remove(&user) {
            self.audience = None;
        }
        self.members.is_empty()
    }

    /// Those here who are not among the members.
    pub(super) fn absent_from(&self, members: &Audience) -> Vec<UserId> {
        self.members.iter().copied().filter(|user| !members.contains(*user)).collect()
    }

    /// Whether others are here than these.
    pub(super) fn differs(&self, kind: ConversationKind, members: &[UserId]) -> bool {
        kind == ConversationKind::Group
            && (members.len() != self.members.len()
                || members.iter().any(|user| !self.members.contains(user)))
    }

    /// Whether anything waits for events that are missing.
    pub(super) fn is_behind(&self) -> bool {
        self.sequence.has_gap() || !self.waiting.is_empty()
    }

    /// What to ask storage for; none while it is being asked.
    pub(super) fn repair(&mut self, id: ConversationId) -> Option<Repair> {
        let after = self.sequence.last().unwrap_or_default();
        (!std::mem::replace(&mut self.repairing, true)).then_some(Repair { conversation: id, after })
    }

    /// Has a signal wait. Answers whether there is room.
    pub(super) fn wait(&mut self, signal: ArrivedSignal) -> bool {
        let has_room = self.waiting.len() < MAX_WAITING;
        if has_room {
            self.waiting.push(signal);
        }
        has_room
    }

    /// Takes the signals that need to wait no longer.
    pub(super) fn take_signals(&mut self) -> Vec<ArrivedSignal> {
        let last = self.sequence.last().unwrap_or_default();
        self.waiting.extract_if(.., move |signal| signal.after <= last).collect()
    }
}
