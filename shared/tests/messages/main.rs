//! Messages that change: edits, deletions, reactions and pins, in cached items and in the conversation's counts.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;

use confab_shared::{
    api::{ConversationView, EventPage},
    conversation::{Conversation, LastMessage, UnreadMention},
    error::{ErrorBody, ErrorCode},
    event::{Deleted, Event, Left, Posted},
    id::{Seq, Timestamp, UserId},
    item::Item,
    message::{Message, Reaction, Stamp},
    protocol::{Ack, EventFrame, ReadSignal},
    state::{FetchRequest, SendState},
    text::MessageText,
};

use self::client::{
    ADA, Client, ME, TRIP, delete, deleted, edit, edited, pin, pinned, posted, react, reacted,
};

fn reactions(message: &Message) -> Vec<(&str, Vec<u64>)> {
    let users = |reaction: &Reaction| reaction.users.iter().map(|user| user.0).collect();
    message.reactions.iter().map(|reaction| (reaction.emoji.as_str(), users(reaction))).collect()
}

#[test]
fn events_change_the_messages_that_are_cached() {
    let mut client = Client::reads(3);
    client.receives(ADA, edited(1, "hello all", &[UserId(4)], &[UserId(4)]));
    client.receives(ME, reacted(2, "👍", true));
    client.receives(ADA, pinned(3, true));
    let (first, third) = (client.message(1), client.message(3));
    assert_eq!((first.text.as_str(), first.edited_at), ("hello all", Some(Timestamp(1_004))));
    assert_eq!(first.mentions, [UserId(4)]);
    assert_eq!(reactions(client.message(2)), [("👍", vec![1])]);
    assert_eq!(third.pinned, Some(Stamp { by: ADA, at: Timestamp(1_006) }));
    client.receives(ADA, pinned(3, false));
    assert_eq!(client.message(3).pinned, None);
    let timeline = client.state.timeline(TRIP).unwrap();
    assert_eq!((timeline.items().len(), timeline.last()), (3, Seq(7)), "changes are no items");
}

#[test]
fn reactions_are_in_the_order_of_their_first_use() {
    let mut client = Client::reads(1);
    for (by, emoji) in [(ADA, "👍"), (ME, "🎉"), (ME, "👍"), (ME, "👍")] {
        client.receives(by, reacted(1, emoji, true));
    }
    assert_eq!(reactions(client.message(1)), [("👍", vec![2, 1]), ("🎉", vec![1])]);
    client.receives(ADA, reacted(1, "👍", false));
    assert_eq!(reactions(client.message(1)), [("👍", vec![1]), ("🎉", vec![1])]);
    // An emoji that nobody uses any more is first used again later.
    client.receives(ME, reacted(1, "👍", false));
    client.receives(ADA, reacted(1, "👍", true));
    assert_eq!(reactions(client.message(1)), [("🎉", vec![1]), ("👍", vec![2])]);
    client.receives(UserId(3), reacted(1, "🙁", false));
    assert_eq!(client.message(1).reactions.len(), 2, "what is not there cannot be withdrawn");
}

#[test]
fn only_a_mark_is_left_of_a_deleted_message() {
    let mut client = Client::reads(2);
    client.receives(ADA, edited(2, "@mei hello", &[ME], &[ME]));
    client.receives(ME, reacted(2, "👍", true));
    client.receives(ADA, pinned(2, true));
    client.receives(ADA, deleted(2));
    let before = Item::of(&client.log[1]).unwrap();
    let deleted = Some(Stamp { by: ADA, at: Timestamp(1_006) });
    let mark = Message { text: MessageText::existing(""), deleted, ..before.message().unwrap().clone() };
    assert_eq!(client.message(2), &mark);
}

