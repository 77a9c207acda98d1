//! The page's whole state: frames go in, rows and commands come out.

use std::sync::{Arc, Mutex};

use confab_shared::{
    api::{ConversationView, EventPage, MessagePage},
    command::Send,
    conversation::{Conversation, ConversationKind, ListCursor},
    error::{ErrorBody, ErrorCode},
    event::{Deleted, Edited, Event, EventBody, Left, Posted},
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    item::Item,
    protocol::{Ack, ClientFrame, EventFrame, Limits, ReadSignal, ServerFrame, Welcome},
    state::{FetchRequest, OutboxEntry, State},
    text::{MessageText, UserName},
    user::User,
};
use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    features::timeline::{
        rows::{MessageSource, Row, rows},
        window::RowWindow,
    },
    state::{
        AnchorOffset, Chat, Connection, Edge, Fetch, OpenConversation, OutboxStorage, OutputReceivers,
        PageFetch, ScrollAnchor,
    },
};

mod faces;
mod group_changes;
mod group_requests;
mod listing;
mod message_actions;
mod outbox;
mod people;
mod reading;
mod replies;
mod threads;
mod window;

const ME: UserId = UserId(1);
const MEI: UserId = UserId(2);
const LEI: UserId = UserId(3);
const ID: ConversationId = ConversationId(7);
const DAY: u64 = 86_400_000;

/// A user with the page open.
struct Client {
    chat: Chat,
    outputs: OutputReceivers,
    storage: MemoryStorage,
    _owner: Owner,
}

/// A storage that outlives the page.
#[derive(Clone, Default)]
struct MemoryStorage(Arc<Mutex<Stored>>);

#[derive(Default)]
struct Stored {
    entries: Vec<OutboxEntry>,
    full: bool,
}

impl MemoryStorage {
    fn texts(&self) -> Vec<String> {
        let stored = self.0.lock().unwrap();
        stored.entries.iter().map(|entry| entry.text().unwrap_or_default().to_owned()).collect()
    }

    fn set_full(&self, full: bool) {
        self.0.lock().unwrap().full = full;
    }
}

impl OutboxStorage for MemoryStorage {
    fn load(&self) -> Vec<OutboxEntry> {
        self.0.lock().unwrap().entries.clone()
    }

    fn save(&self, entry: &OutboxEntry) -> bool {
        let Stored { entries, full } = &mut *self.0.lock().unwrap();
        entries.retain(|other| other.client_id() != entry.client_id());
        entries.extend((!*full).then(|| entry.clone()));
        !*full
    }

    fn remove(&self, client_id: ClientId) {
        self.0.lock().unwrap().entries.retain(|entry| entry.client_id() != client_id);
    }
}

impl Client {
    /// Connects and is welcomed with one group, of whose `head` messages `read` are read.
    fn welcomed(head: u64, read: u64) -> Self {
        let owner = Owner::new();
        owner.set();
        let storage = MemoryStorage::default();
        let (chat, outputs) = Chat::new(Timestamp(0), Box::new(storage.clone()));
        let client = Self { chat, outputs, storage, _owner: owner };
        client.welcome(head, read);
        client
    }

    /// Closes the page without notice and opens it again.
    fn restarted(self) -> Self {
        let (chat, outputs) = Chat::new(Timestamp(0), Box::new(self.storage.clone()));
        Self { chat, outputs, ..self }
    }

    fn welcome(&self, head: u64, read: u64) {
        self.welcome_to(vec![group(head, read)]);
    }

    fn welcome_to(&self, conversations: Vec<Conversation>) {
        self.welcome_before(conversations, None);
    }

    /// A welcome that may not have all conversations.
    fn welcome_before(&self, conversations: Vec<Conversation>, more: Option<ListCursor>) {
        self.chat.receive(ServerFrame::Welcome(Box::new(Welcome {
            you: user(ME, "123"),
            conversations,
            more,
            users: vec![user(MEI, "mei"), user(LEI, "李雷")],
            presence: Vec::new(),
            group_requests: Vec::new(),
            threads: Vec::new(),
            unread_threads: 0,
            limits: Limits::default(),
            time: Timestamp(0),
        })));
    }

    /// Opens the group and fetches its log.
    fn reading(events: Vec<Event>, read: u64) -> Self {
        let head = events.len() as u64;
        let mut client = Self::welcomed(head, read);
        client.chat.open(Some(ID));
        let request = client.required_fetch();
        client.chat.apply_messages(request, page_of(&events, 1..=head, head));
        client
    }

