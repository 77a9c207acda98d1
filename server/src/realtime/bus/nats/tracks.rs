//! What this node knows of the conversations that it delivers: which of their members are here, and how far their events are
//! delivered. Pure: it answers what to do.
//!
//! Membership is followed through the events themselves, in their order. Where events are missing before one, nothing is
//! delivered until they are read from storage with the members of then: somebody who was removed by an event that got lost
//! receives nothing of what follows.

#[cfg(test)]
mod tests;
mod track;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, Seq, UserId},
};
use rustc_hash::{FxHashMap, FxHashSet};

use self::track::Track;
use super::{
    arrival::{Arrivals, Arrived, ArrivedSignal},
    repair::{Repair, Repaired},
    sequence::Offered,
};
use crate::{
    domain::audience::Audience,
    realtime::{hub::Item, published::PublishedEvent},
    websocket::frame::Frame,
};

/// How long an event waits for earlier ones that are under way from another node; then they are read from storage.
pub(super) const GAP_TIMEOUT: Duration = Duration::from_millis(50);

/// How long to wait where storage could not be read.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// For how long it is remembered how far a direct conversation is delivered.
const IDLE: Duration = Duration::from_secs(60);

/// What to do.
#[derive(Default)]
pub(super) struct Actions {
    pub(super) deliveries: Vec<(Audience, Vec<Item>)>,
    pub(super) repairs: Vec<Repair>,
}

/// A user who is connected here.
struct Followed {
    /// Which attachment this is: one that ends late never takes away a newer one's.
    generation: u64,
    /// Whether it is known which groups the user had when they were attached.
    is_complete: bool,
    groups: FxHashSet<ConversationId>,
    /// The groups that the user is not in, with the event as of which that is known: what storage had before it is outdated.
    left: FxHashMap<ConversationId, Seq>,
}

/// The conversations, with a subscription `S` of each group.
pub(super) struct Tracks<S> {
    subscribe: Box<dyn Fn(ConversationId) -> S + Send + Sync>,
    users: FxHashMap<UserId, Followed>,
    tracks: FxHashMap<ConversationId, Track<S>>,
    /// When to look again at conversations that miss events.
    deadlines: BTreeSet<(Instant, ConversationId)>,
}

impl<S> Tracks<S> {
    pub(super) fn new(subscribe: impl Fn(ConversationId) -> S + Send + Sync + 'static) -> Self {
        Self {
            subscribe: Box::new(subscribe),
            users: FxHashMap::default(),
            tracks: FxHashMap::default(),
            deadlines: BTreeSet::new(),
        }
    }

    /// A user has a connection here: from now on it is noted into which groups they come.
    pub(super) fn attach(&mut self, user: UserId, generation: u64) {
        let (groups, left) = (FxHashSet::default(), FxHashMap::default());
        let followed = Followed { generation, is_complete: false, groups, left };
        if let Some(before) = self.users.insert(user, followed) {
            self.remove_from(user, before.groups);
        }
    }

    /// The groups of a user, and their heads, as storage has them since the user was attached.
    pub(super) fn follow(&mut self, user: UserId, generation: u64, groups: Vec<(ConversationId, Seq)>) {
        let Some(followed) = self.users.get_mut(&user) else { return };
        if followed.generation != generation {
            return;
        }
        followed.is_complete = true;
        for (id, head) in groups {
            if !self.has_left_since(id, user, head) {
                self.add_member(id, user, Some(head));
            }
        }
    }

    /// The user's last connection here has ended.
    pub(super) fn detach(&mut self, user: UserId, generation: u64) {
        if self.users.get(&user).is_some_and(|followed| followed.generation == generation)
            && let Some(followed) = self.users.remove(&user)
        {
            self.remove_from(user, followed.groups);
        }
    }

    /// Events came, from this node's writer or from another node.
    pub(super) fn arrive(&mut self, arrivals: Arrivals, now: Instant) -> Actions {
        let Arrivals { conversation: id, kind, members, events } = arrivals;
        let mut actions = Actions::default();
        if kind == ConversationKind::Group && !self.tracks.contains_key(&id) {
            self.find_members(id, &members, events.first().map_or(Seq(0), |arrived| arrived.seq));
        }
        for arrived in events {
            self.ensure_track(id, kind, &members, &arrived.added);
            // Nobody here is followed in it: a user who is connecting finds the event in their welcome.
            let Some(track) = self.tracks.get_mut(&id) else {
                if let Some(user) = arrived.removed {
                    self.remove_member(id, user, arrived.seq);
                }
                continue;
            };
            track.touched = now;
            match track.sequence.offer(arrived.seq, arrived) {
                Offered::Ready(ready) => self.deliver(id, ready, &mut actions),
                Offered::Held => self.wait(id, now + GAP_TIMEOUT),
                Offered::Known => {}
            }
        }
        actions
    }

