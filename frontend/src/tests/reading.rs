//! Reading: where it starts, pauses and resumes.

use std::ops::RangeInclusive;

use super::*;

fn log(seqs: RangeInclusive<u64>) -> Vec<Event> {
    seqs.map(|seq| posted(seq, MEI, seq)).collect()
}

fn page(seqs: RangeInclusive<u64>, head: u64) -> MessagePage {
    page_of(&log(seqs.clone()), seqs, head)
}

/// The row below the “New” marker.
fn first_new_row(client: &Client) -> Option<String> {
    let rows = client.rows();
    let marker = rows.iter().position(|row| row == "new")?;
    rows.get(marker + 1).map(|row| row.replace(['[', ']'], ""))
}

#[test]
fn a_conversation_opens_at_its_first_unread_message() {
    let mut client = Client::welcomed(5_000, 100);
    client.chat.open(Some(ID));
    let request = client.required_fetch();
    assert_eq!(request, FetchRequest::Around(ID, Seq(101)));
    client.chat.apply_messages(request, page(41..=160, 5_000));
    assert_eq!(first_new_row(&client).unwrap(), "mei 101");
    assert_eq!(client.fetches(), [], "the rest is fetched on scrolling");
    client.chat.read_to(ID, Seq(120));
    let unread = client.chat.state.with_untracked(|state| state.unread());
    assert_eq!(unread, 4_880);
}

#[test]
fn a_window_on_the_past_grows_to_the_head_and_then_follows() {
    let mut client = Client::welcomed(300, 100);
    client.chat.open(Some(ID));
    let request = client.required_fetch();
    client.chat.apply_messages(request, page(41..=160, 300));
    client.chat.fetch_page(ID, Edge::Newer);
    client.chat.fetch_page(ID, Edge::Newer);
    assert_eq!(client.fetches(), [Fetch::Page(ID.into(), Edge::Newer, Seq(160))], "fetched once");
    client.chat.receive(live(posted(301, MEI, 301)));
    assert!(!client.rows().contains(&"mei 301]".to_owned()), "it is beyond the window");
    client.chat.apply_adjacent_page(ID, Edge::Newer, Some(page(161..=300, 300)));
    assert_eq!(client.rows().last().unwrap(), "mei 301]", "it waited until the window reached it");
    client.chat.receive(live(posted(302, MEI, 302)));
    assert_eq!(client.rows().last().unwrap(), "mei 302]");
    client.chat.fetch_page(ID, Edge::Newer);
    assert_eq!(client.fetches(), []);
}

#[test]
fn a_reply_from_the_past_goes_to_the_newest_events() {
    let mut client = Client::welcomed(300, 100);
    client.chat.open(Some(ID));
    let request = client.required_fetch();
    client.chat.apply_messages(request, page(41..=160, 300));
    client.sends(1, "one", 400);
    assert!(!client.rows().iter().any(|row| row.contains("Pending")), "not below a window on the past");
    let request = client.required_fetch();
    assert_eq!(request, FetchRequest::Newest(ID));
    client.chat.apply_messages(request, page(241..=300, 300));
    assert_eq!(client.rows().last().unwrap(), "123 [Pending]");
}

#[test]
fn the_marker_stands_where_reading_paused_until_a_reply() {
    let client = Client::reading((1..=3).map(|seq| posted(seq, MEI, seq)).collect(), 3);
    assert_eq!(first_new_row(&client), None);
    client.chat.pause_reading(ID);
    assert_eq!(first_new_row(&client), None, "nothing is new yet");
    client.chat.receive(live(posted(4, MEI, 4)));
    client.chat.receive(live(posted(5, MEI, 5)));
    assert_eq!(first_new_row(&client).unwrap(), "mei 4");
    client.chat.resume_reading(ID);
    client.chat.read_to(ID, Seq(5));
    assert_eq!(first_new_row(&client).unwrap(), "mei 4", "it stays while the user reads");
    client.sends(1, "one", 6);
    assert_eq!(first_new_row(&client), None);
}

