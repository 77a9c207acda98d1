//! The state as somebody who uses the page meets it: frames in, rows and commands out.

use std::sync::{Arc, Mutex};

use confab_shared::{
    api::{ConversationView, EventPage},
    command::Send,
    conversation::{Conversation, ConversationKind},
    error::{ErrorBody, ErrorCode},
    event::{Event, EventBody, Left, Posted},
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    protocol::{Ack, ClientFrame, EventFrame, ServerFrame, Welcome},
    state::{FetchRequest, OutboxEntry},
    text::{MessageText, UserName},
    user::User,
};
use leptos::prelude::*;
use uuid::Uuid;

use super::*;

mod reading;
mod unsent;

const ME: UserId = UserId(1);
const MEI: UserId = UserId(2);
const LEI: UserId = UserId(3);
const ID: ConversationId = ConversationId(7);
const DAY: u64 = 86_400_000;

/// Somebody who has the page open.
struct Person {
    chat: Chat,
    outgoing: Outgoing,
    shelf: Kept,
    _owner: Owner,
}

/// A shelf that outlives the page; it may have no room.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<(Vec<OutboxEntry>, bool)>>);

impl Kept {
    fn texts(&self) -> Vec<String> {
        self.0.lock().unwrap().0.iter().map(|o| o.text().unwrap_or_default().to_owned()).collect()
    }

    fn is_full(&self, full: bool) {
        self.0.lock().unwrap().1 = full;
    }
}

impl Shelf for Kept {
    fn kept(&self) -> Vec<OutboxEntry> {
        self.0.lock().unwrap().0.clone()
    }

    fn keep(&self, outgoing: &OutboxEntry) -> bool {
        let (kept, full) = &mut *self.0.lock().unwrap();
        kept.retain(|o| o.client_id() != outgoing.client_id());
        kept.extend((!*full).then(|| outgoing.clone()));
        !*full
    }

    fn let_go(&self, client_id: ClientId) {
        self.0.lock().unwrap().0.retain(|o| o.client_id() != client_id);
    }
}

impl Person {
    /// Comes in and is welcomed with one group of which `read` of `head` messages are read.
    fn welcomed(head: u64, read: u64) -> Self {
        let owner = Owner::new();
        owner.set();
        let shelf = Kept::default();
        let (chat, outgoing) = Chat::new(Timestamp(0), Box::new(shelf.clone()));
        let person = Self { chat, outgoing, shelf, _owner: owner };
        person.welcome(head, read);
        person
    }

    /// The page is closed, however suddenly, and opened anew.
    fn comes_back(self) -> Self {
        let (chat, outgoing) = Chat::new(Timestamp(0), Box::new(self.shelf.clone()));
        Self { chat, outgoing, ..self }
    }

    fn welcome(&self, head: u64, read: u64) {
        self.welcome_to(vec![group(head, read)]);
    }

    fn welcome_to(&self, conversations: Vec<Conversation>) {
        self.chat.take(ServerFrame::Welcome(Box::new(Welcome {
            you: user(ME, "123"),
            conversations,
            users: vec![user(MEI, "mei"), user(LEI, "李雷")],
            presence: Vec::new(),
            time: Timestamp(0),
        })));
    }

    /// Opens the group and is given its log.
    fn reading(events: Vec<Event>, read: u64) -> Self {
        let head = events.len() as u64;
        let mut person = Self::welcomed(head, read);
        person.chat.open(Some(ID));
        let need = person.needs();
        person.chat.page(need, EventPage { events, users: Vec::new(), head_seq: Seq(head) });
        person
    }

    fn writes(&self, number: u128, text: &str, at: u64) -> ClientId {
        let client_id = ClientId(Uuid::from_u128(number));
        self.chat.post(client_id, ID, MessageText::new(text).unwrap(), Timestamp(at));
        client_id
    }

    /// The rows in short: `mei[1]`, first and last of a run as brackets.
    fn sees(&self) -> Vec<String> {
        let new_after = self.chat.opened().and_then(Opened::new_after);
        self.chat.state.with_untracked(|state| {
            rows(state, ID, new_after, |at| at.0 / DAY).iter().map(|row| shown(*row, state)).collect()
        })
    }

    fn told(&mut self) -> Vec<ClientFrame> {
        std::iter::from_fn(|| self.outgoing.frames.try_recv().ok()).collect()
    }

    /// The messages that went out.
    fn sent(&mut self) -> Vec<String> {
        let text = |frame| if let ClientFrame::Send(send) = frame { send.text } else { format!("{frame:?}") };
        self.told().into_iter().map(text).collect()
    }