    fn sends(&self, number: u128, text: &str, at: u64) -> ClientId {
        let client_id = ClientId(Uuid::from_u128(number));
        self.chat.send_message(Send::new(client_id, ID, text.to_owned()), Timestamp(at));
        client_id
    }

    /// The rows in short: `mei [1]`, with brackets around a group of messages.
    fn rows(&self) -> Vec<String> {
        let new_after = self.chat.open_conversation().and_then(OpenConversation::new_after);
        self.chat.state.with_untracked(|state| {
            let window = RowWindow::From(Seq(0), usize::MAX);
            rows(state, ID, new_after, window, |at| at.0 / DAY)
                .iter()
                .map(|row| abbreviated(*row, state))
                .collect()
        })
    }

    fn sent_frames(&mut self) -> Vec<ClientFrame> {
        std::iter::from_fn(|| self.outputs.frames.try_recv().ok()).collect()
    }

    /// The texts of the messages that were sent.
    fn sent_texts(&mut self) -> Vec<String> {
        let text = |frame| if let ClientFrame::Send(send) = frame { send.text } else { format!("{frame:?}") };
        self.sent_frames().into_iter().map(text).collect()
    }

    fn receive_ack(&self, number: u128, seq: u64) {
        let client_id = ClientId(Uuid::from_u128(number));
        let ack = Ack { client_id, conversation: ID, seq: Seq(seq), at: Timestamp(6) };
        self.chat.receive(ServerFrame::Ack(ack));
    }

    /// The one fetch that the reducer asked for.
    fn required_fetch(&mut self) -> FetchRequest {
        match self.fetches()[..] {
            [Fetch::Required(request)] => request,
            ref fetches => panic!("not one required fetch: {fetches:?}"),
        }
    }

    fn fetches(&mut self) -> Vec<Fetch> {
        std::iter::from_fn(|| self.outputs.fetches.try_recv().ok()).collect()
    }
}

fn abbreviated(row: Row, state: &State) -> String {
    match row {
        Row::Day(day, _) => format!("day {day}"),
        Row::NewMarker => "new".to_owned(),
        Row::ReplyCount => "replies".to_owned(),
        Row::Notice(seq) => format!("notice {seq}"),
        Row::Message(row) => {
            let name = state.user(row.by).map(|user| user.name.to_string()).unwrap_or_default();
            let (open, close) =
                (if row.first_of_group { "[" } else { "" }, if row.last_of_group { "]" } else { "" });
            match row.source {
                MessageSource::Log(seq) => format!("{name} {open}{seq}{close}"),
                MessageSource::Outbox(_, delivery) => format!("{name} {open}{delivery:?}{close}"),
            }
        }
    }
}

fn user(id: UserId, name: &str) -> User {
    User::new(id, UserName::new(name).unwrap())
}

fn group(head: u64, read: u64) -> Conversation {
    Conversation {
        member_count: 3,
        head_seq: Seq(head),
        message_count: head,
        read_seq: Seq(read),
        read_count: read,
        ..Conversation::new(ID, ConversationKind::Group, Timestamp(0))
    }
}

fn event(seq: u64, by: UserId, at: u64, body: EventBody) -> Event {
    Event { conversation: ID, seq: Seq(seq), at: Timestamp(at), by, client_id: None, body }
}

fn posted(seq: u64, by: UserId, at: u64) -> Event {
    let text = MessageText::new(&format!("message {seq}")).unwrap();
    event(seq, by, at, EventBody::Posted(Posted::new(text, seq, Vec::new())))
}

/// The page of a part of a log, as it is once all of its events have happened.
fn page_of(log: &[Event], part: std::ops::RangeInclusive<u64>, head: u64) -> MessagePage {
    let mut items: Vec<Item> =
        log.iter().filter(|event| part.contains(&event.seq.0)).filter_map(Item::of).collect();
    for item in &mut items {
        if let Item::Message(message) = item {
            log.iter().for_each(|event| message.apply(event));
        }
    }
    let (first_seq, last_seq) = (Seq(*part.start()), Seq(*part.end()));
    MessagePage {
        items,
        quoted: vec![],
        root: None,
        users: Vec::new(),
        head_seq: Seq(head),
        first_seq,
        last_seq,
    }
}

fn live(event: Event) -> ServerFrame {
    ServerFrame::Event(EventFrame { event, users: Vec::new() })
}

#[test]
fn message_groups_end_with_the_author_the_day_and_a_long_gap() {
    let client = Client::reading(
        vec![
            posted(1, MEI, DAY - 1_000),
            posted(2, MEI, DAY - 500),
            posted(3, MEI, DAY),
            posted(4, LEI, DAY + 1),
            posted(5, MEI, DAY + 2),
            posted(6, MEI, DAY + 2 + 11 * 60_000),
        ],
        6,
    );
    assert_eq!(
        client.rows(),
        ["day 0", "mei [1", "mei 2]", "day 1", "mei [3]", "李雷 [4]", "mei [5]", "mei [6]"]
    );
}

