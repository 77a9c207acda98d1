//! Threads beside the timeline: over the wire, by people.

use confab_shared::{
    api::{ThreadChange, ThreadPage},
    command::{Command, Delete, Edit, Pin, React, Send},
    error::ErrorCode,
    event::EventBody,
    id::{ConversationId, Seq},
    protocol::ServerFrame,
    thread::ThreadState,
};
use reqwest::Method;

use crate::support::{
    Mirror, Person, Server, Socket, client_id,
    person::{EVERYONE, Refused, answer},
};

fn reply(conversation: ConversationId, root: Seq, text: &str) -> Send {
    Send { thread: Some(root), ..Send::new(client_id(), conversation, text.to_owned()) }
}

fn delete(conversation: ConversationId, target: Seq) -> Delete {
    Delete { client_id: client_id(), conversation, target }
}

async fn follow(
    person: &Person,
    id: ConversationId,
    root: Seq,
    following: bool,
) -> Result<ThreadState, Refused> {
    let path = format!("/conversations/{id}/threads/{root}");
    answer(person.request(Method::PUT, &path).json(&ThreadChange { following })).await
}

async fn inbox(person: &Person, query: &str) -> ThreadPage {
    person.threads(query).await.unwrap()
}

/// In how many threads something is unread.
async fn badge(person: &Person) -> u64 {
    person.connect().await.welcome.unread_threads
}

/// A group of three, with a message of the one who made it.
async fn group(server: &Server) -> ([Person; 3], [Socket; 3], ConversationId, Seq) {
    let [mei, ada, li] = ["mei", "ada", "li"].map(|name| Person::come(server, name));
    let people = [mei.await, ada.await, li.await];
    let trip = people[0].group("Trip", &["ada", "li"]).await;
    let [mei, ada, li] = &people;
    let mut sockets = [mei.connect().await, ada.connect().await, li.connect().await];
    let root = sockets[0].send_text(trip, "where to?").await.seq;
    (people, sockets, trip, root)
}

#[tokio::test]
async fn a_reply_shows_in_its_thread_and_under_its_root() {
    let server = Server::start().await;
    let ([mei, ada, li], [mut meis, mut adas, _], trip, root) = group(&server).await;
    let first = adas.carry_out(reply(trip, root, "north")).await.unwrap().seq;
    let second = meis.carry_out(reply(trip, root, "too cold")).await.unwrap().seq;
    let page = li.messages(trip, &format!("thread={root}")).await.unwrap();
    let seqs: Vec<_> = page.items.iter().map(|item| item.seq()).collect();
    assert_eq!((seqs, page.first_seq, page.last_seq), (vec![first, second], Seq(1), page.head_seq));
    let shown = page.root.unwrap().replies.unwrap();
    assert_eq!((shown.count, shown.last_seq, shown.faces), (2, second, vec![mei.user.id, ada.user.id]));
    let timeline = li.messages(trip, "").await.unwrap();
    assert!(timeline.items.iter().all(|item| item.seq() != first && item.seq() != second));
    assert_eq!(timeline.items.last().unwrap().message().unwrap().replies.as_ref().unwrap().count, 2);
    // What is done to messages is done to replies.
    let edit = Edit { client_id: client_id(), conversation: trip, target: first, text: "north!".to_owned() };
    adas.carry_out(edit).await.unwrap();
    let react =
        React {
            client_id: client_id(), conversation: trip, target: first, emoji: "👍".to_owned(), on: true
        };
    let pin = Pin { client_id: client_id(), conversation: trip, target: first, on: true };
    for change in [Command::from(react), pin.into()] {
        meis.carry_out(change).await.unwrap();
    }
    let page = li.messages(trip, &format!("thread={root}&around={first}&limit=1")).await.unwrap();
    let message = page.items[0].message().unwrap();
    assert_eq!((message.text.as_str(), message.reactions.len(), message.thread), ("north!", 1, Some(root)));
    assert!(message.pinned.is_some());
    adas.carry_out(delete(trip, first)).await.unwrap();
    let log = li.log(trip).await;
    let said = log.iter().any(|event| serde_json::to_string(event).unwrap().contains("north"));
    assert!(!said, "nothing is left of what was said");
    assert_eq!(li.message(trip, root).await.replies.unwrap().count, 1);
}

