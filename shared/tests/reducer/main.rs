//! The reducer against everything a network may do: whatever is doubled, dropped, reordered or late, state ends
//! equal to what is fetched afresh.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod truth;

use confab_shared::{
    command::Send,
    event::{Event, EventBody, Joined, Left, Posted, Renamed, TopicChanged},
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    protocol::{Ack, EventFrame, ReadSignal},
    state::{FetchRequest, State},
    text::{MessageText, Title, Topic, UserName},
    timeline::Timeline,
    user::User,
};
use proptest::prelude::*;

use self::truth::{Answer, Truth};

const ME: UserId = UserId(1);
const HERE: ConversationId = ConversationId(7);

fn user(id: UserId) -> User {
    User { id, name: UserName::new(&format!("user{id}")).unwrap() }
}

fn command(number: u64) -> ClientId {
    serde_json::from_str(&format!("\"0190d0a0-0000-7000-8000-{number:012x}\"")).unwrap()
}

/// What happens next, to the conversation or on the way from it.
#[derive(Clone, Debug)]
enum Step {
    /// Somebody else posts.
    Post,
    /// Somebody joins, leaves, renames, or does what this build does not know.
    Change(u8),
    /// I send: the server takes it.
    Send,
    /// I leave, in another session.
    Leave,
    /// Somebody adds me again.
    Return,
    /// What is next on the socket arrives.
    Arrive,
    /// It arrives, and will arrive again.
    ArriveTwice,
    /// What is next but one overtakes.
    Overtake,
    /// What is next is lost.
    Lose,
    /// The first fetch under way is answered: with what the server knew when it was asked.
    Answer,
    /// The last one is, before the others.
    AnswerLast,
    /// The fetch under way comes to nothing.
    Fail,
    /// I look at the conversation, or away.
    Open(bool),
    /// I come back to where I was in it.
    OpenAt(u64),
    /// I go to its newest events.
    OpenNewest,
    /// I go to one that calls me.
    OpenAround(u64),
    /// I have read so much of what is held.
    Read(prop::sample::Index),
    /// Another session of mine has read up to here.
    ReadElsewhere(u64),
    /// The connection is new, or the client lagged: what was on its way is gone.
    Welcome,
    /// A command of mine is answered with the conversation.
    Made,
    /// I scroll to the top of what is held.
    Older,
    /// I scroll to its end.
    Newer,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Post),
        2 => (0..5u8).prop_map(Step::Change),
        3 => Just(Step::Send),
        1 => Just(Step::Leave),
        2 => Just(Step::Return),
        10 => Just(Step::Arrive),
        1 => Just(Step::ArriveTwice),
        1 => Just(Step::Overtake),
        1 => Just(Step::Lose),
        5 => Just(Step::Answer),
        1 => Just(Step::AnswerLast),
        1 => Just(Step::Fail),
        2 => any::<bool>().prop_map(Step::Open),
        1 => (1..40u64).prop_map(Step::OpenAt),
        1 => Just(Step::OpenNewest),
        1 => (1..40u64).prop_map(Step::OpenAround),
        2 => any::<prop::sample::Index>().prop_map(Step::Read),
        1 => (0..40u64).prop_map(Step::ReadElsewhere),
        1 => Just(Step::Welcome),
        1 => Just(Step::Made),
        1 => Just(Step::Older),
        2 => Just(Step::Newer),
    ]
}

#[derive(Clone, Debug)]
enum Frame {
    Event(Event),
    Ack(Ack),
    Read(ReadSignal),
}

/// A client and its server, with what is between them.
struct World {
    truth: Truth,
    state: State,
    socket: Vec<Frame>,
    /// The answers on their way, made when the fetches were asked for.
    answers: Vec<(ConversationId, Answer)>,
    sent: u64,
    /// Mine that are in the log.
    mine: Vec<(ClientId, Seq)>,
}

impl World {
    fn new() -> Self {
        let truth = Truth::new();
        let mut state = State::default();
        assert_eq!(state.welcome(truth.welcome()), None);
        Self { truth, state, socket: vec![], answers: vec![], sent: 0, mine: vec![] }
    }