    fn acked(&self, number: u128, seq: u64) {
        let client_id = ClientId(Uuid::from_u128(number));
        let ack = Ack { client_id, conversation: ID, seq: Seq(seq), at: Timestamp(6) };
        self.chat.take(ServerFrame::Ack(ack));
    }

    /// The one thing that was needed.
    fn needs(&mut self) -> FetchRequest {
        match self.asked()[..] {
            [Fetch::FetchRequest(need)] => need,
            ref asked => panic!("not one need: {asked:?}"),
        }
    }

    fn asked(&mut self) -> Vec<Fetch> {
        std::iter::from_fn(|| self.outgoing.fetches.try_recv().ok()).collect()
    }
}

fn shown(row: Row, state: &State) -> String {
    match row {
        Row::Day(day, _) => format!("day {day}"),
        Row::New => "new".to_owned(),
        Row::Notice(seq) => format!("notice {seq}"),
        Row::Message(row) => {
            let name = state.user(row.by).map(|user| user.name.to_string()).unwrap_or_default();
            let (open, close) = (if row.first { "[" } else { "" }, if row.last { "]" } else { "" });
            match row.origin {
                Origin::Log(seq) => format!("{name} {open}{seq}{close}"),
                Origin::Outbox(_, delivery) => format!("{name} {open}{delivery:?}{close}"),
            }
        }
    }
}

fn user(id: UserId, name: &str) -> User {
    User { id, name: UserName::new(name).unwrap() }
}

fn group(head: u64, read: u64) -> Conversation {
    Conversation {
        id: ID,
        kind: ConversationKind::Group,
        title: None,
        peer: None,
        member_count: 3,
        head_seq: Seq(head),
        message_count: head,
        read_seq: Seq(read),
        read_count: read,
        mentions: Vec::new(),
        peers_read_seq: Seq(0),
        last_activity_at: Timestamp(0),
        last_message: None,
    }
}

fn event(seq: u64, by: UserId, at: u64, body: EventBody) -> Event {
    Event { conversation: ID, seq: Seq(seq), at: Timestamp(at), by, client_id: None, body }
}

fn said(seq: u64, by: UserId, at: u64) -> Event {
    let text = MessageText::new(&format!("message {seq}")).unwrap();
    event(seq, by, at, EventBody::Posted(Posted { text, ordinal: seq, mentions: Vec::new() }))
}

fn live(event: Event) -> ServerFrame {
    ServerFrame::Event(EventFrame { event, users: Vec::new() })
}

#[test]
fn runs_end_with_the_author_the_day_and_a_long_silence() {
    let person = Person::reading(
        vec![
            said(1, MEI, DAY - 1_000),
            said(2, MEI, DAY - 500),
            said(3, MEI, DAY),
            said(4, LEI, DAY + 1),
            said(5, MEI, DAY + 2),
            said(6, MEI, DAY + 2 + 11 * 60_000),
        ],
        6,
    );
    assert_eq!(
        person.sees(),
        ["day 0", "mei [1", "mei 2]", "day 1", "mei [3]", "李雷 [4]", "mei [5]", "mei [6]"]
    );
}

#[test]
fn notices_stand_between_runs() {
    let left = event(2, LEI, 2, EventBody::Left(Left {}));
    let person = Person::reading(vec![said(1, MEI, 1), left, said(3, MEI, 3)], 3);
    assert_eq!(person.sees(), ["day 0", "mei [1]", "notice 2", "mei [3]"]);
}

#[test]
fn a_clock_that_runs_backward_begins_no_day() {
    let person = Person::reading(vec![said(1, MEI, DAY), said(2, MEI, DAY - 1)], 2);
    assert_eq!(person.sees(), ["day 1", "mei [1", "mei 2]"]);
}

#[test]
fn the_new_line_stays_where_reading_stood() {
    let mut person =
        Person::reading(vec![said(1, MEI, 1), said(2, ME, 2), said(3, MEI, 3), said(4, MEI, 4)], 1);
    let with_line = ["day 0", "mei [1]", "123 [2]", "new", "mei [3", "mei 4]"];
    assert_eq!(person.sees(), with_line, "one's own message is not new");
    person.chat.read_to(ID, Seq(4));
    assert_eq!(person.told(), [ClientFrame::Read { conversation: ID, seq: Seq(4) }]);
    assert_eq!(person.sees(), with_line);
    person.chat.read_to(ID, Seq(4));
    assert_eq!(person.told(), [], "what is read is told once");
    person.chat.open(None);
    person.chat.open(Some(ID));
    assert!(!person.sees().contains(&"new".to_owned()));
}