#[tokio::test]
async fn opening_the_conversation_does_not_read_its_threads_and_the_other_way_round() {
    let server = Server::start().await;
    let ([_, _, li], [mut meis, mut adas, mut lis], trip, root) = group(&server).await;
    meis.carry_out(reply(trip, root, "what does @li say?")).await.unwrap();
    let asked = adas.send_text(trip, "a message").await.seq;
    let badges = |li: &Person| {
        let li = li.clone();
        async move {
            let seen = li.view(trip).await;
            (seen.unread(), seen.mentions.len(), badge(&li).await)
        }
    };
    assert_eq!(badges(&li).await, (2, 0, 1), "a message, the first one, and a thread");
    lis.read(trip, asked).await;
    // That the others read what they wrote is signalled, too.
    while lis.next_read().await.user != li.user.id {}
    assert_eq!(badges(&li).await, (0, 0, 1), "the thread stays unread");
    let state = li.thread(trip, root).await.unwrap();
    assert_eq!((state.unread, state.mentions.len()), (1, 1));
    adas.send_text(trip, "another").await;
    lis.read_thread(trip, root, asked).await;
    let state = lis.next_thread().await;
    assert_eq!((state.unread, state.mentions.len(), state.following), (0, 0, true));
    assert_eq!(badges(&li).await, (1, 0, 0), "the conversation stays unread");
    // Every session of hers has it.
    let mut other = li.connect().await;
    adas.carry_out(reply(trip, root, "and?")).await.unwrap();
    lis.read_thread(trip, root, Seq(99)).await;
    assert_eq!(other.next_thread().await.unread, 0);
}

#[tokio::test]
async fn a_deleted_thread_leaves_no_ghost_badge() {
    let server = Server::start().await;
    let ([mei, _, li], [mut meis, mut adas, _], trip, root) = group(&server).await;
    adas.carry_out(reply(trip, root, "what does @li say?")).await.unwrap();
    assert_eq!((badge(&li).await, badge(&mei).await), (1, 1));
    let mut mirror = Mirror::of(&li).await;
    mirror.open(trip).await;
    assert_eq!(mirror.state.unread_threads().count(), 1);
    meis.carry_out(delete(trip, root)).await.unwrap();
    assert_eq!((badge(&li).await, badge(&mei).await), (0, 0));
    assert!(inbox(&li, "").await.threads.is_empty());
    mirror.settle().await;
    assert_eq!(mirror.state.unread_threads().count(), 0);
    // What was said stays, and nothing comes.
    let page = li.messages(trip, &format!("thread={root}")).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(page.root.unwrap().deleted.is_some());
    let refused = adas.carry_out(reply(trip, root, "hello?")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::UnknownMessage);
    follow(&li, trip, root, true).await.unwrap_err().is(404, ErrorCode::UnknownMessage);
}

#[tokio::test]
async fn unread_is_exact_where_replies_are_deleted() {
    let server = Server::start().await;
    let ([_, _, li], [_, mut adas, mut lis], trip, root) = group(&server).await;
    follow(&li, trip, root, true).await.unwrap();
    let mut seqs = Vec::new();
    for number in 0..6 {
        let mention = if number % 2 == 0 { "@li" } else { "li" };
        seqs.push(adas.carry_out(reply(trip, root, &format!("{number} {mention}"))).await.unwrap().seq);
    }
    let mut mirror = Mirror::of(&li).await;
    mirror.open(trip).await;
    lis.read_thread(trip, root, seqs[1]).await;
    lis.next_thread().await;
    for (deleted, unread, mentions) in [(0, 4, 2), (3, 3, 2), (4, 2, 1), (1, 2, 1), (5, 1, 1)] {
        adas.carry_out(delete(trip, seqs[deleted])).await.unwrap();
        let state = li.thread(trip, root).await.unwrap();
        assert_eq!((state.unread, state.mentions.len()), (unread, mentions), "after {deleted}");
        mirror.settle().await;
        let held = mirror.state.thread(trip, root).unwrap();
        assert_eq!((held.unread, held.mentions.len()), (unread, mentions), "held, after {deleted}");
    }
    adas.carry_out(delete(trip, seqs[2])).await.unwrap();
    assert_eq!(badge(&li).await, 0);
    assert_eq!(li.message(trip, root).await.replies, None);
}

