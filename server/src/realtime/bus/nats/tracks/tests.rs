use confab_shared::{
    event::{Event, EventBody, Joined, Left, Posted},
    id::Timestamp,
    text::MessageText,
};

use super::*;
use crate::domain::notification::{CommittedEvent, StoredEvent};

const TEA: ConversationId = ConversationId(5);
const MEI: UserId = UserId(1);
const ADA: UserId = UserId(2);
const EVE: UserId = UserId(3);

/// What a node delivered: to whom, and which event; 0 for a signal.
type Delivered = Vec<(Vec<u64>, u64)>;

/// A node to which mei and ada are connected, who are members of a group whose head is 2.
struct Node {
    tracks: Tracks<()>,
    now: Instant,
}

impl Node {
    fn new() -> Self {
        let mut tracks = Tracks::new(|_| ());
        for (user, generation) in [(MEI, 1), (ADA, 2)] {
            tracks.attach(user, generation);
            tracks.follow(user, generation, vec![(TEA, Seq(2))]);
        }
        Self { tracks, now: Instant::now() }
    }

    /// An event of another node comes.
    fn arrive(&mut self, seq: u64, added: &[UserId], removed: Option<UserId>) -> Delivered {
        self.arrive_in(TEA, ConversationKind::Group, seq, added, removed)
    }

    fn arrive_in(
        &mut self,
        conversation: ConversationId,
        kind: ConversationKind,
        seq: u64,
        added: &[UserId],
        removed: Option<UserId>,
    ) -> Delivered {
        let event = Arc::new(PublishedEvent::new(committed(seq, MEI, posted(seq), Audience::Everyone)));
        let arrived = Arrived { seq: Seq(seq), event, added: added.to_vec(), removed };
        let members = Audience::of([]);
        let actions =
            self.tracks.arrive(Arrivals { conversation, kind, members, events: vec![arrived] }, self.now);
        assert!(actions.repairs.is_empty());
        delivered(actions)
    }

    /// This node's writer commits an event of a group that has these members.
    fn commit(&mut self, seq: u64, members: &[UserId]) -> Delivered {
        let members = Audience::of(members.iter().copied());
        let event = Arc::new(PublishedEvent::new(committed(seq, MEI, posted(seq), members.clone())));
        let events = vec![Arrived { seq: Seq(seq), event, added: vec![], removed: None }];
        let kind = ConversationKind::Group;
        delivered(self.tracks.arrive(Arrivals { conversation: TEA, kind, members, events }, self.now))
    }

    /// What is asked for once waiting is over.
    fn expire(&mut self) -> Vec<Repair> {
        self.now += GAP_TIMEOUT;
        self.tracks.expire(self.now).repairs
    }

    fn signal(&mut self, after: u64, audience: Option<Audience>) -> Delivered {
        let frame = Frame::text("read");
        let signal = ArrivedSignal { audience, conversation: Some(TEA), after: Seq(after), frame };
        delivered(self.tracks.signal(signal, self.now))
    }

    /// Storage answers, with events up to a head.
    fn repaired(&mut self, members: &[UserId], events: Vec<CommittedEvent>, head: u64) -> Delivered {
        let audience = Audience::of(members.iter().copied());
        let kind = ConversationKind::Group;
        let repaired = Repaired { conversation: TEA, kind, audience, head_seq: Seq(head), events };
        delivered(self.tracks.repaired(repaired, self.now))
    }
}

fn posted(seq: u64) -> EventBody {
    Posted::new(MessageText::new("hi").unwrap(), seq, vec![]).into()
}

fn committed(seq: u64, by: UserId, body: EventBody, audience: Audience) -> CommittedEvent {
    let event = Event { conversation: TEA, seq: Seq(seq), at: Timestamp(1), by, client_id: None, body };
    let stored = StoredEvent { event, legacy: None };
    CommittedEvent { stored, users: Default::default(), audience, kind: ConversationKind::Group, title: None }
}

fn delivered(actions: Actions) -> Delivered {
    let each = actions.deliveries.into_iter().flat_map(|(audience, items)| {
        let users = match audience {
            Audience::Everyone => vec![0],
            Audience::Users(users) => users.iter().map(|user| user.0).collect(),
        };
        items.into_iter().map(move |item| match item {
            Item::Event(event) => (users.clone(), event.committed().unwrap().stored.event.seq.0),
            Item::Signal(_) => (users.clone(), 0),
        })
    });
    each.collect()
}

#[test]
fn events_of_several_nodes_are_delivered_in_order_and_once() {
    let mut node = Node::new();
    assert_eq!(node.arrive(4, &[], None), []);
    assert_eq!(node.arrive(3, &[], None), [(vec![1, 2], 3), (vec![1, 2], 4)]);
    assert_eq!(node.arrive(3, &[], None), [], "doubled");
    assert_eq!(node.expire(), [], "nothing is missing");
}