#[test]
fn a_pause_without_messages_does_not_move_the_marker() {
    let client = Client::reading((1..=3).map(|seq| posted(seq, MEI, seq)).collect(), 1);
    assert_eq!(first_new_row(&client).unwrap(), "mei 2");
    client.chat.read_to(ID, Seq(3));
    client.chat.pause_reading(ID);
    client.chat.resume_reading(ID);
    assert_eq!(first_new_row(&client).unwrap(), "mei 2");
    client.chat.pause_reading(ID);
    client.chat.receive(live(posted(4, MEI, 4)));
    assert_eq!(first_new_row(&client).unwrap(), "mei 4", "it moves to the message of the second pause");
}

#[test]
fn messages_from_a_disconnection_are_new() {
    let mut client = Client::reading((1..=3).map(|seq| posted(seq, MEI, seq)).collect(), 3);
    client.chat.connection_lost();
    client.chat.pause_reading(ID);
    client.welcome(23, 3);
    let request = client.required_fetch();
    assert_eq!(request, FetchRequest::After(ID, Seq(3)));
    client.chat.apply_events(ID, EventPage { events: log(4..=23), users: Vec::new(), head_seq: Seq(23) });
    assert_eq!(first_new_row(&client).unwrap(), "mei 4");
}

#[test]
fn a_long_absence_is_scrolled_through_unless_the_user_was_reading_along() {
    let mut away = Client::reading((1..=3).map(|seq| posted(seq, MEI, seq)).collect(), 3);
    away.chat.pause_reading(ID);
    away.welcome(2_000, 3);
    assert_eq!(away.required_fetch(), FetchRequest::Around(ID, Seq(4)), "not 2,000 events at once");

    let mut scrolled = Client::reading((1..=3).map(|seq| posted(seq, MEI, seq)).collect(), 3);
    scrolled.chat.set_scroll_anchor(ID, Some(ScrollAnchor { seq: Seq(2), offset: AnchorOffset::Below(0.0) }));
    scrolled.welcome(2_000, 3);
    assert_eq!(scrolled.required_fetch(), FetchRequest::Around(ID, Seq(2)), "where the user is");

    let mut along = Client::reading((1..=3).map(|seq| posted(seq, MEI, seq)).collect(), 3);
    along.welcome(2_000, 3);
    assert_eq!(along.required_fetch(), FetchRequest::Newest(ID));
}

#[test]
fn a_conversation_reopens_at_its_scroll_anchor() {
    let mut client = Client::welcomed(300, 300);
    client.chat.open(Some(ID));
    let request = client.required_fetch();
    client.chat.apply_messages(request, page(241..=300, 300));
    client.chat.apply_adjacent_page(ID, Edge::Older, Some(page(181..=240, 300)));
    client
        .chat
        .set_scroll_anchor(ID, Some(ScrollAnchor { seq: Seq(190), offset: AnchorOffset::Hidden(0.1) }));
    client.chat.open(None);
    client.chat.open(Some(ID));
    assert_eq!(client.fetches(), [], "the timeline contains it");
    client.chat.open(None);
    // The timeline of a closed conversation is dropped when a welcome has newer events.
    client.welcome(301, 300);
    client.chat.open(Some(ID));
    assert_eq!(client.required_fetch(), FetchRequest::Around(ID, Seq(190)));
}

#[test]
fn a_failed_page_of_history_can_be_retried() {
    let mut client = Client::welcomed(60, 60);
    client.chat.open(Some(ID));
    let request = client.required_fetch();
    assert_eq!(request, FetchRequest::Newest(ID));
    client.chat.apply_messages(request, page(31..=60, 60));
    client.chat.fetch_page(ID, Edge::Older);
    client.chat.fetch_page(ID, Edge::Older);
    assert_eq!(client.fetches(), [Fetch::Page(ID.into(), Edge::Older, Seq(31))], "fetched once");
    client.chat.apply_adjacent_page(ID, Edge::Older, None);
    assert_eq!(client.chat.page_fetch(ID, Edge::Older), Some(PageFetch::Failed(ID)));
    client.chat.fetch_page(ID, Edge::Older);
    assert_eq!(client.fetches(), [Fetch::Page(ID.into(), Edge::Older, Seq(31))]);
    client.chat.apply_adjacent_page(ID, Edge::Older, Some(page(1..=30, 60)));
    client.chat.fetch_page(ID, Edge::Older);
    assert_eq!(client.fetches(), [], "there is nothing older");
}