    fn ask(&mut self, need: Option<FetchRequest>) {
        if let Some(need) = need {
            self.answers.push((need.conversation(), self.truth.answer(need)));
        }
    }

    fn take(&mut self, frame: Frame) {
        match frame {
            Frame::Event(event) => {
                let need = self.state.event(EventFrame { event, users: vec![] });
                self.ask(need);
            }
            Frame::Ack(ack) => self.state.ack(&ack),
            Frame::Read(signal) => self.state.read(&signal),
        }
    }

    fn answer(&mut self, place: usize) {
        if place < self.answers.len() {
            let (id, answer) = self.answers.remove(place);
            let need = match answer {
                Answer::View(view) => self.state.view(view),
                Answer::Made(view) => self.state.made(view),
                Answer::Page(need, page) => self.state.page(need, page),
                Answer::Beside(page) => self.state.page_beside(id, page),
                Answer::Gone => self.state.gone(id),
            };
            self.ask(need);
        }
    }

    fn arrive(&mut self, place: usize) {
        if place < self.socket.len() {
            let frame = self.socket.remove(place);
            self.take(frame);
        }
    }

    fn welcome(&mut self) {
        self.socket.clear();
        // Whoever drives the state drops what was asked for before.
        self.answers.clear();
        let need = self.state.welcome(self.truth.welcome());
        self.ask(need);
        // Sent again, and found in the log: the same answer.
        for frame in self.state.outbox.unanswered() {
            let client_id = frame.into_command().expect("commands wait").client_id();
            let seq = self.mine.iter().find(|(id, _)| *id == client_id).unwrap().1;
            let ack = Ack { client_id, conversation: HERE, seq, at: Timestamp(1000 + seq.0) };
            self.socket.push(Frame::Ack(ack));
        }
    }

    fn post(&mut self, by: UserId, client_id: Option<ClientId>, text: &str) -> Event {
        let text = MessageText::new(text).unwrap();
        // Every third message of the others calls the reader.
        let called = by != ME && self.truth.view.head_seq.0.is_multiple_of(3);
        let mentions = if called { vec![ME] } else { vec![] };
        self.happen(by, client_id, |ordinal| EventBody::Posted(Posted { text, ordinal, mentions }))
    }

    /// Who is in the conversation before or after an event is told.
    fn happen(
        &mut self,
        by: UserId,
        client_id: Option<ClientId>,
        body: impl FnOnce(u64) -> EventBody,
    ) -> Event {
        let before = self.truth.member;
        let event = self.truth.append(by, client_id, body);
        if before || self.truth.member {
            self.socket.push(Frame::Event(event.clone()));
        }
        event
    }

    /// All of one's sessions are told.
    fn read(&mut self, seq: Seq) {
        if self.truth.member
            && let Some(signal) = self.truth.read(seq)
        {
            self.socket.push(Frame::Read(signal));
        }
    }

    fn leave(&mut self) {
        if self.truth.member {
            self.happen(ME, None, |_| EventBody::Left(Left {}));
        }
    }

    fn come_back(&mut self) {
        if !self.truth.member {
            self.happen(UserId(2), None, |_| EventBody::Joined(Joined { users: vec![ME] }));
        }
    }

    fn send(&mut self) {
        if !self.truth.member {
            return;
        }
        self.sent += 1;
        let id = command(self.sent);
        let command = Send { client_id: id, conversation: HERE, text: "mine".to_owned() };
        self.state.outbox.push(command.into(), Timestamp(1));
        let event = self.post(ME, Some(id), "mine");
        let ack = Frame::Ack(Ack { client_id: id, conversation: HERE, seq: event.seq, at: event.at });
        // The event may overtake the ack, and does not always.
        let place = self.socket.len() - usize::from(self.sent.is_multiple_of(2));
        self.socket.insert(place, ack);
        self.mine.push((id, event.seq));
    }

