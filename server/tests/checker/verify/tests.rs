//! A history without fault passes, and every kind of break is caught.

mod changes;
mod items;
mod story;
mod threads;

use confab_shared::{
    api::MessagePage,
    conversation::{Conversation, ConversationKind, LastMessage, UnreadMention},
    event::{Event, EventBody, Joined, Left, Posted, Renamed},
    id::{ConversationId, Seq, Timestamp, UserId},
    item::Item,
    protocol::Ack,
    text::{MessageText, Title},
};

use super::{Verifier, Violation, verify};
use crate::{
    command::Command,
    history::{Answer, End, History, Journal, Part, Snapshot, ThreadsEnd, What},
};

const CONVERSATION: ConversationId = ConversationId(5);
const MESSAGES: u64 = 8;

/// A history of two people, and what is left of it at the end.
struct Story {
    history: History,
    log: Vec<Event>,
    ends: Vec<End>,
}

impl Story {
    /// Two users take turns; both receive all events; all is acknowledged; both have the final state.
    fn new() -> Self {
        let names = vec!["mei".to_owned(), "ada".to_owned()];
        let mut history = History { names, ..History::default() };
        history.journals = vec![Journal::new(0, UserId(10)), Journal::new(1, UserId(11))];
        let mut log = Vec::new();
        for seq in 1..=MESSAGES {
            let journal = &mut history.journals[seq as usize % 2];
            let command = journal.attempt(CONVERSATION, What::Post);
            let event = posted(command, journal.user, seq, &history.names);
            assert_eq!(history.journals[seq as usize % 2].acked(&ack(&event)), Some(command));
            log.push(event);
        }
        let ends = [(0, UserId(10)), (1, UserId(11))].map(|(tab, user)| end(tab, user, &log)).into();
        let mut story = Self { history, log, ends };
        for tab in 0..2 {
            story.hear(tab, &(1..=MESSAGES).collect::<Vec<_>>());
        }
        story
    }

    /// A tab connects, receives these events, and caches them.
    fn hear(&mut self, tab: usize, seqs: &[u64]) {
        let events: Vec<_> = seqs.iter().map(|seq| self.log[*seq as usize - 1].clone()).collect();
        let journal = &mut self.history.journals[tab];
        journal.connected();
        events.iter().for_each(|event| journal.delivered(event));
        journal.saw(events.iter());
        journal.close();
    }

    fn verify(&self) -> Vec<Violation> {
        verify(&self.history, &[(CONVERSATION, self.log.clone())], &self.ends)
    }

    /// Adds an event at the end of the log, and delivers it to all tabs.
    fn add(&mut self, event: Event) {
        self.log.push(event);
        for end in &mut self.ends {
            *end = self::end(end.tab, end.user, &self.log);
        }
    }
}

fn posted(command: Command, by: UserId, seq: u64, names: &[String]) -> Event {
    let body = EventBody::Posted(Posted::new(command.text(names), seq, vec![]));
    let (conversation, at) = (CONVERSATION, Timestamp(1_000 + seq));
    Event { conversation, seq: Seq(seq), at, by, client_id: Some(command.client_id()), body }
}

fn ack(event: &Event) -> Ack {
    let client_id = event.client_id.unwrap();
    Ack { client_id, conversation: event.conversation, seq: event.seq, at: event.at }
}

/// A mention by a message as it was posted.
fn mention(seq: u64) -> UnreadMention {
    UnreadMention { seq: Seq(seq), event: Seq(seq) }
}

/// The items of a part of a log that nothing changes.
fn part(log: &[Event], as_of: u64) -> Part {
    let items = log.iter().filter_map(Item::of).collect();
    let (first_seq, last_seq) = (log[0].seq, log[log.len() - 1].seq);
    let page = MessagePage {
        items,
        quoted: vec![],
        root: None,
        users: vec![],
        head_seq: Seq(as_of),
        first_seq,
        last_seq,
    };
    Part::of(log[0].conversation, &page)
}

fn end(tab: u16, user: UserId, log: &[Event]) -> End {
    let last = log.last().unwrap();
    let EventBody::Posted(Posted { text, .. }) = &last.body else { panic!("the last event is a message") };
    let fresh = vec![Conversation {
        member_count: 2,
        head_seq: last.seq,
        message_count: log.len() as u64,
        read_seq: Seq(2),
        read_count: 2,
        mentions: vec![],
        last_message: Some(LastMessage::new(last.seq, last.by, last.at, text.as_str())),
        ..Conversation::new(CONVERSATION, ConversationKind::Direct, last.at)
    }];
    let (open, threads) = (Some((CONVERSATION, last.seq)), ThreadsEnd::default());
    End { tab, user, held: fresh.clone(), fresh, open, unanswered: 0, threads }
}