#[test]
fn a_welcome_after_a_long_absence_fetches_only_the_open_conversation() {
    let ids = || (ID.0..ID.0 + 1_000).map(ConversationId);
    let conversations =
        |head| ids().map(|id| Conversation { id, ..group(head, 3) }).collect::<Vec<Conversation>>();
    let mut client = Client::welcomed(0, 0);
    client.welcome_to(conversations(3));
    assert_eq!(client.fetches(), []);
    // The items of ten of them are cached.
    for id in ids().take(10).collect::<Vec<_>>().into_iter().rev() {
        client.chat.open(Some(id));
        let request = client.required_fetch();
        assert_eq!(request.conversation(), id);
        client.chat.apply_messages(request, page(1..=3, 3));
    }
    client.chat.connection_lost();
    client.welcome_to(conversations(500));
    let fetches = client.fetches();
    let of = |fetch: &Fetch| match fetch {
        Fetch::Required(request) => request.conversation(),
        Fetch::Page(scope, ..) => scope.id,
        Fetch::More(_) => panic!("all conversations are known"),
    };
    assert_eq!(fetches.iter().map(of).collect::<Vec<_>>(), [ID]);
    // Another one is fetched when it is looked at.
    client.chat.open(Some(ConversationId(ID.0 + 1)));
    assert_eq!(client.required_fetch().conversation(), ConversationId(ID.0 + 1));
}

/// The signal that the user marked everything behind a seq as unread, of a conversation of five messages.
fn set_back(read_seq: u64) -> ServerFrame {
    ServerFrame::Read(ReadSignal {
        conversation: ID,
        user: ME,
        read_seq: Seq(read_seq),
        read_count: read_seq,
        head_seq: Seq(5),
        back: true,
    })
}

#[test]
fn what_is_marked_as_unread_stays_so_until_the_user_reads_on() {
    let mut client = Client::reading((1..=5).map(|seq| posted(seq, MEI, seq)).collect(), 5);
    let unread = |client: &Client| client.chat.state.with_untracked(|state| state.unread());
    client.chat.receive(set_back(2));
    assert_eq!((unread(&client), first_new_row(&client).as_deref()), (3, Some("mei 3")));
    assert_eq!(client.required_fetch(), FetchRequest::Conversation(ID), "which mentions are unread again");
    client.sent_frames();
    client.chat.read_to(ID, Seq(5));
    client.chat.open(None);
    client.chat.open(Some(ID));
    client.chat.read_to(ID, Seq(5));
    assert_eq!((unread(&client), client.sent_frames()), (3, vec![]), "to look at it is not to read it");
    client.chat.read_on(ID);
    client.chat.read_to(ID, Seq(5));
    assert_eq!(unread(&client), 0);
    assert_eq!(client.sent_frames(), [ClientFrame::Read { conversation: ID, seq: Seq(5), thread: None }]);
}

#[test]
fn an_answer_reads_on_in_what_was_marked_as_unread() {
    let client = Client::reading((1..=5).map(|seq| posted(seq, MEI, seq)).collect(), 5);
    client.chat.receive(set_back(2));
    assert!(client.chat.is_held(ID));
    client.sends(1, "one", 6);
    assert!(!client.chat.is_held(ID));
}

#[test]
fn everything_is_marked_as_read_at_once() {
    let mut client = Client::welcomed(5, 2);
    assert_eq!(client.chat.mark_all_read(), Some(vec![(ID, Seq(2))]));
    assert_eq!(client.sent_frames(), [ClientFrame::Read { conversation: ID, seq: Seq(5), thread: None }]);
    assert_eq!(client.chat.state.with_untracked(|state| state.unread()), 0);
    assert_eq!(client.chat.mark_all_read(), Some(vec![]));
    client.welcome(5, 2);
    client.chat.connection_lost();
    assert_eq!(client.chat.mark_all_read(), None, "the server would not learn of it");
}
