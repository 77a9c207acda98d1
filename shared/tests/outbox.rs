//! What is unsent: what has to be kept of it, and what a client that begins again makes of what was kept.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use confab_shared::{
    command::{Rename, Send},
    conversation::{Conversation, ConversationKind, ListCursor},
    error::{ErrorBody, ErrorCode},
    event::{Event, EventBody, Left, Posted},
    id::{AttachmentId, ClientId, ConversationId, Seq, Timestamp, UserId},
    protocol::{Ack, ClientFrame, EventFrame, Limits, Welcome},
    state::{OutboxChange, OutboxEntry, SendState, State},
    text::{MessageText, Title, UserName},
    user::User,
};

const HERE: ConversationId = ConversationId(7);
const ELSEWHERE: ConversationId = ConversationId(8);

fn id(number: u64) -> ClientId {
    serde_json::from_str(&format!("\"0190d0a0-0000-7000-8000-{number:012x}\"")).unwrap()
}

fn group(id: ConversationId) -> Conversation {
    Conversation {
        title: Some(Title::new("Trip").unwrap()),
        member_count: 2,
        head_seq: Seq(3),
        message_count: 3,
        read_seq: Seq(3),
        read_count: 3,
        mentions: vec![],
        ..Conversation::new(id, ConversationKind::Group, Timestamp(0))
    }
}

/// A client that keeps what it must, and what it kept.
#[derive(Default)]
struct Client {
    state: State,
    kept: BTreeMap<ClientId, OutboxEntry>,
}

impl Client {
    /// One that begins with what an earlier one kept.
    fn after(earlier: Client) -> Self {
        let mut client = Self { kept: earlier.kept, ..Self::default() };
        // In no order: so is what a browser keeps.
        client.state.outbox.restore(client.kept.values().rev().cloned().collect());
        client
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut State) -> T) -> T {
        let answer = change(&mut self.state);
        for change in self.state.outbox.take_changes() {
            match change {
                OutboxChange::Keep(entry) => drop(self.kept.insert(entry.client_id(), entry)),
                OutboxChange::Drop(id) => drop(self.kept.remove(&id)),
            }
        }
        answer
    }

    fn write(&mut self, number: u64, text: &str, at: u64) {
        self.write_in(HERE, number, text, at);
    }

    fn write_in(&mut self, conversation: ConversationId, number: u64, text: &str, at: u64) {
        let command = Send::new(id(number), conversation, text.to_owned());
        self.change(|state| state.outbox.push(command.into(), Timestamp(at)));
    }

    fn welcome(&mut self, conversations: Vec<Conversation>) {
        self.welcome_before(conversations, None);
    }

    /// A welcome that may not have all conversations.
    fn welcome_before(&mut self, conversations: Vec<Conversation>, more: Option<ListCursor>) {
        let you = User::new(UserId(1), UserName::new("mei").unwrap());
        let welcome = Welcome {
            you,
            conversations,
            more,
            users: vec![],
            presence: vec![],
            group_requests: vec![],
            threads: vec![],
            unread_threads: 0,
            limits: Limits::default(),
            time: Timestamp(0),
        };
        self.change(|state| state.welcome(welcome));
    }

    fn ack(&mut self, number: u64, seq: u64) {
        let ack = Ack { client_id: id(number), conversation: HERE, seq: Seq(seq), at: Timestamp(9_000) };
        self.change(|state| state.ack(&ack));
    }

    fn refuse(&mut self, number: u64, code: ErrorCode) {
        let error = ErrorBody::new(code, "No.".to_owned());
        self.change(|state| state.outbox.refused(id(number), &error));
    }

    /// The server takes no more for a moment.
    fn slow_down(&mut self, number: u64, wait_ms: u64, now: u64) {
        let error = ErrorBody {
            retry_after_ms: Some(wait_ms),
            ..ErrorBody::new(ErrorCode::RateLimited, "Too much.".to_owned())
        };
        self.change(|state| state.outbox.answered_with(id(number), &error, Timestamp(now)));
    }

    /// The server's storage is away for a moment.
    fn storage_is_away(&mut self, number: u64, wait_ms: u64, now: u64) {
        let error = ErrorBody {
            retry_after_ms: Some(wait_ms),
            ..ErrorBody::new(ErrorCode::StoreFailed, "Not now.".to_owned())
        };
        self.change(|state| state.outbox.answered_with(id(number), &error, Timestamp(now)));
    }

    /// What goes out at a time, of what waited.
    fn resumes(&mut self, now: u64) -> Vec<String> {
        texts(self.change(|state| state.outbox.resume(Timestamp(now))))
    }

    /// What goes out on a new connection.
    fn reconnects(&mut self, now: u64) -> Vec<String> {
        texts(self.change(|state| state.outbox.reconnected(Timestamp(now))))
    }

    /// What would go out on a new connection.
    fn sends(&self) -> Vec<String> {
        let text = |frame| match frame {
            ClientFrame::Send(send) => send.text,
            other => panic!("only messages wait: {other:?}"),
        };
        self.state.outbox.unanswered().into_iter().map(text).collect()
    }

    fn stranded(&self) -> Vec<&str> {
        self.state.stranded().filter_map(OutboxEntry::text).collect()
    }
}