#[test]
fn a_change_of_a_message_that_is_not_cached_is_fetched_with_it() {
    let mut client = Client::knows(6);
    client.state.open(None);
    let request = client.state.open_at(TRIP, Seq(5)).unwrap();
    assert_eq!(client.state.messages(request, client.page(5, 6)), None);
    assert_eq!(client.receives(ADA, edited(2, "later", &[], &[])), None);
    assert_eq!(client.receives(ADA, deleted(3)), None);
    assert!(client.state.timeline(TRIP).unwrap().message(Seq(2)).is_none());
    client.state.adjacent_messages(TRIP, client.page(1, 4));
    assert_eq!(client.message(2).text.as_str(), "later");
    assert!(client.message(3).deleted.is_some());
    let seqs: Vec<_> = client.state.timeline(TRIP).unwrap().items().map(|item| item.seq().0).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_page_that_lacks_newer_changes_does_not_undo_them() {
    let mut client = Client::knows(6);
    let request = client.state.open_at(TRIP, Seq(4)).unwrap();
    assert_eq!(client.state.messages(request, client.page(4, 6)), None);
    // The server reads a page; two changes of its items, and one of a cached item, arrive before it.
    let page = client.page(2, 4);
    client.receives(ADA, edited(2, "later", &[], &[]));
    client.receives(ADA, reacted(4, "👍", true));
    client.receives(ADA, deleted(3));
    assert_eq!(client.state.adjacent_messages(TRIP, page), None, "all events since are known");
    assert_eq!(client.message(2).text.as_str(), "later");
    assert!(client.message(3).deleted.is_some());
    assert_eq!(reactions(client.message(4)), [("👍", vec![2])], "a change is applied once");
    assert_eq!(client.state.timeline(TRIP).unwrap().applied(), Seq(9));
}

#[test]
fn a_page_that_is_older_than_all_known_events_is_brought_up_to_date() {
    let mut client = Client::knows(4);
    let page = client.page(1, 4);
    client.happens(ADA, edited(1, "later", &[], &[]));
    let conversation = Conversation { head_seq: Seq(5), ..client.conversation().clone() };
    client.welcome(conversation);
    let request = client.state.open(Some(TRIP)).unwrap();
    assert_eq!(client.state.messages(request, page), Some(FetchRequest::After(TRIP, Seq(4))));
    assert_eq!(client.message(1).text.as_str(), "hello");
    let events = EventPage { events: vec![client.log[4].clone()], users: vec![], head_seq: Seq(5) };
    assert_eq!(client.state.events(TRIP, events), None);
    assert_eq!(client.message(1).text.as_str(), "later");
}

#[test]
fn a_page_that_is_ahead_of_the_events_takes_each_change_once() {
    let mut client = Client::reads(2);
    let reaction = client.happens(ADA, reacted(1, "👍", true));
    let withdrawn = client.happens(ADA, reacted(1, "👍", false));
    let again = client.happens(ME, reacted(1, "👍", true));
    let request = client.state.adjacent_messages(TRIP, client.page(1, 2));
    assert_eq!(request, Some(FetchRequest::After(TRIP, Seq(2))), "the conversation lacks these events");
    assert_eq!(reactions(client.message(1)), [("👍", vec![1])]);
    for event in [reaction, withdrawn, again] {
        client.state.event(EventFrame { event, users: vec![] });
        assert_eq!(reactions(client.message(1)), [("👍", vec![1])], "the item is newer");
    }
}

#[test]
fn a_page_that_ends_at_an_old_head_is_a_window_on_the_past() {
    let mut client = Client::knows(3);
    let request = client.state.open(Some(TRIP)).unwrap();
    let fourth = client.happens(ADA, posted(4));
    // The page was read after the next message, and ends before it.
    client.state.messages(request, client.page(1, 3));
    client.state.event(EventFrame { event: fourth, users: vec![] });
    let timeline = client.state.timeline(TRIP).unwrap();
    assert!(!timeline.follows(), "the message would be missing");
    client.state.adjacent_messages(TRIP, client.page(4, 4));
    let timeline = client.state.timeline(TRIP).unwrap();
    assert_eq!((timeline.follows(), timeline.last()), (true, Seq(4)));
}

#[test]
fn unanswered_commands_show_in_their_messages() {
    let mut client = Client::reads(4);
    assert!(!client.view(1).is_changing);
    client.command(1, edit(1, "mine"));
    client.command(2, react(1, "👍", true));
    client.command(3, delete(2));
    client.command(4, pin(3, true));
    let first = client.view(1);
    assert_eq!((first.message.text.as_str(), first.is_changing), ("mine", true));
    assert_eq!(reactions(&first.message), [("👍", vec![1])]);
    assert!(client.view(2).message.deleted.is_some());
    assert_eq!(client.view(3).message.pinned.map(|stamp| stamp.by), Some(ME));
    assert_eq!(client.view(4).message, *client.message(4), "other messages are as they are");
    assert_eq!(client.message(1).text.as_str(), "hello", "what is cached is the log's");
}

#[test]
fn an_own_change_shows_without_a_break_until_its_event_is_applied() {
    let mut client = Client::reads(1);
    let id = client.command(1, edit(1, "mine"));
    client.state.ack(&Ack { client_id: id, conversation: TRIP, seq: Seq(2), at: Timestamp(2) });
    assert_eq!(client.view(1).message.text.as_str(), "mine", "acknowledged, and the event is on its way");
    let event = Event { client_id: Some(id), ..client.happens(ME, edited(1, "mine", &[], &[])) };
    client.state.event(EventFrame { event, users: vec![] });
    let view = client.view(1);
    assert_eq!((view.message.text.as_str(), view.is_changing), ("mine", false));
    assert_eq!(client.state.outbox.of(TRIP).count(), 0);
}

#[test]
fn an_own_change_shows_while_the_timeline_lacks_earlier_events() {
    let mut client = Client::reads(1);
    // The event of another is lost, and the conversation is known up to it.
    client.happens(ADA, posted(2));
    let conversation = Conversation { head_seq: Seq(2), message_count: 2, ..client.conversation().clone() };
    assert_eq!(client.welcome(conversation), Some(FetchRequest::After(TRIP, Seq(1))));
    let id = client.command(1, edit(1, "mine"));
    let event = Event { client_id: Some(id), ..client.happens(ME, edited(1, "mine", &[], &[])) };
    client.state.event(EventFrame { event, users: vec![] });
    assert_eq!(client.view(1).message.text.as_str(), "mine", "the event cannot be applied yet");
    let events = EventPage { events: client.log[1..].to_vec(), users: vec![], head_seq: Seq(3) };
    client.state.events(TRIP, events);
    assert_eq!((client.view(1).message.text.as_str(), client.view(1).is_changing), ("mine", false));
}

#[test]
fn a_command_that_changed_nothing_is_done_with_its_ack() {
    let mut client = Client::reads(2);
    let id = client.command(1, react(1, "👍", false));
    assert!(client.view(1).is_changing);
    client.state.ack(&Ack { client_id: id, conversation: TRIP, seq: Seq(2), at: Timestamp(2) });
    assert!(!client.view(1).is_changing);
    assert_eq!(client.state.outbox.of(TRIP).count(), 0);
    // Its head may be beyond what the client has.
    let id = client.command(2, react(1, "👍", false));
    client.state.ack(&Ack { client_id: id, conversation: TRIP, seq: Seq(3), at: Timestamp(3) });
    assert_eq!(client.state.outbox.get(id).unwrap().state, SendState::Sent(Seq(3)));
    client.receives(ADA, posted(3));
    assert_eq!(client.state.outbox.of(TRIP).count(), 0);
}

#[test]
fn a_refused_command_is_shown_at_its_message_and_not_applied() {
    let mut client = Client::reads(2);
    let id = client.command(1, edit(1, "not mine"));
    let error = |code| ErrorBody {
        code,
        message: "It is not yours.".to_owned(),
        client_id: Some(id),
        retry_after_ms: None,
    };
    client.state.outbox.refused(id, &error(ErrorCode::Forbidden));
    let view = client.view(1);
    assert_eq!((view.message.text.as_str(), view.is_changing), ("hello", false));
    assert_eq!(view.refused.map(|entry| entry.client_id()), Some(id));
    assert!(client.state.outbox.retry(id).is_some());
    let view = client.view(1);
    assert_eq!((view.message.text.as_str(), view.is_changing, view.refused), ("not mine", true, None));
    client.state.outbox.discard(id);
    assert_eq!(client.view(1).message, *client.message(1));
}

#[test]
fn deleted_messages_are_unread_no_more() {
    let mut client = Client::reads(4);
    assert_eq!(client.state.read_to(TRIP, Seq(2)), Some(Seq(2)));
    assert_eq!(client.counts(), (4, 2));
    client.receives(ADA, deleted(3));
    assert_eq!(client.counts(), (3, 1), "an unread one");
    client.receives(ADA, deleted(1));
    assert_eq!(client.counts(), (2, 1), "a read one");
    client.receives(ADA, deleted(4));
    assert_eq!((client.counts(), client.conversation().deleted_count), ((1, 0), 3));
    client.receives(ADA, posted(5));
    assert_eq!(client.counts(), (2, 1));
    assert_eq!(client.conversation().next_ordinal(), 6, "deleted messages keep their ordinals");
}

#[test]
fn one_who_has_only_deleted_messages_unread_has_read_their_own() {
    let mut client = Client::reads(2);
    client.state.read_to(TRIP, Seq(1));
    client.receives(ADA, deleted(2));
    client.receives(ME, posted(3));
    assert_eq!((client.conversation().read_seq, client.counts()), (Seq(4), (2, 0)));
}

#[test]
fn reading_waits_for_events_that_may_have_deleted_what_was_read() {
    let mut client = Client::reads(3);
    client.happens(ADA, deleted(1));
    let conversation = Conversation {
        head_seq: Seq(4),
        message_count: 2,
        deleted_count: 1,
        ..client.conversation().clone()
    };
    client.welcome(conversation);
    assert_eq!(client.state.read_to(TRIP, Seq(2)), None, "the first message may be there or not");
    let events = EventPage { events: vec![client.log[3].clone()], users: vec![], head_seq: Seq(4) };
    client.state.events(TRIP, events);
    assert_eq!(client.state.read_to(TRIP, Seq(2)), Some(Seq(2)));
    assert_eq!(client.counts(), (2, 1));
}

#[test]
fn reading_waits_for_the_event_of_a_deletion_that_a_page_shows() {
    let mut client = Client::reads(3);
    let event = client.happens(ADA, deleted(1));
    client.state.adjacent_messages(TRIP, client.page(1, 2));
    assert!(client.message(1).deleted.is_some());
    assert_eq!(client.state.read_to(TRIP, Seq(2)), None, "the conversation still counts it");
    client.state.event(EventFrame { event, users: vec![] });
    assert_eq!(client.state.read_to(TRIP, Seq(2)), Some(Seq(2)));
    assert_eq!(client.counts(), (2, 1));
}

#[test]
fn the_list_shows_the_newest_message_that_is_there() {
    let mut client = Client::knows(3);
    let last =
        |client: &Client| client.conversation().last_message.clone().map(|last| (last.seq.0, last.text));
    client.receives(ADA, edited(3, "edited", &[], &[]));
    assert_eq!(last(&client), Some((3, "edited".to_owned())));
    client.receives(ADA, edited(2, "older", &[], &[]));
    assert_eq!(last(&client), Some((3, "edited".to_owned())), "not the message that was edited last");
    client.receives(ADA, deleted(1));
    assert_eq!(last(&client), Some((3, "edited".to_owned())));
    let second = LastMessage::new(Seq(2), ADA, Timestamp(1_002), "older");
    client.receives(ADA, Deleted::new(Seq(3), Some(second)));
    assert_eq!(last(&client), Some((2, "older".to_owned())));
    client.receives(ADA, deleted(2));
    assert_eq!(last(&client), None);
    assert_eq!(client.conversation().last_activity_at, Timestamp(0), "changes are no activity");
}

#[test]
fn an_edit_that_adds_a_mention_is_an_unread_mention_of_a_read_message() {
    let mut client = Client::reads(2);
    client.state.read_to(TRIP, Seq(2));
    client.receives(ADA, edited(1, "@mei hello", &[ME], &[ME]));
    assert_eq!((client.mentions(), client.counts()), (vec![(1, 3)], (2, 0)), "no message is unread");
    client.receives(ADA, edited(1, "@mei hello!", &[ME], &[]));
    assert_eq!(client.mentions(), [(1, 3)], "the next edit does not notify again");
    client.state.read_to(TRIP, Seq(3));
    assert_eq!(client.mentions(), []);
    client.receives(ADA, edited(1, "@mei hello?", &[ME], &[]));
    assert_eq!(client.mentions(), [], "it was read");
}

#[test]
fn a_mention_ends_with_its_removal_or_its_message() {
    let mut client = Client::reads(1);
    for ordinal in [2, 3] {
        client.receives(ADA, Posted { mentions: vec![ME], ..posted(ordinal) });
    }
    client.receives(ADA, edited(1, "@mei", &[ME], &[ME]));
    assert_eq!(client.mentions(), [(2, 2), (3, 3), (1, 4)], "in the order of the events");
    client.receives(ADA, edited(2, "hello", &[], &[]));
    assert_eq!(client.mentions(), [(3, 3), (1, 4)]);
    client.receives(ADA, edited(2, "@mei", &[ME], &[]));
    assert_eq!(client.mentions(), [(3, 3), (1, 4)], "a mention that comes back notifies nobody again");
    client.receives(ADA, deleted(1));
    assert_eq!(client.mentions(), [(3, 3)]);
    let (conversation, user, read_seq) = (TRIP, ME, Seq(3));
    let head_seq = client.conversation().head_seq;
    client.state.read(&ReadSignal { conversation, user, read_seq, read_count: 2, head_seq, back: false });
    assert_eq!((client.mentions(), client.counts()), (vec![], (2, 0)));
}

#[test]
fn a_position_that_is_set_back_is_fetched_with_its_mentions() {
    let mut client = Client::reads(3);
    client.state.read_all(TRIP);
    let back = |seq| {
        let (conversation, user, read_seq) = (TRIP, ME, Seq(seq));
        ReadSignal { conversation, user, read_seq, read_count: seq, head_seq: Seq(3), back: true }
    };
    let view = |client: &Client, seq| {
        let mention = UnreadMention { seq: Seq(2), event: Seq(2) };
        let conversation = Conversation {
            read_seq: Seq(seq),
            read_count: seq,
            mentions: vec![mention],
            ..client.conversation().clone()
        };
        ConversationView { conversation, users: vec![], presence: vec![] }
    };
    assert_eq!(client.state.read(&back(1)), Some(FetchRequest::Conversation(TRIP)));
    assert_eq!((client.mentions(), client.counts()), (vec![], (3, 2)));
    // Set back once more while that is under way: the answer is older.
    assert_eq!(client.state.read(&back(0)), None);
    assert_eq!(client.state.view(view(&client, 1)), Some(FetchRequest::Conversation(TRIP)));
    assert_eq!(client.state.view(view(&client, 0)), None);
    assert_eq!((client.mentions(), client.counts()), (vec![(2, 2)], (3, 3)));
    // An answer from before that the client read on is no newer.
    client.state.read_all(TRIP);
    client.state.view(view(&client, 0));
    assert_eq!((client.mentions(), client.counts()), (vec![], (3, 0)));
}

#[test]
fn a_timeline_that_misses_too_many_changes_is_fetched_anew() {
    let mut client = Client::reads(3);
    for number in 0..300 {
        client.happens(ADA, reacted(1, "👍", number % 2 == 0));
    }
    client.happens(ADA, edited(2, "later", &[], &[]));
    let conversation = Conversation { head_seq: Seq(304), ..client.conversation().clone() };
    assert_eq!(client.welcome(conversation), None, "the caller knows where the reader is");
    let around = client.state.reload_stale(Some(Seq(2))).unwrap();
    assert_eq!(around, FetchRequest::Around(TRIP, Seq(2)));
    assert_eq!(client.state.messages(around, client.page(1, 304)), None);
    assert_eq!(client.message(2).text.as_str(), "later");
    assert!(client.state.timeline(TRIP).unwrap().follows());
}

#[test]
fn notices_are_items_that_nothing_changes() {
    let mut client = Client::reads(1);
    client.receives(ADA, Left {});
    // No server makes such an event.
    client.receives(ADA, reacted(2, "👍", true));
    let items: Vec<_> = client.state.timeline(TRIP).unwrap().items().cloned().collect();
    assert_eq!(items[1], Item::Notice(client.log[1].clone()));
}
