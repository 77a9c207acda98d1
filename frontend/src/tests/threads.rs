//! Threads: their rows, what is unread in them, and that reading one thing reads nothing else.

use confab_shared::{message::Message, thread::ThreadState};

use super::*;
use crate::{features::message_actions::offers::offers, state::Scope};

const ROOT: Seq = Seq(1);

fn thread() -> Scope {
    Scope::of_thread(ID, ROOT)
}

/// A reply of the thread of the first message.
fn reply(seq: u64, by: UserId) -> Event {
    let text = MessageText::new(&format!("reply {seq}")).unwrap();
    let root_author = (seq == 2).then_some(ME);
    let posted = Posted { thread: Some(ROOT), root_author, ..Posted::new(text, 1, Vec::new()) };
    event(seq, by, seq, posted.into())
}

/// The newest replies of the thread, all of them where `from` is 1.
fn replies_page(log: &[Event], from: u64) -> MessagePage {
    let head = log.len() as u64;
    let replies = log.iter().filter(|event| event.seq.0 >= from);
    let items = replies.filter_map(|event| Item::of_thread(ROOT, event)).collect();
    let EventBody::Posted(posted) = &log[0].body else { panic!("the root is a message") };
    let mut root = Message::new(&log[0], posted);
    log.iter().for_each(|event| root.apply(event));
    MessagePage { items, root: Some(root), ..page_of(log, from..=head, head) }
}

/// The user has read the conversation and opens the thread of their own message 1, to which Mei replied.
fn in_thread(replies: u64) -> (Client, Vec<Event>) {
    let log: Vec<_> =
        std::iter::once(posted(1, ME, 1)).chain((2..=1 + replies).map(|seq| reply(seq, MEI))).collect();
    let mut client = Client::reading(vec![posted(1, ME, 1)], 1);
    log[1..].iter().for_each(|event| client.chat.receive(live(event.clone())));
    client.chat.open_thread(ID, ROOT);
    let request = client.required_fetch();
    assert_eq!(request, FetchRequest::Thread(ID, ROOT));
    client.chat.apply_messages(request, replies_page(&log, 1));
    (client, log)
}

fn rows_of(client: &Client) -> Vec<String> {
    let new_after = client.chat.opened(thread()).and_then(OpenConversation::new_after);
    client.chat.state.with_untracked(|state| {
        let window = RowWindow::From(Seq(0), usize::MAX);
        let rows = rows(state, thread(), new_after, window, |at| at.0 / DAY);
        rows.into_iter().map(|row| abbreviated(row, state)).collect()
    })
}

fn unread(client: &Client) -> (u64, u64) {
    client.chat.state.with_untracked(|state| (state.unread(), state.unread_thread_count()))
}

#[test]
fn a_thread_has_its_root_on_top_and_a_line_above_what_is_new() {
    let (client, _) = in_thread(2);
    assert_eq!(rows_of(&client), ["day 0", "123 [1]", "replies", "new", "mei [2", "mei 3]"]);
    assert_eq!(client.rows(), ["day 0", "123 [1]"], "the conversation has none of it");
}

#[test]
fn what_is_read_in_a_thread_is_not_read_in_the_conversation_and_the_other_way_round() {
    let (mut client, _) = in_thread(2);
    client.chat.receive(live(Event { seq: Seq(4), ..posted(2, LEI, 4) }));
    assert_eq!(unread(&client), (1, 1));
    client.chat.read_to(ID, Seq(4));
    assert_eq!(unread(&client), (0, 1), "the thread is unread");
    client.sent_frames();
    client.chat.receive(live(Event { seq: Seq(5), ..posted(3, LEI, 5) }));
    client.chat.read_to(thread(), Seq(3));
    assert_eq!(unread(&client), (1, 0), "the conversation is unread");
    let read = ClientFrame::Read { conversation: ID, seq: Seq(3), thread: Some(ROOT) };
    assert_eq!(client.sent_frames(), [read]);
    client.chat.read_to(thread(), Seq(3));
    assert_eq!(client.sent_frames(), [], "once");
}