/// Checks that nothing but one kind of violation is found, and that it is found.
macro_rules! caught {
    ($story:expr, $kind:pat) => {{
        let violations = $story.verify();
        assert!(violations.iter().any(|v| matches!(v, $kind)), "not caught, but: {violations:#?}");
        violations
    }};
}

use caught;

#[test]
fn a_story_without_fault() {
    let violations = Story::new().verify();
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn what_was_acknowledged_and_is_not_there_is_lost() {
    let mut story = Story::new();
    story.log.pop();
    caught!(story, Violation::Lost { command: Command { tab: 0, number: 3 }, .. });
    // And readers saw it.
    caught!(story, Violation::Vanished { last: Seq(8), head: Seq(7), .. });
    // What was acknowledged to another tab alone is lost as well.
    let mut story = Story::new();
    let command = story.history.journals[0].attempt(CONVERSATION, What::Post);
    let lost = posted(command, UserId(10), 9, &story.history.names);
    story.history.journals[1].acked(&ack(&lost));
    caught!(story, Violation::Lost { .. });
}

#[test]
fn what_was_not_acknowledged_may_be_there_or_not() {
    let mut story = Story::new();
    let command = story.history.journals[0].attempt(CONVERSATION, What::Post);
    assert!(story.verify().is_empty());
    story.add(posted(command, UserId(10), 9, &story.history.names));
    assert!(story.verify().is_empty());
}

#[test]
fn one_command_twice_is_doubled() {
    let mut story = Story::new();
    let mut again = story.log[0].clone();
    (again.seq, again.at) = (Seq(9), Timestamp(2_000));
    let EventBody::Posted(Posted { ordinal, .. }) = &mut again.body else { panic!() };
    *ordinal = 9;
    story.add(again);
    let found = caught!(story, Violation::Doubled { first: Seq(1), again: Seq(9), .. });
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn one_senders_messages_keep_their_order() {
    let mut story = Story::new();
    for seq in [2_usize, 4] {
        let (number, names) = (if seq == 2 { 1 } else { 0 }, story.history.names.clone());
        story.log[seq - 1] = posted(Command { tab: 0, number }, UserId(10), seq as u64, &names);
    }
    caught!(story, Violation::Reordered { before: Command { tab: 0, number: 1 }, .. });
    // Who was out for a while has no such promise.
    story.history.journals[0].attempt(CONVERSATION, What::Leave);
    assert!(!story.verify().iter().any(|v| matches!(v, Violation::Reordered { .. })));
}

#[test]
fn what_nobody_sent_is_foreign() {
    let wrong: [fn(&mut Event); 6] = [
        |event| event.by = UserId(99),
        |event| event.client_id = None,
        |event| event.client_id = Some(Command { tab: 0, number: 700 }.client_id()),
        |event| event.client_id = Some(Command { tab: 9, number: 0 }.client_id()),
        |event| event.client_id = Some(confab_shared::id::ClientId(uuid::Uuid::from_u128(77))),
        |event| event.body = EventBody::Renamed(Renamed { title: Title::new("Mine").unwrap() }),
    ];
    for make_wrong in wrong {
        let mut story = Story::new();
        make_wrong(&mut story.log[3]);
        caught!(story, Violation::Foreign { seq: Seq(4), .. });
    }
    let mut story = Story::new();
    let EventBody::Posted(Posted { text, .. }) = &mut story.log[3].body else { panic!() };
    *text = MessageText::new("another text").unwrap();
    caught!(story, Violation::Foreign { seq: Seq(4), .. });
}

#[test]
fn a_log_without_one_seq_has_a_gap() {
    let mut story = Story::new();
    story.log.remove(2);
    caught!(story, Violation::Gap { expected: Seq(3), found: Seq(4), .. });
    let mut story = Story::new();
    story.log.remove(0);
    caught!(story, Violation::Gap { expected: Seq(1), found: Seq(2), .. });
}

#[test]
fn acks_name_the_place_and_the_time_of_the_event() {
    let mut story = Story::new();
    let event = story.log[1].clone();
    let other: [Ack; 3] = [
        Ack { seq: Seq(7), ..ack(&event) },
        Ack { at: Timestamp(7), ..ack(&event) },
        Ack { conversation: ConversationId(7), ..ack(&event) },
    ];
    // The same once more is fine.
    assert_eq!(story.history.journals[0].acked(&ack(&event)), None);
    story.history.journals[1].acked(&ack(&event));
    assert!(story.verify().is_empty());
    for ack in other {
        for tab in 0..2 {
            let mut story = Story::new();
            assert_eq!(story.history.journals[tab].acked(&ack), None);
            caught!(story, Violation::OtherAck { .. });
        }
    }
    // The first ack may be the wrong one.
    story.history.journals[0].attempts[0].answer = Answer::Acked(Seq(2), Timestamp(9));
    caught!(story, Violation::OtherAck { .. });
}

#[test]
fn readers_get_events_in_order() {
    for seqs in [&[1, 3, 2][..], &[1, 2, 2], &[5, 6, 7, 1]] {
        let mut story = Story::new();
        story.hear(1, seqs);
        caught!(story, Violation::OutOfOrder { tab: 1, .. });
    }
    // An event may be missing, and another connection may deliver it again.
    let mut story = Story::new();
    story.hear(1, &[1, 2, 5]);
    story.hear(1, &[3, 4, 5]);
    assert!(story.verify().is_empty());
}

#[test]
fn who_left_receives_nothing_that_follows() {
    let mut story = Story::new();
    let leave = story.history.journals[1].attempt(CONVERSATION, What::Leave);
    let left = Event { body: EventBody::Left(Left {}), ..posted(leave, UserId(11), 9, &story.history.names) };
    story.log.push(left);
    let post = |story: &mut Story, seq| {
        let command = story.history.journals[0].attempt(CONVERSATION, What::Post);
        story.add(posted(command, UserId(10), seq, &story.history.names));
    };
    post(&mut story, 10);
    let is_leaked = |story: &Story| story.verify().iter().any(|v| matches!(v, Violation::Leaked { .. }));
    story.hear(0, &[9, 10]);
    story.hear(1, &[8, 9]);
    assert!(!is_leaked(&story), "their own leaving is received");
    story.hear(1, &[10]);
    caught!(story, Violation::Leaked { tab: 1, left: Seq(9), last: Seq(10), .. });
    // Who returns may have received it as a member.
    let add = story.history.journals[0].attempt(CONVERSATION, What::Add(UserId(11)));
    let joined = EventBody::Joined(Joined { users: vec![UserId(11)] });
    story.log.push(Event { body: joined, ..posted(add, UserId(10), 11, &story.history.names) });
    post(&mut story, 12);
    assert!(!is_leaked(&story));
}

#[test]
fn readers_see_what_the_log_has() {
    let mut story = Story::new();
    let mut other = story.log[4].clone();
    other.at = Timestamp(1);
    story.history.journals[0].saw([other.clone()].iter());
    caught!(story, Violation::Unlike { tab: 0, first: Seq(5), last: Seq(5), .. });
    let mut story = Story::new();
    story.history.journals[0].connected();
    story.history.journals[0].delivered(&other);
    story.history.journals[0].close();
    caught!(story, Violation::Unlike { .. });
    // A conversation that has no log at all.
    let mut story = Story::new();
    other.conversation = ConversationId(6);
    story.history.journals[0].saw([other].iter());
    caught!(story, Violation::Vanished { conversation: ConversationId(6), head: Seq(0), .. });
}

#[test]
fn what_is_held_is_what_is_fresh() {
    let stale: [fn(&mut Vec<Conversation>); 7] = [
        |held| held[0].read_count = 1,
        |held| held[0].mentions = vec![mention(3)],
        |held| held[0].peers_read_seq = Seq(1),
        |held| held[0].last_message = None,
        |held| held[0].title = Some(Title::new("Old").unwrap()),
        |held| held[0].member_count = 3,
        Vec::clear,
    ];
    for make_stale in stale {
        let mut story = Story::new();
        make_stale(&mut story.ends[1].held);
        caught!(story, Violation::Stale { tab: 1, .. });
    }
    let mut story = Story::new();
    story.ends[0].fresh.clear();
    caught!(story, Violation::Stale { tab: 0, fresh: None, .. });
    let mut story = Story::new();
    story.ends[0].open = Some((CONVERSATION, Seq(7)));
    caught!(story, Violation::Behind { top: Seq(7), head: Seq(8), .. });
    let mut story = Story::new();
    story.ends[0].unanswered = 1;
    caught!(story, Violation::Unanswered { count: 1, .. });
}

#[test]
fn a_welcome_tells_what_the_log_says() {
    let untrue: [fn(&mut Conversation); 4] = [
        |fresh| fresh.head_seq = Seq(9),
        |fresh| fresh.message_count = 9,
        |fresh| fresh.read_count = 3,
        |fresh| fresh.mentions = vec![mention(4)],
    ];
    for make_untrue in untrue {
        let mut story = Story::new();
        make_untrue(&mut story.ends[0].fresh[0]);
        caught!(story, Violation::Untrue { tab: 0, .. });
    }
}

#[test]
fn what_was_held_at_any_time_is_true_of_the_log_up_to_there() {
    let mut story = Story::new();
    let early = end(0, UserId(10), &story.log[..5]).held.remove(0);
    story.history.journals[0].snapshots.push(Snapshot::of(&early));
    assert!(story.verify().is_empty());
    let untrue: [fn(&mut Conversation); 6] = [
        |held| held.head_seq = Seq(4),
        |held| held.head_seq = Seq(99),
        |held| held.message_count = 6,
        |held| held.read_seq = Seq(1),
        |held| held.mentions = vec![mention(3)],
        |held| held.last_message = None,
    ];
    for make_untrue in untrue {
        let mut story = Story::new();
        let mut held = early.clone();
        make_untrue(&mut held);
        story.history.journals[0].snapshots.push(Snapshot::of(&held));
        caught!(story, Violation::Untrue { tab: 0, .. });
    }
}

#[test]
fn messages_are_numbered_and_oddities_told() {
    let mut story = Story::new();
    let EventBody::Posted(Posted { ordinal, .. }) = &mut story.log[6].body else { panic!() };
    *ordinal = 6;
    caught!(story, Violation::Ordinal { seq: Seq(7), expected: 7, found: 6, .. });
    let mut story = Story::new();
    let unknown = confab_shared::id::ClientId(uuid::Uuid::from_u128(77));
    story.history.journals[0].acked(&Ack { client_id: unknown, ..ack(&story.log[0]) });
    caught!(story, Violation::Odd { .. });
}

#[test]
fn a_group_begins_with_its_title_and_its_members() {
    let group = ConversationId(6);
    let mut story = Story::new();
    let begin = story.history.journals[0].attempt(group, What::Begin);
    story.history.journals[0].answered(begin, Answer::Done);
    story.history.begun.insert(group, vec![UserId(11)]);
    let event = |seq, client_id, body| Event {
        conversation: group,
        seq: Seq(seq),
        at: Timestamp(1),
        by: UserId(10),
        client_id,
        body,
    };
    let titled = EventBody::Renamed(Renamed { title: Title::new(&begin.title()).unwrap() });
    let titled = event(1, Some(begin.client_id()), titled);
    let joined = |users| event(2, None, EventBody::Joined(Joined { users }));
    let verify = |log: Vec<Event>| {
        let logs = [(CONVERSATION, story.log.clone()), (group, log)];
        verify(&story.history, &logs, &story.ends)
    };
    assert!(verify(vec![titled.clone(), joined(vec![UserId(11)])]).is_empty());
    let others = verify(vec![titled, joined(vec![UserId(12)])]);
    assert!(matches!(others[..], [Violation::Foreign { .. }]), "{others:?}");
    let never = verify(vec![]);
    assert!(matches!(never[..], [Violation::Lost { .. }]), "{never:?}");
}

#[test]
fn nodes_that_say_different_things_are_apart() {
    let story = Story::new();
    let mut verifier = Verifier::new(&story.history, &story.ends);
    verifier.begin(CONVERSATION);
    assert_eq!(verifier.same(Seq(0), vec![&story.log[..4], &story.log[..4]]), &story.log[..4]);
    assert_eq!(verifier.same(Seq(4), vec![&story.log[4..], &story.log[5..]]), &story.log[4..]);
    verifier.page(&story.log);
    verifier.end();
    let violations = verifier.verdict().violations;
    assert!(matches!(violations[..], [Violation::Apart { after: Seq(4), .. }]), "{violations:?}");
}