    fn change(&mut self, which: u8) {
        let title = Title::new(&format!("title {}", self.truth.log.len())).unwrap();
        let alone = self.truth.view.member_count < 3;
        self.happen(UserId(2), None, |_| match which {
            0 => EventBody::Renamed(Renamed { title }),
            1 => EventBody::Unknown,
            3 => {
                EventBody::Topic(TopicChanged { topic: Topic::new(if alone { "" } else { "here" }).unwrap() })
            }
            2 if !alone => EventBody::Left(Left {}),
            _ => EventBody::Joined(Joined { users: vec![UserId(90), UserId(91)] }),
        });
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Post => {
                self.post(UserId(2), None, "theirs");
            }
            Step::Change(which) => self.change(which),
            Step::Send => self.send(),
            Step::Leave => self.leave(),
            Step::Return => self.come_back(),
            Step::Arrive => self.arrive(0),
            Step::ArriveTwice => {
                if let Some(first) = self.socket.first().cloned() {
                    self.socket.insert(0, first);
                    self.arrive(0);
                }
            }
            Step::Overtake => self.arrive(1),
            Step::Lose => self.socket.truncate(self.socket.len().saturating_sub(1)),
            Step::Answer => self.answer(0),
            Step::AnswerLast => self.answer(self.answers.len().saturating_sub(1)),
            Step::Fail => {
                if let Some((id, answer)) = self.answers.pop()
                    && !matches!(answer, Answer::Beside(_) | Answer::Made(_))
                {
                    let need = self.state.fetch_failed(id);
                    self.ask(need);
                }
            }
            Step::Open(open) => {
                let need = self.state.open(open.then_some(HERE));
                self.ask(need);
            }
            Step::Read(index) => {
                let held = self.state.timeline(HERE).filter(|t| t.events().len() > 0);
                let seq = held.map(|t| Seq(t.bottom().0 + index.index(t.events().len()) as u64));
                if let Some(seq) = seq.and_then(|seq| self.state.read_to(HERE, seq)) {
                    self.check_read();
                    self.read(seq);
                }
            }
            Step::ReadElsewhere(seq) => self.read(Seq(seq)),
            Step::OpenAt(seq) => {
                if self.truth.member && Seq(seq) <= self.truth.view.head_seq {
                    let need = self.state.open_at(HERE, Seq(seq));
                    self.ask(need);
                }
            }
            Step::OpenNewest => {
                let need = self.state.open_newest(HERE);
                self.ask(need);
            }
            Step::OpenAround(seq) => {
                if self.state.open_conversation().is_some() && Seq(seq) <= self.truth.view.head_seq {
                    let need = self.state.open_around(HERE, Seq(seq));
                    self.ask(need);
                }
            }
            Step::Welcome => self.welcome(),
            Step::Made => {
                if self.truth.member {
                    self.answers.push((HERE, self.truth.made()));
                }
            }
            Step::Older => {
                let bottom = self.state.timeline(HERE).filter(|t| !t.complete()).map(Timeline::bottom);
                if let Some(bottom) = bottom.filter(|_| self.truth.member) {
                    self.answers.push((HERE, self.truth.before(bottom)));
                }
            }
            Step::Newer => {
                let top = self.state.timeline(HERE).filter(|t| !t.follows()).map(Timeline::top);
                if let Some(top) = top.filter(|_| self.truth.member) {
                    self.answers.push((HERE, self.truth.after(top)));
                }
            }
        }
    }

    /// Everything on its way arrives; then, what was lost is made up for as a client makes up for it.
    fn settle(&mut self) {
        while !self.socket.is_empty() || !self.answers.is_empty() {
            self.arrive(0);
            self.answer(0);
        }
    }

    /// What is not looked at may wait until it is: its timeline, and the rows that are to be found there.
    fn look(&mut self) {
        self.step(Step::Open(true));
        self.settle();
        self.step(Step::OpenNewest);
        self.settle();
    }

    /// How much of what is known is read.
    fn check_read(&self) {
        let held = self.state.conversation(HERE).unwrap();
        let posted = |event: &&Event| matches!(event.body, EventBody::Posted(_));
        let read = self.truth.log.iter().filter(|e| e.seq <= held.read_seq).filter(posted).count() as u64;
        assert_eq!(held.read_count, read, "up to {}", held.read_seq);
    }

    fn check_timeline(&self) -> Result<(), TestCaseError> {
        let Some(timeline) = self.state.timeline(HERE) else { return Ok(()) };
        let held: Vec<_> = timeline.events().cloned().collect();
        if let Some(first) = held.first() {
            let place = usize::try_from(first.seq.0).unwrap() - 1;
            prop_assert_eq!(
                &held[..],
                &self.truth.log[place..place + held.len()],
                "a gapless run of the log"
            );
        }
        Ok(())
    }

    /// What is held is what somebody sees who comes now.
    fn check_fresh(&self) -> Result<(), TestCaseError> {
        let fresh = self.truth.view();
        prop_assert_eq!(self.state.conversation(HERE), fresh.as_ref());
        prop_assert_eq!(self.state.is_gone(HERE), fresh.is_none());
        prop_assert_eq!(self.state.unread(), fresh.as_ref().map_or(0, |_| self.truth.unread()));
        prop_assert_eq!(self.state.outbox.of(HERE).count(), 0);
        prop_assert_eq!(self.state.timeline(HERE).map(Timeline::top), fresh.map(|view| view.head_seq));
        Ok(())
    }

    /// A row of mine shows exactly once: as one on its way, or in the log.
    fn check_outbox(&self) -> Result<(), TestCaseError> {
        let Some(timeline) = self.state.timeline(HERE) else { return Ok(()) };
        for (id, seq) in &self.mine {
            let waiting = self.state.outbox.of(HERE).any(|row| row.client_id() == *id);
            let shown = timeline.holds(*seq);
            prop_assert!(!(waiting && shown), "{} is shown twice", seq);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_network_does_a_new_connection_makes_state_fresh(
        steps in prop::collection::vec(step(), 1..120)
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
            world.check_timeline()?;
            world.check_outbox()?;
        }
        world.welcome();
        world.settle();
        world.look();
        world.check_fresh()?;
        world.check_timeline()?;
    }

    #[test]
    fn where_nothing_is_lost_nothing_is_missing(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in steps {
            // Another session's cursor is a signal: a fetch may overtake it, and the next welcome sets it right.
            let lossy = matches!(step, Step::Lose | Step::Overtake | Step::ReadElsewhere(_));
            if !lossy {
                world.step(step);
                world.check_timeline()?;
                world.check_outbox()?;
            }
        }
        world.settle();
        prop_assert_eq!(world.state.conversation(HERE).cloned(), world.truth.view(), "unasked");
        world.look();
        world.check_fresh()?;
    }

    #[test]
    fn a_gap_that_was_heard_of_is_asked_for_until_it_is_filled(
        looking in any::<bool>(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new();
        world.step(Step::Open(looking));
        let about_gaps = |step: &Step| {
            use Step::{Answer, Arrive, Change, Fail, Lose, Post};
            matches!(step, Answer | Arrive | Change(_) | Fail | Lose | Post)
        };
        for step in steps.into_iter().filter(about_gaps) {
            world.step(step);
            world.check_timeline()?;
        }
        world.settle();
        for step in [Step::Post, Step::Lose, Step::Post, Step::Arrive, Step::Fail] {
            world.step(step);
        }
        world.settle();
        prop_assert_eq!(world.state.conversation(HERE), Some(&world.truth.view));
        if looking {
            world.check_fresh()?;
        }
    }

    #[test]
    fn order_does_not_matter_where_the_last_word_arrives(
        count in 1..20usize,
        order in prop::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        let mut world = World::new();
        for _ in 0..count {
            world.post(UserId(2), None, "theirs");
        }
        for index in order {
            if !world.socket.is_empty() {
                let place = index.index(world.socket.len());
                world.arrive(place);
            }
            world.answer(0);
        }
        world.settle();
        prop_assert_eq!(world.state.conversation(HERE), Some(&world.truth.view));
        prop_assert_eq!(world.state.unread(), count as u64);
    }
}
