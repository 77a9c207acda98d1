//! The list of conversations is longer than what a welcome has.

use confab_shared::{
    api::ConversationPage,
    conversation::{Conversation, ListCursor},
    id::{ConversationId, Timestamp},
};

use leptos::prelude::WithUntracked;

use super::{Client, ID, group};
use crate::state::Fetch;

fn newest() -> Conversation {
    Conversation { last_activity_at: Timestamp(100), ..group(1, 1) }
}

fn older(id: u64) -> Conversation {
    Conversation { id: ConversationId(id), last_activity_at: Timestamp(id), ..group(1, 1) }
}

fn page(conversations: Vec<Conversation>, more: Option<ListCursor>) -> ConversationPage {
    ConversationPage { conversations, more, users: Vec::new(), presence: Vec::new() }
}

/// A client whose welcome had one group, and where the list goes on.
fn welcomed() -> (Client, ListCursor) {
    let client = Client::welcomed(1, 1);
    let cursor = newest().list_cursor();
    client.welcome_before(vec![newest()], Some(cursor));
    (client, cursor)
}

fn listed(client: &Client) -> Vec<u64> {
    client
        .chat
        .state
        .with_untracked(|state| state.list().iter().map(|conversation| conversation.id.0).collect())
}

#[test]
fn parts_are_fetched_one_after_the_other_until_there_are_no_more() {
    let (mut client, cursor) = welcomed();
    client.chat.fetch_more();
    client.chat.fetch_more();
    assert_eq!(client.fetches(), [Fetch::More(cursor)], "one at a time");
    let next = older(5).list_cursor();
    client.chat.apply_more(cursor, Some(page(vec![older(6), older(5)], Some(next))));
    client.chat.fetch_more();
    assert_eq!(client.fetches(), [Fetch::More(next)]);
    client.chat.apply_more(next, Some(page(vec![older(4)], None)));
    assert_eq!(client.chat.more_conversations(), None);
    client.chat.fetch_more();
    assert_eq!(client.fetches(), []);
    assert_eq!(listed(&client), [ID.0, 6, 5, 4]);
}

#[test]
fn a_part_that_could_not_be_fetched_can_be_fetched_again() {
    let (mut client, cursor) = welcomed();
    client.chat.fetch_more();
    client.chat.apply_more(cursor, None);
    assert!(client.chat.more_failed());
    client.fetches();
    client.chat.fetch_more();
    assert!(!client.chat.more_failed());
    assert_eq!(client.fetches(), [Fetch::More(cursor)]);
    client.chat.apply_more(cursor, None);
    client.welcome_before(vec![newest()], Some(cursor));
    assert!(!client.chat.more_failed(), "a new connection begins anew");
}

#[test]
fn an_answer_from_before_a_welcome_is_ignored() {
    let (client, cursor) = welcomed();
    client.chat.fetch_more();
    client.welcome_before(vec![newest()], Some(cursor));
    client.chat.apply_more(cursor, Some(page(vec![older(6)], None)));
    assert_eq!(listed(&client), [ID.0]);
    assert_eq!(client.chat.more_conversations(), Some(cursor));
}