#[test]
fn opening_the_conversation_reads_no_thread() {
    let client = Client::reading(vec![posted(1, ME, 1)], 1);
    client.chat.receive(live(reply(2, MEI)));
    client.chat.open(None);
    client.chat.open(Some(ID));
    client.chat.read_to(ID, Seq(2));
    assert_eq!(unread(&client), (0, 1));
}

#[test]
fn a_deleted_root_leaves_no_badge() {
    let (client, _) = in_thread(2);
    assert_eq!(unread(&client), (0, 1));
    client.chat.receive(live(event(4, ME, 4, Deleted::new(ROOT, None).into())));
    assert_eq!(unread(&client), (0, 0));
    client.chat.receive(live(reply(5, MEI)));
    assert_eq!(unread(&client), (0, 0), "nor does a reply that was under way");
    let offered = client.chat.state.with_untracked(|state| offers(state, thread(), Seq(2)));
    assert!(offered.react && !offered.reply, "{offered:?}");
}

#[test]
fn a_reply_shows_in_its_thread_at_once_and_in_the_conversation_only_if_it_is_to() {
    let (mut client, _) = in_thread(1);
    client.sent_frames();
    let send = |number, also| Send {
        thread: Some(ROOT),
        also_in_conversation: also,
        ..Send::new(ClientId(Uuid::from_u128(number)), ID, "mine".to_owned())
    };
    client.chat.send_message(send(1, false), Timestamp(3));
    assert_eq!(rows_of(&client), ["day 0", "123 [1]", "replies", "mei [2]", "123 [Pending]"]);
    assert_eq!(client.rows(), ["day 0", "123 [1]"]);
    client.chat.send_message(send(2, true), Timestamp(4));
    assert_eq!(client.rows(), ["day 0", "123 [1", "123 Pending]"]);
    assert_eq!(client.sent_frames(), [ClientFrame::Send(send(1, false)), ClientFrame::Send(send(2, true))]);
    assert_eq!((client.chat.sent_count(ID.into()), client.chat.sent_count(thread())), (0, 2));
}

#[test]
fn older_replies_are_fetched_below_the_root() {
    let (mut client, _) = in_thread(1);
    let log: Vec<_> = std::iter::once(posted(1, ME, 1)).chain((2..=101).map(|seq| reply(seq, MEI))).collect();
    client.chat.close_thread(thread());
    log[2..].iter().for_each(|event| client.chat.receive(live(event.clone())));
    client.chat.open_thread(ID, ROOT);
    let request = client.required_fetch();
    client.chat.apply_messages(request, replies_page(&log, 42));
    assert!(!rows_of(&client).contains(&"replies".to_owned()), "the root is above what is not there yet");
    client.chat.fetch_page(thread(), Edge::Older);
    client.chat.fetch_page(thread(), Edge::Older);
    assert_eq!(client.fetches(), [Fetch::Page(thread(), Edge::Older, Seq(42))]);
    let older = replies_page(&log, 1);
    client.chat.apply_adjacent_page(thread(), Edge::Older, Some(older));
    assert_eq!(rows_of(&client)[..3], ["day 0", "123 [1]", "replies"]);
    assert_eq!(rows_of(&client).len(), 103 + 1, "and the line above what is new");
}

#[test]
fn a_thread_that_does_not_exist_is_closed() {
    let mut client = Client::reading(vec![posted(1, ME, 1)], 1);
    client.chat.open_thread(ID, Seq(9));
    assert_eq!(client.required_fetch(), FetchRequest::Thread(ID, Seq(9)));
    client.chat.thread_not_found(ID, Seq(9));
    assert_eq!(client.chat.state.with_untracked(State::opened_thread), None);
    assert_eq!(client.fetches(), []);
}

#[test]
fn a_thread_is_followed_without_a_reply() {
    let client = Client::reading(vec![posted(1, MEI, 1)], 1);
    let followed = ThreadState { following: true, ..ThreadState::new(ID, ROOT, Seq(1)) };
    client.chat.apply_thread(followed, State::thread_changed);
    client.chat.receive(live(reply(2, LEI)));
    assert_eq!(unread(&client), (0, 1));
}