fn texts(frames: Vec<ClientFrame>) -> Vec<String> {
    let text = |frame| match frame {
        ClientFrame::Send(Send { text, .. }) => text,
        other => panic!("not a message: {other:?}"),
    };
    frames.into_iter().map(text).collect()
}

fn posted(number: u64, seq: u64) -> EventFrame {
    let body = EventBody::Posted(Posted::new(MessageText::new("x").unwrap(), seq, vec![]));
    let event = Event {
        conversation: HERE,
        seq: Seq(seq),
        at: Timestamp(1),
        by: UserId(1),
        client_id: Some(id(number)),
        body,
    };
    EventFrame { event, users: vec![] }
}

#[test]
fn what_is_written_is_kept_until_it_is_on_the_servers_disk() {
    let mut client = Client::default();
    client.welcome(vec![group(HERE)]);
    client.write(1, "one", 5);
    assert_eq!(client.kept[&id(1)].state, SendState::Pending);
    client.ack(1, 4);
    assert!(client.kept.is_empty(), "an ack means: on disk");
    client.change(|state| state.event(posted(1, 4)));
    assert_eq!(client.state.outbox.of(HERE).count(), 0);

    client.write(2, "two", 6);
    client.change(|state| state.event(posted(2, 5)));
    assert!(client.kept.is_empty(), "an event may overtake its ack");
}

#[test]
fn order_is_that_of_writing_whatever_clocks_and_ids_say() {
    let mut client = Client::default();
    client.write(9, "one", 5_000);
    client.write(3, "two", 5_000);
    client.write(5, "three", 100);
    let mut client = Client::after(client);
    assert_eq!(client.sends(), ["one", "two", "three"]);
    client.write(1, "four", 50);
    let client = Client::after(client);
    assert_eq!(client.sends(), ["one", "two", "three", "four"]);
}

#[test]
fn what_is_restored_late_goes_before_what_was_written_since_and_only_once() {
    let mut earlier = Client::default();
    earlier.write(1, "one", 5);
    let kept: Vec<_> = earlier.kept.into_values().collect();
    let mut client = Client::default();
    client.write(2, "two", 1);
    client.change(|state| state.outbox.restore(kept.clone()));
    client.change(|state| state.outbox.restore(kept));
    assert_eq!(client.sends(), ["one", "two"]);
}

#[test]
fn a_message_that_the_server_has_is_not_kept_once_that_is_known() {
    let mut client = Client::default();
    client.welcome(vec![group(HERE)]);
    client.write(1, "one", 5);
    // Taken by the server; the client dies before the ack.
    let mut client = Client::after(client);
    let mut view = group(HERE);
    (view.head_seq, view.message_count) = (Seq(4), 4);
    client.welcome(vec![view]);
    assert_eq!(client.sends(), ["one"], "sent again, which the server knows by its id");
    client.ack(1, 4);
    assert!(client.kept.is_empty());
    assert_eq!(client.state.outbox.of(HERE).count(), 0);
}

#[test]
fn a_refusal_is_kept_and_can_be_retried_or_discarded_later() {
    let mut client = Client::default();
    client.welcome(vec![group(HERE)]);
    client.write(1, "one", 5);
    client.write(2, "two", 6);
    client.refuse(1, ErrorCode::StoreFailed);
    client.refuse(2, ErrorCode::StoreFailed);
    let mut client = Client::after(client);
    client.welcome(vec![group(HERE)]);
    assert_eq!(client.sends(), [""; 0]);
    let states: Vec<_> = client.state.outbox.of(HERE).map(|o| o.state.clone()).collect();
    assert_eq!(states[0], SendState::Failed(ErrorCode::StoreFailed, "No.".to_owned()));
    assert_eq!(client.stranded(), [""; 0], "its conversation shows it");
    client.change(|state| state.outbox.retry(id(1)));
    client.change(|state| state.outbox.discard(id(2)));
    assert_eq!(Client::after(client).sends(), ["one"]);
}

