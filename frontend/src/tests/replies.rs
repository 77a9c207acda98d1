//! Replies: what a message quotes, as it is now.

use confab_shared::message::Message;

use super::*;
use crate::state::Scope;

fn reply(seq: u64, by: UserId, to: u64) -> Event {
    let text = MessageText::new(&format!("reply {seq}")).unwrap();
    event(seq, by, seq, Posted { reply_to: Some(Seq(to)), ..Posted::new(text, seq, Vec::new()) }.into())
}

fn quoted(client: &Client, seq: u64) -> Option<Message> {
    client.chat.state.with_untracked(|state| state.message(ID, Seq(seq))).map(|view| view.message)
}

#[test]
fn a_quote_follows_the_edits_and_the_deletion_of_its_original() {
    let client = Client::reading(vec![posted(1, MEI, 1), reply(2, ME, 1)], 2);
    let text = MessageText::new("better").unwrap();
    client.chat.receive(live(event(3, MEI, 3, Edited::new(Seq(1), text, vec![], vec![]).into())));
    assert_eq!(quoted(&client, 1).unwrap().text.as_str(), "better");
    client.chat.receive(live(event(4, MEI, 4, Deleted::new(Seq(1), None).into())));
    assert!(quoted(&client, 1).unwrap().deleted.is_some());
}

#[test]
fn what_is_written_or_sent_keeps_the_message_that_it_replies_to() {
    let mut client = Client::welcomed(300, 300);
    client.chat.open(Some(ID));
    let request = client.required_fetch();
    let log: Vec<_> = (1..=300).map(|seq| posted(seq, MEI, seq)).collect();
    client.chat.apply_messages(request, page_of(&log, 241..=300, 300));
    let scope = Scope::from(ID);
    assert_eq!(quoted(&client, 7), None);
    client.chat.want_quote(scope, Seq(7));
    let request = client.required_fetch();
    assert_eq!(request, FetchRequest::Quoted(ID, None, Seq(7)));
    client.chat.apply_messages(request, page_of(&log, 7..=7, 300));
    assert_eq!(quoted(&client, 7).unwrap().text.as_str(), "message 7");
    client.chat.want_quote(scope, Seq(7));
    assert_eq!(client.fetches(), [], "once");
    // It is kept up to date, and fetched again where another part of the log takes the place of this one.
    let text = MessageText::new("better").unwrap();
    client.chat.receive(live(event(301, MEI, 301, Edited::new(Seq(7), text, vec![], vec![]).into())));
    assert_eq!(quoted(&client, 7).unwrap().text.as_str(), "better");
    client.chat.open_around(ID, Seq(100));
    let request = client.required_fetch();
    client.chat.apply_messages(request, page_of(&log, 40..=160, 301));
    assert_eq!(client.required_fetch(), FetchRequest::Quoted(ID, None, Seq(7)));
}

#[test]
fn one_composer_takes_the_message_to_reply_to() {
    let client = Client::reading(vec![posted(1, MEI, 1)], 1);
    let (conversation, thread) = (Scope::from(ID), Scope::of_thread(ID, Seq(1)));
    client.chat.start_reply(thread, Seq(1));
    assert_eq!(client.chat.take_reply(conversation), None);
    assert_eq!(client.chat.take_reply(thread), Some(Seq(1)));
    assert_eq!(client.chat.take_reply(thread), None);
    client.chat.start_editing(thread, Seq(1));
    client.chat.stop_editing(conversation);
    assert_eq!((client.chat.editing(conversation), client.chat.editing(thread)), (None, Some(Seq(1))));
}
