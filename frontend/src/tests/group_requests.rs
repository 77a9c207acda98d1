//! Requests to join groups come live, and end with an answer in any tab.

use confab_shared::{group_request::GroupRequest, text::Title};

use super::*;

fn request(id: u64) -> GroupRequest {
    let title = Title::new("Trip").unwrap();
    GroupRequest { conversation: ConversationId(id), title, by: user(MEI, "mei"), at: Timestamp(5) }
}

fn requested(client: &Client) -> Vec<u64> {
    let ids = |state: &State| state.group_requests().iter().map(|request| request.conversation.0).collect();
    client.chat.state.with_untracked(ids)
}

#[test]
fn a_request_comes_live_and_is_declined_in_another_tab() {
    let client = Client::welcomed(1, 1);
    client.chat.receive(ServerFrame::GroupRequest(request(20)));
    client.chat.receive(ServerFrame::GroupRequest(request(21)));
    assert_eq!(requested(&client), [21, 20]);
    client.chat.receive(ServerFrame::GroupRequestDeclined { conversation: ConversationId(21) });
    client.chat.end_group_request(ConversationId(99));
    assert_eq!(requested(&client), [20]);
    client.welcome(1, 1);
    assert_eq!(requested(&client), [0_u64; 0], "the welcome says which there are");
}

#[test]
fn a_request_ends_once_the_group_is_joined() {
    let client = Client::welcomed(1, 1);
    client.chat.receive(ServerFrame::GroupRequest(request(20)));
    let conversation = Conversation { id: ConversationId(20), ..group(3, 3) };
    assert!(client.chat.apply_created(ConversationView { conversation, users: vec![], presence: vec![] }));
    assert_eq!(requested(&client), [0_u64; 0]);
}