#[test]
fn what_was_written_where_one_is_no_more_is_stranded_and_not_lost() {
    let mut client = Client::default();
    client.write(1, "refused", 5);
    client.write_in(ELSEWHERE, 2, "sent", 6);
    let mut client = Client::after(client);
    client.welcome(vec![group(ELSEWHERE)]);
    assert_eq!(client.stranded(), [""; 0], "the server has the word");
    client.refuse(1, ErrorCode::UnknownConversation);
    assert_eq!(client.stranded(), ["refused"]);
    let mut client = Client::after(client);
    assert_eq!(client.stranded(), [""; 0], "nothing is known before the welcome");
    client.welcome(vec![group(ELSEWHERE)]);
    assert_eq!(client.stranded(), ["refused"]);
    client.welcome(vec![group(ELSEWHERE), group(HERE)]);
    assert_eq!(client.stranded(), [""; 0], "added again, and shown there");
}

#[test]
fn what_was_refused_in_a_conversation_beyond_the_welcome_is_not_stranded() {
    let mut client = Client::default();
    client.write(1, "too long", 5);
    client.write(2, "too late", 6);
    let more = ListCursor { last_activity_at: Timestamp(9), id: ELSEWHERE };
    client.welcome_before(vec![group(ELSEWHERE)], Some(more));
    client.refuse(1, ErrorCode::TextTooLong);
    assert_eq!(client.stranded(), [""; 0], "its conversation will show it");
    client.refuse(2, ErrorCode::UnknownConversation);
    assert_eq!(client.stranded(), ["too late"], "there is none");
    client.welcome(vec![group(ELSEWHERE)]);
    assert_eq!(client.stranded(), ["too long", "too late"]);
}

#[test]
fn leaving_strands_what_was_not_sent_and_drops_what_was() {
    let mut client = Client::default();
    client.welcome(vec![group(HERE)]);
    client.change(|state| state.open(Some(HERE)));
    client.write(1, "acknowledged", 5);
    client.write(2, "in time", 6);
    client.write(3, "too late", 7);
    client.ack(1, 40);
    let left = Event {
        conversation: HERE,
        seq: Seq(50),
        at: Timestamp(50),
        by: UserId(1),
        client_id: None,
        body: EventBody::Left(Left {}),
    };
    client.change(|state| state.event(EventFrame { event: left, users: vec![] }));
    assert_eq!(client.kept.keys().copied().collect::<Vec<_>>(), [id(2), id(3)]);
    client.ack(2, 41);
    client.refuse(3, ErrorCode::UnknownConversation);
    assert_eq!(client.stranded(), ["too late"]);
    assert_eq!(client.kept.keys().copied().collect::<Vec<_>>(), [id(3)], "the other had been sent before");
}

#[test]
fn all_that_is_unsent_can_be_given_up_at_once() {
    let mut client = Client::default();
    client.welcome(vec![group(HERE)]);
    client.change(|state| state.open(Some(HERE)));
    client.write(1, "acknowledged", 5);
    client.write(2, "pending", 6);
    client.write(3, "refused", 7);
    client.ack(1, 40);
    client.refuse(3, ErrorCode::StoreFailed);
    assert_eq!(client.state.outbox.unsent().count(), 2);
    client.change(|state| state.outbox.discard_unsent());
    assert_eq!(client.state.outbox.unsent().count(), 0);
    assert_eq!(client.state.outbox.of(HERE).count(), 1);
    assert!(client.kept.is_empty());
}

#[test]
fn an_entry_that_another_client_sent_or_discarded_is_removed_here_only() {
    let mut client = Client::default();
    client.write(1, "one", 5);
    client.write(2, "two", 6);
    client.change(|state| state.outbox.resolved_elsewhere(id(1)));
    assert_eq!(client.sends(), ["two"]);
    assert_eq!(client.kept.len(), 2, "the other client has removed it from the storage");
}