#[tokio::test]
async fn a_thread_is_followed_by_hand_also_without_a_reply() {
    let server = Server::start().await;
    let ([_, ada, li], [mut meis, mut adas, mut lis], trip, root) = group(&server).await;
    let state = follow(&li, trip, root, true).await.unwrap();
    assert!(state.following && state.unread == 0);
    assert!(lis.next_thread().await.following, "her other sessions have it");
    assert_eq!(inbox(&li, "").await.threads.len(), 1);
    assert!(inbox(&li, "unread=true").await.threads.is_empty());
    let seq = adas.carry_out(reply(trip, root, "north")).await.unwrap().seq;
    let page = inbox(&li, "unread=true").await;
    assert_eq!((page.threads.len(), page.threads[0].state.unread), (1, 1));
    assert_eq!(page.threads[0].last_reply.as_ref().unwrap().seq, seq);
    assert!(page.users.contains(&ada.user));
    let state = follow(&li, trip, root, false).await.unwrap();
    assert_eq!((state.following, state.unread), (false, 0));
    meis.carry_out(reply(trip, root, "too cold")).await.unwrap();
    assert_eq!(badge(&li).await, 0);
    lis.carry_out(reply(trip, root, "then south")).await.unwrap();
    assert!(li.thread(trip, root).await.unwrap().following, "who writes in it follows it again");
}

#[tokio::test]
async fn who_left_sees_nothing_of_a_thread() {
    let server = Server::start().await;
    let ([mei, _, li], [mut meis, _, mut lis], trip, root) = group(&server).await;
    lis.carry_out(reply(trip, root, "north")).await.unwrap();
    meis.carry_out(reply(trip, root, "@li, no")).await.unwrap();
    assert_eq!(badge(&li).await, 1);
    li.leave(trip, client_id()).await.unwrap();
    assert_eq!(badge(&li).await, 0);
    assert!(inbox(&li, "").await.threads.is_empty());
    li.thread(trip, root).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    let refused = li.messages(trip, &format!("thread={root}")).await.unwrap_err();
    refused.is(404, ErrorCode::UnknownConversation);
    follow(&li, trip, root, true).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    let refused = lis.carry_out(reply(trip, root, "still here")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::UnknownConversation);
    lis.read_thread(trip, root, Seq(9)).await;
    lis.expect_error(ErrorCode::UnknownConversation).await;
    mei.add(trip, client_id(), &["li"]).await.unwrap();
    assert_eq!(badge(&li).await, 0, "nothing of before comes back");
}

#[tokio::test]
async fn a_reply_that_shows_in_the_conversation_counts_there_too() {
    let server = Server::start().await;
    let ([mei, _, li], [_, mut adas, _], trip, root) = group(&server).await;
    let before = li.view(trip).await;
    let both = Send { also_in_conversation: true, ..reply(trip, root, "south, @li") };
    let seq = adas.carry_out(both).await.unwrap().seq;
    let seen = li.view(trip).await;
    assert_eq!((seen.message_count, seen.mentions.len()), (before.message_count + 1, 1));
    assert_eq!(seen.last_message.unwrap().seq, seq);
    assert_eq!(li.message(trip, seq).await.thread, Some(root));
    assert_eq!(li.thread(trip, root).await.unwrap().mentions.len(), 1);
    assert_eq!(mei.message(trip, root).await.replies.unwrap().count, 1);
    // A thread has one level.
    let refused = adas.carry_out(reply(trip, seq, "deeper")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::UnknownMessage);
    adas.carry_out(delete(trip, seq)).await.unwrap();
    let seen = li.view(trip).await;
    assert_eq!((seen.message_count, seen.mentions.len()), (before.message_count, 0));
    assert_eq!(mei.message(trip, root).await.replies, None);
}