    /// A signal came: it is delivered once the events before it are.
    pub(super) fn signal(&mut self, signal: ArrivedSignal, now: Instant) -> Actions {
        let mut actions = Actions::default();
        match signal.conversation.and_then(|id| Some((id, self.tracks.get_mut(&id)?))) {
            // Without an audience, nobody here is a member.
            None => actions.signal(signal.audience, signal.frame),
            Some((_, track)) if track.sequence.last().is_none_or(|last| signal.after <= last) => {
                let audience = signal.audience.unwrap_or_else(|| track.audience().clone());
                actions.signal(Some(audience), signal.frame);
            }
            Some((id, track)) => {
                if track.wait(signal) {
                    self.wait(id, now + GAP_TIMEOUT);
                }
            }
        }
        actions
    }

    /// Requests the missing events of conversations that have waited long enough.
    pub(super) fn expire(&mut self, now: Instant) -> Actions {
        let mut actions = Actions::default();
        while let Some((at, id)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.deadlines.remove(&(at, id));
            if let Some(track) = self.tracks.get_mut(&id)
                && track.is_behind()
            {
                actions.repairs.extend(track.repair(id));
            }
        }
        actions
    }

    /// When [`Tracks::expire`] has something to do.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Compares a conversation with its head in storage and its members on this node: requests the missing events.
    pub(super) fn compare(
        &mut self,
        id: ConversationId,
        kind: ConversationKind,
        head: Seq,
        members: &[UserId],
    ) -> Actions {
        let mut actions = Actions::default();
        match self.tracks.get_mut(&id) {
            Some(track) if track.sequence.last() >= Some(head) && !track.differs(kind, members) => {}
            Some(track) => actions.repairs.extend(track.repair(id)),
            // The newest event is enough: clients fetch what they lack before it.
            None => actions.repairs.push(Repair { conversation: id, after: Seq(head.0.saturating_sub(1)) }),
        }
        actions
    }

    /// What storage had of a conversation.
    pub(super) fn repaired(&mut self, repaired: Repaired, now: Instant) -> Actions {
        let Repaired { conversation: id, kind, audience, head_seq, events } = repaired;
        let mut actions = Actions::default();
        let before = self.tracks.get(&id).and_then(|track| track.sequence.last());
        let known = members(&audience).iter().copied();
        let left: Vec<_> = known.filter(|user| self.has_left_since(id, *user, head_seq)).collect();
        match kind {
            // An older answer does not have those who came and went since.
            ConversationKind::Group if before > Some(head_seq) => {}
            ConversationKind::Group => self.set_members(id, &audience, head_seq),
            ConversationKind::Direct | ConversationKind::Broadcast => {
                self.ensure_track(id, kind, &audience, &[]);
            }
        }
        for committed in events {
            let seq = committed.stored.event.seq;
            if Some(seq) > before {
                // They received it, and more.
                let audience = left.iter().fold(committed.audience.clone(), |all, user| all.without(*user));
                actions.deliver(audience, Arc::new(PublishedEvent::new(committed)));
            }
        }
        let Some(track) = self.tracks.get_mut(&id) else { return actions };
        (track.repairing, track.touched) = (false, now);
        let ready = track.sequence.advance(head_seq);
        self.deliver(id, ready, &mut actions);
        if self.tracks.get(&id).is_some_and(Track::is_behind) {
            self.wait(id, now + GAP_TIMEOUT);
        }
        actions
    }

    /// Storage could not be read.
    pub(super) fn repair_failed(&mut self, id: ConversationId, now: Instant) {
        if let Some(track) = self.tracks.get_mut(&id) {
            track.repairing = false;
            self.wait(id, now + RETRY);
        }
    }

    /// Forgets direct conversations in which nothing happens.
    pub(super) fn sweep(&mut self, now: Instant) {
        self.tracks.retain(|_, track| {
            track.kind != ConversationKind::Direct
                || track.is_behind()
                || now.saturating_duration_since(track.touched) < IDLE
        });
    }