#[test]
fn what_is_missing_is_asked_for_once_and_delivered_in_order() {
    let mut node = Node::new();
    node.arrive(5, &[], None);
    node.arrive(4, &[], None);
    assert_eq!(node.tracks.expire(node.now).repairs, [], "it may be under way");
    assert_eq!(node.expire(), [Repair { conversation: TEA, after: Seq(2) }]);
    assert_eq!(node.arrive(6, &[], None), []);
    assert_eq!(node.expire(), [], "storage is being asked");
    let both = Audience::of([MEI, ADA]);
    let events = (3..=5).map(|seq| committed(seq, MEI, posted(seq), both.clone())).collect();
    let seqs: Vec<_> = node.repaired(&[MEI, ADA], events, 5).into_iter().map(|(_, seq)| seq).collect();
    assert_eq!(seqs, [3, 4, 5, 6]);
    assert_eq!(node.expire(), [], "all is delivered");
}

#[test]
fn who_is_connecting_receives_nothing_before_their_groups_are_followed() {
    let mut node = Node::new();
    node.tracks.detach(MEI, 1);
    node.tracks.detach(ADA, 2);
    node.tracks.attach(EVE, 3);
    // Committed after eve's groups were read, and before it is known here which they are.
    let mut all: Delivered = (9..=13).flat_map(|seq| node.commit(seq, &[EVE])).collect();
    node.tracks.follow(EVE, 3, vec![(TEA, Seq(8))]);
    all.extend(node.arrive(14, &[], None));
    assert_eq!(node.expire(), [Repair { conversation: TEA, after: Seq(8) }]);
    let events = (9..=14).map(|seq| committed(seq, MEI, posted(seq), Audience::of([EVE]))).collect();
    all.extend(node.repaired(&[EVE], events, 14));
    assert_eq!(all.into_iter().map(|(_, seq)| seq).collect::<Vec<_>>(), Vec::from_iter(9..=14));
}

#[test]
fn who_was_added_by_an_event_under_way_receives_what_this_node_commits_after_it() {
    let mut node = Node::new();
    node.tracks.detach(MEI, 1);
    node.tracks.detach(ADA, 2);
    node.tracks.attach(EVE, 3);
    node.tracks.follow(EVE, 3, vec![]);
    // Another node added eve by 3, and mei is not connected here.
    assert_eq!(node.commit(4, &[MEI, EVE]), [(vec![3], 4)]);
    assert_eq!(node.arrive(3, &[EVE], None), [], "clients fetch what they lack before an event");
    assert_eq!(node.commit(5, &[MEI, EVE]), [(vec![3], 5)]);
}

#[test]
fn an_older_answer_of_storage_undoes_no_newer_membership() {
    let mut node = Node::new();
    node.tracks.attach(EVE, 3);
    assert_eq!(node.arrive(4, &[], None), []);
    assert_eq!(node.expire().len(), 1, "3 is missing");
    // Storage is read as of 4; before the answer 3 comes late, ada leaves, and eve joins.
    assert_eq!(node.arrive(3, &[], None).len(), 2);
    assert_eq!(node.arrive(5, &[], Some(ADA)), [(vec![1, 2], 5)]);
    assert_eq!(node.arrive(6, &[EVE], None), [(vec![1, 3], 6)]);
    assert_eq!(node.repaired(&[MEI, ADA], vec![], 4), []);
    assert_eq!(node.arrive(7, &[], None), [(vec![1, 3], 7)]);
}

#[test]
fn who_left_last_is_not_brought_back_by_an_older_answer_of_storage() {
    let mut node = Node::new();
    node.tracks.detach(MEI, 1);
    assert_eq!(node.arrive(4, &[], None), []);
    assert_eq!(node.expire().len(), 1, "3 is missing");
    assert_eq!(node.arrive(3, &[], None).len(), 2);
    assert_eq!(node.arrive(5, &[], Some(ADA)), [(vec![2], 5)]);
    let both = Audience::of([MEI, ADA]);
    let events = (3..=4).map(|seq| committed(seq, MEI, posted(seq), both.clone())).collect();
    assert_eq!(node.repaired(&[MEI, ADA], events, 4), [(vec![1], 3), (vec![1], 4)], "ada received them");
    assert!(node.tracks.tracks.is_empty(), "nobody here is a member");
    // A newer one brings them back.
    node.repaired(&[MEI, ADA], vec![], 6);
    assert_eq!(node.arrive(7, &[], None), [(vec![2], 7)]);
}

#[test]
fn a_storage_that_does_not_answer_is_asked_again() {
    let mut node = Node::new();
    node.arrive(4, &[], None);
    assert_eq!(node.expire().len(), 1);
    node.tracks.repair_failed(TEA, node.now);
    assert_eq!(node.expire(), []);
    node.now += RETRY;
    assert_eq!(node.expire().len(), 1);
}