#[test]
fn an_entry_that_another_client_stored_is_taken_with_its_state() {
    let (mut one, mut other) = (Client::default(), Client::default());
    one.welcome(vec![group(HERE)]);
    other.welcome(vec![group(HERE)]);
    other.write(9, "later", 7);
    one.write(1, "earlier", 5);
    let stored = |client: &Client| client.kept[&id(1)].clone();
    other.change(|state| state.outbox.stored_elsewhere(stored(&one)));
    assert_eq!(other.sends(), ["earlier", "later"], "in the order of writing");
    assert_eq!(other.kept.len(), 1, "one client stores it");
    one.refuse(1, ErrorCode::StoreFailed);
    other.change(|state| state.outbox.stored_elsewhere(stored(&one)));
    assert_eq!(other.sends(), ["later"]);
    one.change(|state| state.outbox.retry(id(1)));
    other.change(|state| state.outbox.stored_elsewhere(stored(&one)));
    assert_eq!(other.sends(), ["earlier", "later"]);
    let refused =
        OutboxEntry { state: SendState::Failed(ErrorCode::Internal, "No.".to_owned()), ..stored(&one) };
    other.ack(1, 40);
    other.change(|state| state.outbox.stored_elsewhere(refused));
    assert_eq!(
        other.state.outbox.get(id(1)).unwrap().state,
        SendState::Sent(Seq(40)),
        "on the server's disk"
    );
}

#[test]
fn a_command_that_changed_nothing_leaves_the_outbox_with_the_head() {
    let mut client = Client::default();
    client.welcome(vec![group(HERE)]);
    let rename = Rename { client_id: id(1), conversation: HERE, title: "Trip".to_owned() };
    client.change(|state| state.outbox.push(rename.into(), Timestamp(5)));
    // Acknowledged with the head, an event of another member that has not arrived yet.
    client.ack(1, 4);
    assert_eq!(client.state.outbox.of(HERE).count(), 1);
    let mut event = posted(2, 4);
    event.event.by = UserId(2);
    client.change(|state| state.event(event));
    assert_eq!(client.state.outbox.of(HERE).count(), 0);
}

#[test]
fn what_the_server_does_not_take_yet_is_no_failure_and_goes_out_again_in_order() {
    let mut client = Client::default();
    client.welcome(vec![group(HERE)]);
    for (number, text) in [(1, "one"), (2, "two"), (3, "three")] {
        client.write(number, text, 5);
    }
    client.ack(1, 4);
    assert!(!client.state.outbox.is_waiting());
    client.slow_down(2, 2_000, 10_000);
    client.slow_down(3, 1_500, 10_100);
    assert!(client.state.outbox.is_waiting(), "nothing may overtake them");
    assert!(client.kept.values().all(|entry| entry.state == SendState::Pending));
    client.write(4, "four", 10_200);
    assert_eq!(client.resumes(11_999), [""; 0], "the longest wait counts");
    assert_eq!(client.resumes(12_000), ["two", "three", "four"]);
    assert!(!client.state.outbox.is_waiting());
    assert_eq!(client.resumes(99_000), [""; 0], "once");
    client.slow_down(2, 1_000, 12_000);
    client.ack(3, 5);
    assert_eq!(client.resumes(13_000), ["two", "four"]);
}

#[test]
fn many_that_waited_go_out_in_parts() {
    let mut client = Client::default();
    client.welcome(vec![group(HERE)]);
    for number in 1..=250 {
        client.write(number, &number.to_string(), 5);
    }
    let numbers = |range: std::ops::RangeInclusive<u64>| range.map(|n| n.to_string()).collect::<Vec<_>>();
    client.slow_down(1, 1_000, 0);
    assert_eq!(client.resumes(1_000), numbers(1..=100));
    assert!(client.state.outbox.is_waiting() && client.resumes(9_000).is_empty());
    (1..=99).for_each(|number| client.ack(number, number + 3));
    assert_eq!(client.resumes(9_000), [""; 0]);
    client.ack(100, 103);
    assert_eq!(client.resumes(9_000), numbers(101..=200));
    client.slow_down(150, 1_000, 9_000);
    (101..150).for_each(|number| client.ack(number, number + 3));
    assert_eq!(client.resumes(10_000), numbers(150..=249));
    client.refuse(249, ErrorCode::StoreFailed);
    assert_eq!(
        client.resumes(10_000),
        numbers(150..=248).into_iter().chain(["250".to_owned()]).collect::<Vec<_>>()
    );
    assert!(!client.state.outbox.is_waiting());
}