    /// Delivers events in their order, and follows what they change about the members.
    fn deliver(&mut self, id: ConversationId, ready: Vec<Arrived>, actions: &mut Actions) {
        for arrived in ready {
            for user in &arrived.added {
                self.add_member(id, *user, None);
            }
            let Some(track) = self.tracks.get_mut(&id) else { return };
            let audience = track.audience().clone();
            actions.deliver(audience, arrived.event);
            if let Some(user) = arrived.removed {
                self.remove_member(id, user, arrived.seq);
            }
        }
        if let Some(track) = self.tracks.get_mut(&id) {
            for signal in track.take_signals() {
                let audience = signal.audience.unwrap_or_else(|| track.audience().clone());
                actions.signal(Some(audience), signal.frame);
            }
        }
    }

    fn wait(&mut self, id: ConversationId, until: Instant) {
        self.deadlines.insert((until, id));
    }

    /// Makes the track of a conversation where anybody here may be a member.
    fn ensure_track(
        &mut self,
        id: ConversationId,
        kind: ConversationKind,
        audience: &Audience,
        added: &[UserId],
    ) {
        if self.tracks.contains_key(&id) {
            return;
        }
        match kind {
            ConversationKind::Group => {
                for user in
                    added.iter().filter(|user| self.users.contains_key(user)).copied().collect::<Vec<_>>()
                {
                    self.add_member(id, user, None);
                }
            }
            ConversationKind::Direct | ConversationKind::Broadcast => {
                self.tracks.insert(id, Track::of_fixed(kind, audience.clone()));
            }
        }
    }

    /// Finds members here of a group of which none was known: the event that made them members may be under way from another
    /// node. Users who are connecting are left out: they find the events in their welcome.
    fn find_members(&mut self, id: ConversationId, audience: &Audience, seq: Seq) {
        let is_complete = |user: &UserId| self.users.get(user).is_some_and(|followed| followed.is_complete);
        let is_here = |user: &&UserId| is_complete(user) && !self.has_left_since(id, **user, seq);
        for user in members(audience).iter().filter(is_here).copied().collect::<Vec<_>>() {
            self.add_member(id, user, None);
        }
    }

    /// Notes that a user is a member of a group, where they are connected here.
    fn add_member(&mut self, id: ConversationId, user: UserId, head: Option<Seq>) {
        let Some(followed) = self.users.get_mut(&user) else { return };
        followed.left.remove(&id);
        followed.groups.insert(id);
        let subscribe = &self.subscribe;
        self.tracks.entry(id).or_insert_with(|| Track::of_group(subscribe(id), head)).add(user);
    }

    /// Whether a user is known to have left a group by an event after `head`.
    fn has_left_since(&self, id: ConversationId, user: UserId, head: Seq) -> bool {
        self.users.get(&user).and_then(|followed| followed.left.get(&id)).is_some_and(|left| *left > head)
    }

    /// Notes that a user is no member of a group, as of an event.
    fn remove_member(&mut self, id: ConversationId, user: UserId, seq: Seq) {
        if let Some(followed) = self.users.get_mut(&user) {
            followed.left.insert(id, seq);
            followed.groups.remove(&id);
        }
        self.remove_from(user, [id]);
    }

    fn remove_from(&mut self, user: UserId, groups: impl IntoIterator<Item = ConversationId>) {
        for id in groups {
            if self.tracks.get_mut(&id).is_some_and(|track| track.remove(user)) {
                self.tracks.remove(&id);
            }
        }
    }

    /// Takes the members of a group as storage has them at `head`.
    fn set_members(&mut self, id: ConversationId, audience: &Audience, head: Seq) {
        for user in members(audience) {
            if !self.has_left_since(id, *user, head) {
                self.add_member(id, *user, None);
            }
        }
        let Some(track) = self.tracks.get(&id) else { return };
        for user in track.absent_from(audience) {
            self.remove_member(id, user, head);
        }
    }
}

fn members(audience: &Audience) -> &[UserId] {
    match audience {
        Audience::Everyone => &[],
        Audience::Users(users) => users,
    }
}

impl Actions {
    fn deliver(&mut self, audience: Audience, event: Arc<PublishedEvent>) {
        match self.deliveries.last_mut() {
            Some((last, items)) if last.is_same(&audience) => items.push(Item::Event(event)),
            _ => self.deliveries.push((audience, vec![Item::Event(event)])),
        }
    }

    fn signal(&mut self, audience: Option<Audience>, frame: Frame) {
        self.deliveries.extend(audience.map(|audience| (audience, vec![Item::Signal(frame)])));
    }
}