#[tokio::test]
async fn state_that_was_kept_is_as_fresh_state_with_threads_too() {
    let server = Server::start().await;
    let ([_, _, li], [mut meis, mut adas, _], trip, root) = group(&server).await;
    let other = meis.send_text(trip, "when?").await.seq;
    let mut mirror = Mirror::of(&li).await;
    mirror.open(trip).await;
    let request = mirror.state.open_thread(Some(root));
    mirror.fetch(request).await;
    let mut replies = Vec::new();
    for number in 0..8_u64 {
        let (root, quoted) = if number % 3 == 0 { (other, None) } else { (root, replies.last().copied()) };
        let also = number % 4 == 1;
        let text = format!("{number}{}", if number == 4 { " @li" } else { "" });
        let send = Send { also_in_conversation: also, ..reply(trip, root, &text) };
        let quoted = quoted.filter(|_| number > 1 && root != other);
        let seq = adas.carry_out(Send { reply_to: quoted, ..send }).await.unwrap().seq;
        if root != other {
            replies.push(seq);
        }
        mirror.settle().await;
    }
    adas.carry_out(delete(trip, replies[1])).await.unwrap();
    mirror.is_fresh().await;
    let page = li.messages(trip, &format!("thread={root}")).await.unwrap();
    let timeline = mirror.state.thread_timeline().unwrap();
    assert_eq!(timeline.items().cloned().collect::<Vec<_>>(), page.items);
    assert_eq!(timeline.root(), page.root.as_ref());
    for quoted in page.items.iter().filter_map(|item| item.message()?.reply_to) {
        assert_eq!(mirror.state.quoted(trip, quoted), Some(&find(&li, trip, root, quoted).await), "{quoted}");
    }
    let fresh = li.thread(trip, root).await.unwrap();
    assert_eq!(fresh.unread, 3, "of five, two came before she was mentioned: {fresh:?}");
    let held =
        mirror.state.thread(trip, root).cloned().map(|held| ThreadState { head_seq: fresh.head_seq, ..held });
    assert_eq!(held, Some(fresh));
    // A new connection begins with the same.
    mirror.reconnect().await;
    mirror.is_fresh().await;
    let welcome = li.connect().await.welcome;
    assert_eq!((welcome.threads.len(), welcome.unread_threads), (1, 1));
}

/// A message of a thread as it is now.
async fn find(person: &Person, id: ConversationId, root: Seq, seq: Seq) -> confab_shared::message::Message {
    let page = person.messages(id, &format!("thread={root}&around={seq}&limit=1")).await.unwrap();
    page.items[0].message().unwrap().clone()
}

#[tokio::test]
async fn a_retry_of_a_reply_is_the_same_command() {
    let server = Server::start().await;
    let (_, [mut meis, mut adas, _], trip, root) = group(&server).await;
    let once = reply(trip, root, "north");
    let seq = adas.carry_out(once.clone()).await.unwrap().seq;
    assert_eq!(adas.carry_out(once.clone()).await.unwrap().seq, seq);
    for other in [
        Send { thread: None, ..once.clone() },
        Send { also_in_conversation: true, ..once.clone() },
        Send { reply_to: Some(root), ..once },
    ] {
        let refused = adas.carry_out(other).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::IdempotencyConflict);
    }
    let event = meis.find("the reply", |frame| match frame {
        ServerFrame::Event(frame) if frame.event.seq == seq => Some(frame.event.clone()),
        _ => None,
    });
    let EventBody::Posted(posted) = event.await.body else { panic!("no message") };
    assert_eq!((posted.thread, posted.ordinal), (Some(root), 1), "messages of the timeline up to it");
}

#[tokio::test]
async fn wrong_requests_about_threads_are_refused() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let ask = async |path: &str| -> Refused {
        answer::<serde_json::Value>(mei.request(Method::GET, path)).await.unwrap_err()
    };
    ask(&format!("/conversations/{EVERYONE}/messages?thread=1")).await.is(404, ErrorCode::UnknownMessage);
    ask(&format!("/conversations/{EVERYONE}/threads/1")).await.is(404, ErrorCode::UnknownMessage);
    let seq = mei.post_text(EVERYONE, "hello").await.seq;
    ask(&format!("/conversations/{EVERYONE}/messages?thread={seq}&limit=0"))
        .await
        .is(400, ErrorCode::BadLimit);
    ask("/threads?limit=51").await.is(400, ErrorCode::BadLimit);
    ask("/threads?before=x").await.is(400, ErrorCode::BadRequest);
}