#[test]
fn a_new_connection_keeps_the_servers_time_and_waits_for_no_lost_answer() {
    let mut client = Client::default();
    client.welcome(vec![group(HERE)]);
    (1..=101).for_each(|number| client.write(number, &number.to_string(), 5));
    client.slow_down(1, 5_000, 0);
    assert_eq!(client.reconnects(1_000), [""; 0]);
    assert_eq!(client.reconnects(5_000).len(), 100);
    assert!(client.state.outbox.is_waiting(), "for the answer to the last of them");
    assert_eq!(client.reconnects(5_100).len(), 100, "which was lost");
    client.change(|state| state.outbox.discard(id(100)));
    assert_eq!(client.resumes(5_200).len(), 100);
    assert_eq!(client.reconnects(5_300).len(), 100);
    assert!(!client.state.outbox.is_waiting());
}

#[test]
fn what_storage_could_not_take_for_now_is_sent_again_in_order() {
    let mut client = Client::default();
    client.welcome(vec![group(HERE)]);
    client.write(1, "one", 5);
    client.write(2, "two", 6);
    client.storage_is_away(1, 2_000, 0);
    client.storage_is_away(2, 2_000, 1);
    assert!(client.resumes(2_000).is_empty());
    assert_eq!(client.resumes(2_001), ["one", "two"]);
}

#[test]
fn a_command_that_would_have_to_wait_for_long_is_refused() {
    let mut client = Client::default();
    client.welcome(vec![group(HERE)]);
    client.write(1, "one", 5);
    client.slow_down(1, 61_000, 0);
    assert!(!client.state.outbox.is_waiting());
    let state = SendState::Failed(ErrorCode::RateLimited, "Too much.".to_owned());
    assert_eq!(client.kept[&id(1)].state, state);
    client.slow_down(1, 1_000, 0);
    assert!(!client.state.outbox.is_waiting(), "an answer to what is not pending");
}

#[test]
fn a_message_waits_for_its_files_and_holds_no_other_up() {
    let mut client = Client::default();
    let message = Send::new(id(1), HERE, "look".to_owned());
    client.change(|state| state.outbox.push_waiting(message.clone(), Timestamp(5)));
    client.write(2, "meanwhile", 6);
    assert_eq!(client.state.outbox.get(id(1)).unwrap().state, SendState::Waiting);
    // It outlives the client, and a new connection does not send it.
    let mut client = Client::after(client);
    let sent = |frames: Vec<ClientFrame>| -> Vec<_> {
        frames.into_iter().map(|frame| frame.into_command().unwrap().client_id()).collect()
    };
    assert_eq!(sent(client.change(|state| state.outbox.reconnected(Timestamp(7)))), [id(2)]);
    let files = vec![AttachmentId(id(9).0), AttachmentId(id(8).0)];
    let frame = client.change(|state| state.outbox.release(id(1), files.clone())).unwrap();
    let wanted = Send { attachments: files, ..message };
    assert_eq!(frame, ClientFrame::Send(wanted.clone()));
    assert_eq!(client.kept[&id(1)].command, wanted.into());
    assert_eq!(client.kept[&id(1)].state, SendState::Pending);
    assert_eq!(client.change(|state| state.outbox.release(id(1), Vec::new())), None, "it waits no more");
    assert_eq!(sent(client.change(|state| state.outbox.reconnected(Timestamp(8)))), [id(1), id(2)]);
}

#[test]
fn a_refused_message_waits_for_its_files_again() {
    let mut client = Client::default();
    client.change(|state| {
        state.outbox.push_waiting(Send::new(id(1), HERE, "look".to_owned()), Timestamp(5));
        state.outbox.release(id(1), vec![AttachmentId(id(9).0)]);
        state.outbox.refused(id(1), &ErrorBody::new(ErrorCode::UnknownAttachment, String::new()));
    });
    assert!(client.change(|state| state.outbox.retry_with_files(id(1))));
    assert_eq!(client.kept[&id(1)].state, SendState::Waiting);
    assert!(!client.change(|state| state.outbox.retry_with_files(id(1))), "it is not refused");
    let files = vec![AttachmentId(id(8).0)];
    let frame = client.change(|state| state.outbox.release(id(1), files.clone())).unwrap();
    assert!(matches!(frame, ClientFrame::Send(send) if send.attachments == files));
}
