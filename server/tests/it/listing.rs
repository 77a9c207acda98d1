//! Users with more conversations than a welcome has.

use confab_shared::{
    conversation::{Conversation, ListCursor},
    error::ErrorCode,
    id::ConversationId,
};

use crate::support::{Mirror, Person, Server, client_id, person::EVERYONE};

/// How many conversations a welcome has in these tests.
const LIMIT: usize = 3;

/// A server whose welcomes are small, Mei, and eight groups that she made with Ada and wrote in, the oldest first.
async fn scene() -> (Server, Person, Person, Vec<ConversationId>) {
    let server = Server::with().flags(["--welcome-conversations", "3"]).start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let mut socket = mei.connect().await;
    let mut groups = Vec::new();
    for number in 1..=8 {
        let id = mei.group(&format!("Group {number}"), &["ada"]).await;
        socket.send_text(id, "hello").await;
        groups.push(id);
    }
    socket.leave().await;
    (server, mei, ada, groups)
}

/// The ids in the order of the list.
fn listed(mut conversations: Vec<Conversation>) -> Vec<ConversationId> {
    conversations.sort_by_key(|conversation| std::cmp::Reverse(conversation.list_cursor()));
    conversations.iter().map(|conversation| conversation.id).collect()
}

fn newest_first(groups: &[ConversationId]) -> Vec<ConversationId> {
    groups.iter().rev().copied().collect()
}

#[tokio::test]
async fn a_welcome_has_the_newest_conversations_and_as_many_that_are_unread() {
    let (_server, mei, ada, groups) = scene().await;
    let welcome = mei.connect().await.welcome;
    assert_eq!(welcome.more.map(|cursor| cursor.id), Some(groups[5]), "where the newest end");
    assert_eq!(listed(welcome.conversations), newest_first(&groups[5..]), "she has read what she wrote");
    let mut socket = ada.connect().await;
    assert_eq!(listed(socket.welcome.conversations.clone()), newest_first(&groups[2..]), "three, and three");
    assert!(socket.welcome.users.contains(&mei.user));
    // What is read makes room for what is not.
    let head = ada.view(groups[4]).await.head_seq;
    socket.read(groups[4], head).await;
    socket.next_read().await;
    let welcome = socket.resync().await;
    let expected = [7, 6, 5, 3, 2, 1].map(|index| groups[index]);
    assert_eq!(listed(welcome.conversations), expected);
    assert_eq!(welcome.more.map(|cursor| cursor.id), Some(groups[5]));
}

#[tokio::test]
async fn the_rest_of_the_list_comes_by_page_with_the_same_heads() {
    let (_server, mei, ada, groups) = scene().await;
    let mut more = mei.connect().await.welcome.more;
    let mut seen = Vec::new();
    while let Some(before) = more {
        let page = mei.list(&format!("before={before}&limit=2")).await.unwrap();
        assert!((1..=2).contains(&page.conversations.len()), "{page:?}");
        for conversation in page.conversations {
            assert_eq!(mei.view(conversation.id).await, conversation);
            seen.push(conversation.id);
        }
        more = page.more;
    }
    let mut expected = newest_first(&groups[..5]);
    expected.push(EVERYONE);
    assert_eq!(seen, expected, "all of it, once");
    let whole = ada.list("").await.unwrap();
    assert_eq!((whole.conversations.len(), whole.more), (9, None), "without a cursor from the newest");
    let newest = ada.list(&format!("limit={LIMIT}")).await.unwrap();
    assert_eq!(newest.more.map(|cursor| cursor.id), Some(groups[5]));
}

#[tokio::test]
async fn a_query_that_is_none_is_refused() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    for query in ["limit=0", "limit=201"] {
        mei.list(query).await.unwrap_err().is(400, ErrorCode::BadLimit);
    }
    for query in ["before=yesterday", "before=5", "limit=many"] {
        mei.list(query).await.unwrap_err().is(400, ErrorCode::BadRequest);
    }
    let cursor = ListCursor { last_activity_at: confab_shared::id::Timestamp(0), id: ConversationId(0) };
    assert!(mei.list(&format!("before={cursor}")).await.unwrap().conversations.is_empty());
}

#[tokio::test]
async fn who_reads_an_old_conversation_keeps_it_over_a_reconnect() {
    let (_server, mei, ada, groups) = scene().await;
    let mut mirror = Mirror::of(&mei).await;
    assert!(mirror.state.conversation(groups[0]).is_none() && !mirror.state.is_gone(groups[0]));
    mirror.open(groups[0]).await;
    assert!(mirror.state.conversation(groups[0]).is_some(), "it is fetched");
    // That is no activity: it does not move to the part of the list that the next welcome has.
    ada.rename(groups[0], client_id(), "Renamed").await.unwrap();
    mirror.reconnect().await;
    let title = mirror.state.conversation(groups[0]).and_then(|conversation| conversation.title.clone());
    assert_eq!(title.unwrap().as_str(), "Renamed");
    assert_eq!(mirror.items(groups[0]), mei.all_items(groups[0]).await);
    mei.leave(groups[0], client_id()).await.unwrap();
    mirror.reconnect().await;
    assert!(mirror.state.is_gone(groups[0]), "and learns that it is left");
}

#[tokio::test]
async fn a_message_in_an_old_conversation_brings_it_back() {
    let (_server, mei, ada, groups) = scene().await;
    let mut mirror = Mirror::of(&mei).await;
    ada.connect().await.send_text(groups[1], "remember?").await;
    mirror.settle().await;
    let found = mirror.state.list().first().map(|conversation| (conversation.id, conversation.unread()));
    // Newer is only the message to herself with which the mirror waits.
    let second = mirror.state.list().get(1).map(|conversation| (conversation.id, conversation.unread()));
    assert!([found, second].contains(&Some((groups[1], 1))), "{found:?} {second:?}");
}
