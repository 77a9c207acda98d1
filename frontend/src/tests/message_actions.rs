//! What a user is offered for messages, and what becomes of it.

use confab_shared::{
    command::{Command, Delete, Edit, Pin, React},
    conversation::MemberRole,
    emoji::Emoji,
    event::{Pinned, Reacted},
    message::{Message, Stamp},
};

use super::*;
use crate::features::{
    message_actions::offers::{Offers, offers},
    pins::pinned::pinned,
};

fn offered(client: &Client, seq: u64) -> Offers {
    client.chat.state.with_untracked(|state| offers(state, ID, Seq(seq)))
}

fn client_id(number: u128) -> ClientId {
    ClientId(Uuid::from_u128(number))
}

fn pin(number: u128, target: u64, on: bool) -> Command {
    Pin { client_id: client_id(number), conversation: ID, target: Seq(target), on }.into()
}

fn delete(number: u128, target: u64) -> Command {
    Delete { client_id: client_id(number), conversation: ID, target: Seq(target) }.into()
}

fn refuse(client: &Client, number: u128) {
    let error = ErrorBody {
        code: ErrorCode::Forbidden,
        message: "No.".to_owned(),
        client_id: Some(client_id(number)),
        retry_after_ms: None,
    };
    client.chat.receive(ServerFrame::Error(error));
}

/// Own message 1 and Mei's message 2.
fn two_messages() -> Client {
    Client::reading(vec![posted(1, ME, 1), posted(2, MEI, 2)], 2)
}

#[test]
fn actions_are_offered_by_author_and_role() {
    let client = two_messages();
    let all = Offers {
        react: true,
        edit: true,
        delete: true,
        pin: true,
        reply: true,
        unread: false,
        readers: true,
    };
    assert_eq!(offered(&client, 1), all);
    assert_eq!(offered(&client, 2), Offers { edit: false, delete: false, unread: true, ..all });
    assert_eq!(offered(&client, 3), Offers::default(), "no such message");
    client.welcome_to(vec![Conversation { role: MemberRole::Admin, ..group(2, 2) }]);
    assert_eq!(offered(&client, 2), Offers { edit: false, unread: true, ..all });
}

#[test]
fn a_message_that_is_deleted_or_about_to_be_has_no_actions() {
    let client = two_messages();
    client.chat.submit(delete(1, 1), Timestamp(3));
    assert_eq!(offered(&client, 1), Offers::default());
    refuse(&client, 1);
    assert!(offered(&client, 1).react);
    client.chat.receive(live(event(3, MEI, 3, Deleted::new(Seq(2), None).into())));
    assert_eq!(offered(&client, 2), Offers::default());
}

#[test]
fn a_message_that_is_not_sent_yet_has_no_actions() {
    let client = two_messages();
    client.sends(1, "hi", 3);
    assert_eq!(offered(&client, 3), Offers::default());
}

#[test]
fn a_refused_change_shows_at_its_message_until_that_is_deleted() {
    let client = two_messages();
    let (client_id_1, text) = (client_id(1), "new".to_owned());
    let edit = Edit { client_id: client_id_1, conversation: ID, target: Seq(1), text };
    client.chat.submit(edit.into(), Timestamp(3));
    refuse(&client, 1);
    let refused = || client.chat.state.with_untracked(|state| state.message(ID, Seq(1)).unwrap().refused);
    assert_eq!(refused().map(|entry| entry.client_id()), Some(client_id_1));
    client.chat.receive(live(event(3, ME, 3, Deleted::new(Seq(1), None).into())));
    assert_eq!(refused(), None);
    assert_eq!(client.chat.unsent_count(), 0);
}

#[test]
fn pins_are_listed_as_the_timeline_and_the_outbox_have_them() {
    let client = two_messages();
    let seqs = |listed: &[Message]| -> Vec<u64> {
        let shown = client.chat.state.with_untracked(|state| pinned(state, ID, listed));
        shown.into_iter().map(|message| message.seq.0).collect()
    };
    // The message 40 is not in the timeline.
    let mut far = client
        .chat
        .state
        .with_untracked(|state| state.timeline(ID).unwrap().message(Seq(1)).unwrap().clone());
    far.seq = Seq(40);
    far.pinned = Some(Stamp { by: MEI, at: Timestamp(1) });
    let listed = [far];
    assert_eq!(seqs(&listed), [40]);
    client.chat.submit(pin(1, 2, true), Timestamp(3));
    assert_eq!(seqs(&listed), [2, 40], "it shows before the server has answered");
    client.chat.submit(pin(2, 40, false), Timestamp(4));
    assert_eq!(seqs(&listed), [2]);
    client.chat.submit(pin(3, 2, false), Timestamp(5));
    assert_eq!(seqs(&listed), [] as [u64; 0]);
    refuse(&client, 2);
    assert_eq!(seqs(&listed), [40]);
}

#[test]
fn the_list_of_pins_is_fetched_again_only_where_it_may_have_changed() {
    let client = two_messages();
    let version = || client.chat.pins_version();
    let before = version();
    client.chat.receive(live(posted(3, MEI, 3)));
    let reacted = Reacted { target: Seq(1), emoji: Emoji::existing("🎉"), on: true };
    client.chat.receive(live(event(4, MEI, 4, reacted.into())));
    assert_eq!(version(), before);
    client.chat.receive(live(event(5, MEI, 5, Pinned { target: Seq(1), on: true }.into())));
    assert_eq!(version(), before + 1);
}

#[test]
fn a_jump_fetches_what_is_far_away_and_is_taken_once() {
    let mut client = two_messages();
    client.chat.jump_to(ID, Seq(1));
    assert_eq!(client.fetches(), [], "it is there");
    assert_eq!(client.chat.take_jump(ConversationId(8)), None);
    assert_eq!(client.chat.take_jump(ID), Some(Seq(1)));
    assert_eq!(client.chat.take_jump(ID), None);
}

#[test]
fn one_message_of_one_conversation_is_edited() {
    let client = two_messages();
    client.chat.start_editing(ID, Seq(1));
    assert_eq!(client.chat.editing(ID), Some(Seq(1)));
    assert_eq!(client.chat.editing(ConversationId(8)), None);
    client.chat.stop_editing(ID);
    assert_eq!(client.chat.editing(ID), None);
}

#[test]
fn a_reaction_is_given_at_once() {
    let client = two_messages();
    let emoji = "🎉".to_owned();
    let react = React { client_id: client_id(1), conversation: ID, target: Seq(2), emoji, on: true };
    client.chat.submit(react.into(), Timestamp(3));
    let message = client.chat.state.with_untracked(|state| state.message(ID, Seq(2)).unwrap().message);
    assert!(message.has_reaction(ME, &Emoji::existing("🎉")));
}