#[test]
fn notices_separate_message_groups() {
    let left = event(2, LEI, 2, EventBody::Left(Left {}));
    let client = Client::reading(vec![posted(1, MEI, 1), left, posted(3, MEI, 3)], 3);
    assert_eq!(client.rows(), ["day 0", "mei [1]", "notice 2", "mei [3]"]);
}

#[test]
fn an_earlier_day_adds_no_heading() {
    let client = Client::reading(vec![posted(1, MEI, DAY), posted(2, MEI, DAY - 1)], 2);
    assert_eq!(client.rows(), ["day 1", "mei [1", "mei 2]"]);
}

#[test]
fn the_new_marker_stays_while_the_user_reads() {
    let mut client =
        Client::reading(vec![posted(1, MEI, 1), posted(2, ME, 2), posted(3, MEI, 3), posted(4, MEI, 4)], 1);
    let with_marker = ["day 0", "mei [1]", "123 [2]", "new", "mei [3", "mei 4]"];
    assert_eq!(client.rows(), with_marker, "own messages are not new");
    client.chat.read_to(ID, Seq(4));
    assert_eq!(client.sent_frames(), [ClientFrame::Read { conversation: ID, seq: Seq(4), thread: None }]);
    assert_eq!(client.rows(), with_marker);
    client.chat.read_to(ID, Seq(4));
    assert_eq!(client.sent_frames(), [], "a read position is sent once");
    client.chat.open(None);
    client.chat.open(Some(ID));
    assert!(!client.rows().contains(&"new".to_owned()));
}

#[test]
fn a_message_shows_at_once_and_is_replaced_by_its_event() {
    let mut client = Client::reading(vec![posted(1, ME, 1)], 1);
    let client_id = client.sends(9, "hello", 5);
    assert_eq!(client.rows(), ["day 0", "123 [1", "123 Pending]"]);
    let sent = ClientFrame::Send(Send::new(client_id, ID, "hello".to_owned()));
    assert_eq!(client.sent_frames(), [sent]);
    client.chat.receive(ServerFrame::Ack(Ack { client_id, conversation: ID, seq: Seq(2), at: Timestamp(6) }));
    assert_eq!(client.rows(), ["day 0", "123 [1", "123 Sent]"]);
    let mut event = posted(2, ME, 6);
    event.client_id = Some(client_id);
    client.chat.receive(live(event));
    assert_eq!(client.rows(), ["day 0", "123 [1", "123 2]"]);
}

#[test]
fn a_change_of_a_message_adds_no_row() {
    let client = Client::reading(vec![posted(1, MEI, 1), posted(2, MEI, 2)], 2);
    let rows = client.rows();
    let message =
        |seq| client.chat.state.with_untracked(|state| state.message(ID, Seq(seq))).unwrap().message;
    let text = MessageText::new("better").unwrap();
    let edited = Edited::new(Seq(1), text, Vec::new(), Vec::new());
    client.chat.receive(live(event(3, MEI, 3, edited.into())));
    assert_eq!((message(1).text.as_str(), message(1).edited_at), ("better", Some(Timestamp(3))));
    client.chat.receive(live(event(4, MEI, 4, Deleted::new(Seq(2), None).into())));
    assert!(message(2).deleted.is_some());
    assert_eq!(client.rows(), rows);
    client.chat.receive(live(posted(5, MEI, 5)));
    assert_eq!(client.rows().last().unwrap(), "mei 5]");
}

#[test]
fn unanswered_commands_are_sent_again_after_the_next_welcome() {
    let mut client = Client::reading(vec![posted(1, ME, 1)], 1);
    client.chat.connection_lost();
    assert_eq!(client.chat.connection(), Connection::Offline);
    client.sends(1, "one", 5);
    client.sends(2, "two", 6);
    client.chat.notify_typing(ID, Timestamp(7));
    assert_eq!(client.sent_frames(), [], "nothing is sent while disconnected");
    client.welcome(1, 1);
    assert_eq!(client.sent_texts(), ["one", "two"]);
}