#[test]
fn a_message_shows_at_once_and_becomes_its_event() {
    let mut person = Person::reading(vec![said(1, ME, 1)], 1);
    let client_id = person.writes(9, "hello", 5);
    assert_eq!(person.sees(), ["day 0", "123 [1", "123 Pending]"]);
    let sent = ClientFrame::Send(Send { client_id, conversation: ID, text: "hello".to_owned() });
    assert_eq!(person.told(), [sent]);
    person.chat.take(ServerFrame::Ack(Ack { client_id, conversation: ID, seq: Seq(2), at: Timestamp(6) }));
    assert_eq!(person.sees(), ["day 0", "123 [1", "123 Sent]"]);
    let mut event = said(2, ME, 6);
    event.client_id = Some(client_id);
    person.chat.take(live(event));
    assert_eq!(person.sees(), ["day 0", "123 [1", "123 2]"]);
}

#[test]
fn what_has_no_answer_goes_out_again_with_the_next_welcome() {
    let mut person = Person::reading(vec![said(1, ME, 1)], 1);
    person.chat.lost();
    assert_eq!(person.chat.connection(), Connection::Offline);
    person.writes(1, "one", 5);
    person.writes(2, "two", 6);
    person.chat.writing(ID, Timestamp(7));
    assert_eq!(person.told(), [], "nothing is said into a dead connection");
    person.welcome(1, 1);
    assert_eq!(person.sent(), ["one", "two"]);
}

#[test]
fn a_browser_without_network_shows_at_once_and_a_word_from_the_server_says_otherwise() {
    let mut person = Person::welcomed(1, 1);
    person.chat.unplugged();
    assert_eq!(person.chat.connection(), Connection::Unplugged);
    person.writes(1, "one", 5);
    assert_eq!(person.sent(), ["one"], "the connection may hold: a server on this computer");
    person.chat.take(ServerFrame::Pong);
    assert_eq!(person.chat.connection(), Connection::Online);
    person.chat.unplugged();
    person.chat.lost();
    assert_eq!(person.chat.connection(), Connection::Offline);
    person.chat.unplugged();
    assert_eq!(person.chat.connection(), Connection::Offline);
}

#[test]
fn a_refused_message_can_be_retried_or_discarded() {
    let mut person = Person::reading(vec![said(1, ME, 1)], 1);
    let client_id = person.writes(1, "one", 5);
    let refuse =
        |code| ServerFrame::Error(ErrorBody { code, message: "No.".to_owned(), client_id: Some(client_id) });
    person.chat.take(refuse(ErrorCode::ShuttingDown));
    assert_eq!(person.sees().last().unwrap(), "123 Pending]", "a restart is no refusal");
    person.chat.take(refuse(ErrorCode::StoreFailed));
    assert_eq!(person.sees().last().unwrap(), "123 Failed]");
    person.told();
    person.chat.retry(client_id);
    assert_eq!(person.told().len(), 1);
    assert_eq!(person.sees().last().unwrap(), "123 Pending]");
    person.chat.take(refuse(ErrorCode::StoreFailed));
    person.chat.discard(client_id);
    assert_eq!(person.sees().last().unwrap(), "123 [1]");
}

#[test]
fn writing_is_told_every_few_seconds_and_anew_after_a_message() {
    let mut person = Person::reading(vec![said(1, ME, 1)], 1);
    for at in [0, 1_000, 2_999, 3_000, 3_500] {
        person.chat.writing(ID, Timestamp(at));
    }
    assert_eq!(person.told().len(), 2);
    person.writes(1, "one", 3_600);
    person.told();
    person.chat.writing(ID, Timestamp(3_700));
    assert_eq!(person.told(), [ClientFrame::Typing { conversation: ID, stopped: false }]);
}

#[test]
fn a_conversation_that_one_left_elsewhere_is_gone() {
    let person = Person::reading(vec![said(1, MEI, 1)], 1);
    person.chat.take(live(event(2, ME, 2, EventBody::Left(Left {}))));
    assert!(person.chat.is_gone(ID));
    let view = ConversationView { conversation: group(3, 3), users: Vec::new(), presence: Vec::new() };
    person.chat.view(view);
    assert!(!person.chat.is_gone(ID), "and there again once one is added");
}

#[test]
fn an_answer_that_comes_after_signing_out_is_let_go() {
    let person = Person::welcomed(1, 1);
    let chat = person.chat;
    person._owner.cleanup();
    let view = ConversationView { conversation: group(3, 3), users: Vec::new(), presence: Vec::new() };
    assert!(!chat.made(view), "nobody is there to go on with it");
    chat.met(Vec::new());
}

#[test]
fn a_lagging_connection_asks_for_a_fresh_welcome() {
    let mut person = Person::welcomed(1, 1);
    person.chat.take(ServerFrame::Lagged);
    assert_eq!(person.told(), [ClientFrame::Resync]);
}