#[test]
fn members_come_and_go_with_the_events() {
    let mut node = Node::new();
    assert_eq!(node.arrive(3, &[EVE], None), [(vec![1, 2], 3)], "eve is not connected here");
    node.tracks.attach(EVE, 3);
    assert_eq!(node.arrive(4, &[EVE], None), [(vec![1, 2, 3], 4)]);
    assert_eq!(node.arrive(5, &[], Some(ADA)), [(vec![1, 2, 3], 5)], "who leaves learns of it");
    assert_eq!(node.arrive(6, &[], None), [(vec![1, 3], 6)]);
}

#[test]
fn who_left_by_a_lost_event_receives_nothing_that_follows() {
    let mut node = Node::new();
    // Ada's leaving, 3, is lost.
    assert_eq!(node.arrive(4, &[], None), []);
    assert_eq!(node.expire().len(), 1);
    let left = committed(3, ADA, Left {}.into(), Audience::of([MEI, ADA]));
    let events = vec![left, committed(4, MEI, posted(4), Audience::of([MEI]))];
    assert_eq!(node.repaired(&[MEI], events, 4), [(vec![1, 2], 3), (vec![1], 4)]);
    assert_eq!(node.arrive(5, &[], None), [(vec![1], 5)]);
}

#[test]
fn who_leaves_while_their_groups_are_read_stays_out() {
    let mut node = Node::new();
    node.tracks.attach(ADA, 7);
    assert_eq!(node.arrive(3, &[], Some(ADA)), [(vec![1], 3)]);
    node.tracks.follow(ADA, 7, vec![(TEA, Seq(2))]);
    assert_eq!(node.arrive(4, &[], None), [(vec![1], 4)]);
}

#[test]
fn an_attachment_that_ends_late_takes_nothing_from_a_newer_one() {
    let mut node = Node::new();
    node.tracks.attach(ADA, 7);
    node.tracks.follow(ADA, 7, vec![(TEA, Seq(2))]);
    node.tracks.detach(ADA, 2);
    assert_eq!(node.arrive(3, &[], None), [(vec![1, 2], 3)]);
    node.tracks.detach(ADA, 7);
    node.tracks.detach(MEI, 1);
    assert!(node.tracks.tracks.is_empty(), "nobody needs it");
    assert_eq!(node.arrive(4, &[], None), []);
}

#[test]
fn a_signal_waits_for_the_events_before_it() {
    let mut node = Node::new();
    assert_eq!(node.signal(2, None), [(vec![1, 2], 0)]);
    assert_eq!(node.signal(3, Some(Audience::of([ADA]))), []);
    assert_eq!(node.arrive(3, &[], None), [(vec![1, 2], 3), (vec![2], 0)]);
    assert_eq!(node.signal(5, None), []);
    assert_eq!(node.expire().len(), 1, "5 is missing");
    let mut elsewhere = Tracks::new(|_| ());
    let signal =
        ArrivedSignal { audience: None, conversation: Some(TEA), after: Seq(0), frame: Frame::text("") };
    assert_eq!(delivered(Tracks::<()>::signal(&mut elsewhere, signal, node.now)), [], "nobody is a member");
}

#[test]
fn storage_is_asked_only_where_it_has_more() {
    let mut node = Node::new();
    let mut compare = |head, members: &[UserId]| {
        node.tracks.compare(TEA, ConversationKind::Group, Seq(head), members).repairs
    };
    assert_eq!(compare(2, &[MEI, ADA]), []);
    assert_eq!(compare(3, &[MEI, ADA]), [Repair { conversation: TEA, after: Seq(2) }]);
    assert_eq!(compare(3, &[MEI, ADA]), [], "it is being asked");
    node.repaired(&[MEI, ADA], vec![], 3);
    let removed = node.tracks.compare(TEA, ConversationKind::Group, Seq(3), &[MEI]).repairs;
    assert_eq!(removed.len(), 1, "somebody left");
    let unknown = node.tracks.compare(ConversationId(9), ConversationKind::Direct, Seq(8), &[MEI]).repairs;
    assert_eq!(unknown, [Repair { conversation: ConversationId(9), after: Seq(7) }]);
}

#[test]
fn who_was_added_by_a_lost_event_is_found_in_storage() {
    let mut node = Node::new();
    node.tracks.attach(EVE, 3);
    let joined: EventBody = Joined { users: vec![EVE] }.into();
    let all = Audience::of([MEI, ADA, EVE]);
    let events = vec![committed(3, MEI, joined, all)];
    assert_eq!(node.repaired(&[MEI, ADA, EVE], events, 3), [(vec![1, 2, 3], 3)]);
    assert_eq!(node.arrive(4, &[], None), [(vec![1, 2, 3], 4)]);
}

#[test]
fn quiet_direct_conversations_are_forgotten() {
    let mut node = Node::new();
    let (direct, kind) = (ConversationId(9), ConversationKind::Direct);
    node.arrive_in(direct, kind, 3, &[], None);
    node.tracks.sweep(node.now);
    assert_eq!(node.tracks.tracks.len(), 2);
    node.tracks.sweep(node.now + IDLE);
    assert_eq!(node.tracks.tracks.keys().collect::<Vec<_>>(), [&TEA], "the group is still followed");
}