#[test]
fn a_lost_network_shows_at_once_until_a_frame_is_received() {
    let mut client = Client::welcomed(1, 1);
    client.chat.network_lost();
    assert_eq!(client.chat.connection(), Connection::NoNetwork);
    client.sends(1, "one", 5);
    assert_eq!(client.sent_texts(), ["one"], "the connection may hold, for example to this computer");
    client.chat.receive(ServerFrame::Pong);
    assert_eq!(client.chat.connection(), Connection::Online);
    client.chat.network_lost();
    client.chat.connection_lost();
    assert_eq!(client.chat.connection(), Connection::Offline);
    client.chat.network_lost();
    assert_eq!(client.chat.connection(), Connection::Offline);
}

#[test]
fn a_refused_message_can_be_retried_or_discarded() {
    let mut client = Client::reading(vec![posted(1, ME, 1)], 1);
    let client_id = client.sends(1, "one", 5);
    let refuse = |code| {
        ServerFrame::Error(ErrorBody {
            code,
            message: "No.".to_owned(),
            client_id: Some(client_id),
            retry_after_ms: None,
        })
    };
    client.chat.receive(refuse(ErrorCode::ShuttingDown));
    assert_eq!(client.rows().last().unwrap(), "123 Pending]", "a restart is no refusal");
    client.chat.receive(refuse(ErrorCode::StoreFailed));
    assert_eq!(client.rows().last().unwrap(), "123 Failed]");
    client.sent_frames();
    client.chat.retry(client_id);
    assert_eq!(client.sent_frames().len(), 1);
    assert_eq!(client.rows().last().unwrap(), "123 Pending]");
    client.chat.receive(refuse(ErrorCode::StoreFailed));
    client.chat.discard(client_id);
    assert_eq!(client.rows().last().unwrap(), "123 [1]");
}

#[test]
fn typing_is_signalled_every_few_seconds_and_stops_with_the_message() {
    let typing = |stopped| ClientFrame::Typing { conversation: ID, stopped };
    let mut client = Client::reading(vec![posted(1, ME, 1)], 1);
    for at in [0, 1_000, 2_999, 3_000, 3_500] {
        client.chat.notify_typing(ID, Timestamp(at));
    }
    assert_eq!(client.sent_frames(), [typing(false), typing(false)]);
    client.sends(1, "one", 3_600);
    assert_eq!(client.sent_frames().first(), Some(&typing(true)));
    client.sends(2, "two", 3_650);
    assert_eq!(client.sent_frames().len(), 1, "a stop is signalled once");
    client.chat.notify_typing(ID, Timestamp(3_700));
    client.chat.stop_typing(ConversationId(8));
    client.chat.stop_typing(ID);
    assert_eq!(client.sent_frames(), [typing(false), typing(true)]);
}

#[test]
fn a_member_who_stops_typing_is_no_longer_shown() {
    let client = Client::welcomed(1, 1);
    let typing = |stopped| ServerFrame::Typing { conversation: ID, user: user(MEI, "mei"), stopped };
    let members = || client.chat.state.with_untracked(|state| state.typing(ID, Timestamp(1)));
    client.chat.receive(typing(false));
    assert_eq!(members(), [MEI]);
    client.chat.receive(typing(true));
    assert_eq!(members(), []);
}

#[test]
fn a_conversation_left_in_another_session_is_gone() {
    let client = Client::reading(vec![posted(1, MEI, 1)], 1);
    client.chat.receive(live(event(2, ME, 2, EventBody::Left(Left {}))));
    assert!(client.chat.is_gone(ID));
    let view = ConversationView { conversation: group(3, 3), users: Vec::new(), presence: Vec::new() };
    client.chat.apply_conversation(view);
    assert!(!client.chat.is_gone(ID), "until the user is added again");
}

#[test]
fn answers_after_a_sign_out_are_ignored() {
    let client = Client::welcomed(1, 1);
    let chat = client.chat;
    client._owner.cleanup();
    let view = ConversationView { conversation: group(3, 3), users: Vec::new(), presence: Vec::new() };
    assert!(!chat.apply_created(view), "the state is gone");
    chat.apply_presence(Vec::new());
}

#[test]
fn slow_is_what_the_server_says_until_the_connection_is_another() {
    let client = Client::welcomed(1, 1);
    client.chat.receive(ServerFrame::Slow { slow: true });
    assert!(client.chat.is_slow());
    client.chat.receive(ServerFrame::Slow { slow: false });
    assert!(!client.chat.is_slow());
    client.chat.receive(ServerFrame::Slow { slow: true });
    client.chat.connection_lost();
    assert!(!client.chat.is_slow());
}

#[test]
fn a_lagging_connection_resyncs() {
    let mut client = Client::welcomed(1, 1);
    client.chat.receive(ServerFrame::Lagged);
    assert_eq!(client.sent_frames(), [ClientFrame::Resync]);
}
