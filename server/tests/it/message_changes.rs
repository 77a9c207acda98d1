//! Messages that change over the wire: edited, deleted, reacted to, pinned; and read as they are now.

use std::fs;

use confab_shared::{
    api::{MAX_ITEMS_PER_PAGE, MessagePage, Pins, Revisions},
    command::{Command, Delete, Edit, Pin, React},
    error::ErrorCode,
    event::{Edited, EventBody},
    id::{ConversationId, Seq},
    item::Item,
    protocol::{Ack, ServerFrame},
};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    Person, Server, client_id,
    person::{EVERYONE, Refused, answer},
};

fn edit(conversation: ConversationId, target: Seq, text: &str) -> Command {
    Edit { client_id: client_id(), conversation, target, text: text.to_owned() }.into()
}

fn delete(conversation: ConversationId, target: Seq) -> Command {
    Delete { client_id: client_id(), conversation, target }.into()
}

fn react(conversation: ConversationId, target: Seq, emoji: &str, on: bool) -> Command {
    React { client_id: client_id(), conversation, target, emoji: emoji.to_owned(), on }.into()
}

fn pin(conversation: ConversationId, target: Seq, on: bool) -> Command {
    Pin { client_id: client_id(), conversation, target, on }.into()
}

async fn revisions(person: &Person, id: ConversationId, seq: Seq) -> Result<Vec<String>, Refused> {
    let path = format!("/conversations/{id}/messages/{seq}/revisions");
    let found: Revisions = answer(person.request(Method::GET, &path)).await?;
    Ok(found.revisions.into_iter().map(|revision| revision.text.to_string()).collect())
}

async fn pins(person: &Person, id: ConversationId) -> Result<Pins, Refused> {
    answer(person.request(Method::GET, &format!("/conversations/{id}/pins"))).await
}

/// A group of two, and a message of the one who made it.
async fn group(server: &Server) -> (Person, Person, ConversationId, Seq) {
    let (mei, ada) = (Person::come(server, "mei").await, Person::come(server, "ada").await);
    let trip = mei.group("Trip", &["ada"]).await;
    let seq = mei.connect().await.send_text(trip, "hello").await.seq;
    (mei, ada, trip, seq)
}

#[tokio::test]
async fn every_change_reaches_the_others_and_is_in_the_message_that_is_read() {
    let server = Server::start().await;
    let (mei, ada, trip, seq) = group(&server).await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);

    let edited = socket.carry_out(edit(trip, seq, "hello @ada")).await.unwrap();
    let event = adas.next_event().await;
    assert_eq!((event.seq, event.by), (edited.seq, mei.user.id));
    let EventBody::Edited(Edited { target, text, notify, .. }) = event.body else { panic!("{event:?}") };
    assert_eq!((target, text.as_str(), notify), (seq, "hello @ada", vec![ada.user.id]));
    socket.next_event().await;
    adas.carry_out(react(trip, seq, "👍", true)).await.unwrap();
    assert!(matches!(socket.next_event().await.body, EventBody::Reacted(reacted) if reacted.on));
    adas.carry_out(pin(trip, seq, true)).await.unwrap();
    assert!(matches!(socket.next_event().await.body, EventBody::Pinned(pinned) if pinned.on));

    let message = ada.message(trip, seq).await;
    assert_eq!((message.text.as_str(), message.edited_at), ("hello @ada", Some(edited.at)));
    assert_eq!(message.reactions[0].users, [ada.user.id]);
    assert_eq!(message.pinned.unwrap().by, ada.user.id);
    assert_eq!(revisions(&ada, trip, seq).await.unwrap(), ["hello"]);
    let pinned = pins(&mei, trip).await.unwrap();
    assert_eq!(pinned.messages, [message]);
    assert_eq!(pinned.users.len(), 2, "author and who pinned it");

    socket.carry_out(delete(trip, seq)).await.unwrap();
    let message = ada.message(trip, seq).await;
    assert_eq!((message.text.as_str(), message.deleted.unwrap().by), ("", mei.user.id));
    assert!(message.reactions.is_empty() && message.pinned.is_none());
    assert!(pins(&mei, trip).await.unwrap().messages.is_empty());
    revisions(&ada, trip, seq).await.unwrap_err().is(404, ErrorCode::UnknownMessage);
    let seen = ada.view(trip).await;
    assert_eq!((seen.message_count, seen.unread(), seen.mentions.len(), seen.last_message), (0, 0, 0, None));
}

#[tokio::test]
async fn a_deletion_names_who_wrote_the_message_that_is_the_last_one_now() {
    let server = Server::start().await;
    let (mei, ada, trip, _) = group(&server).await;
    let li = Person::come(&server, "li").await;
    let second = ada.connect().await.send_text(trip, "second").await.seq;
    mei.add(trip, client_id(), &["li"]).await.unwrap();
    let mut lis = li.connect().await;
    let named = |frame: &ServerFrame| match frame {
        ServerFrame::Event(frame) if matches!(frame.event.body, EventBody::Deleted(_)) => {
            Some(frame.users.clone())
        }
        _ => None,
    };
    ada.connect().await.carry_out(delete(trip, second)).await.unwrap();
    let users = lis.find("the deletion", named).await;
    assert_eq!(users, [ada.user.clone(), mei.user.clone()], "who deleted, and the author of the one before");
    let page = li.page(trip, "limit=1").await.unwrap();
    assert_eq!(page.users.len(), 2, "in the log, too");
}

#[tokio::test]
async fn a_change_over_http_is_the_same_over_the_socket() {
    let server = Server::start().await;
    let (mei, ada, trip, seq) = group(&server).await;
    let mut socket = mei.connect().await;
    let path = |rest: &str| format!("/conversations/{trip}/messages/{seq}{rest}");
    let ids: Vec<_> = (0..4).map(|_| client_id()).collect();
    let requests = [
        mei.request(Method::PATCH, &path("")).json(&json!({ "client_id": ids[0], "text": "new" })),
        mei.request(Method::PUT, &path("/reactions"))
            .json(&json!({ "client_id": ids[1], "emoji": "🎉", "on": true })),
        mei.request(Method::PUT, &path("/pin")).json(&json!({ "client_id": ids[2], "on": true })),
        mei.request(Method::DELETE, &path("")).json(&json!({ "client_id": ids[3] })),
    ];
    let mut acks = Vec::new();
    for request in requests {
        acks.push(answer::<Ack>(request).await.unwrap());
    }
    let log = ada.log(trip).await;
    let seqs: Vec<_> = log.iter().skip(3).map(|event| (event.seq, event.client_id, event.at)).collect();
    assert_eq!(seqs, acks.iter().map(|ack| (ack.seq, Some(ack.client_id), ack.at)).collect::<Vec<_>>());
    let again: [Command; 4] = [
        Edit { client_id: ids[0], conversation: trip, target: seq, text: "new".into() }.into(),
        React { client_id: ids[1], conversation: trip, target: seq, emoji: "🎉".into(), on: true }.into(),
        Pin { client_id: ids[2], conversation: trip, target: seq, on: true }.into(),
        Delete { client_id: ids[3], conversation: trip, target: seq }.into(),
    ];
    for (command, ack) in again.into_iter().zip(acks) {
        assert_eq!(socket.carry_out(command).await, Ok(ack), "a retry over the socket");
    }
    assert_eq!(ada.log(trip).await, log);
}

#[tokio::test]
async fn a_change_that_may_not_be_is_refused_with_its_code() {
    let server = Server::start().await;
    let (mei, ada, trip, seq) = group(&server).await;
    let li = Person::come(&server, "li").await;
    let in_everyone = mei.connect().await.send_text(EVERYONE, "hello").await.seq;
    let mut socket = mei.connect().await;
    let mut adas = ada.connect().await;
    let mut lis = li.connect().await;
    let before = mei.message(trip, seq).await;
    for (command, code) in [
        (edit(trip, seq, "not mine"), ErrorCode::Forbidden),
        (delete(trip, seq), ErrorCode::Forbidden),
        (pin(EVERYONE, in_everyone, true), ErrorCode::Forbidden),
        (react(trip, Seq(999), "👍", true), ErrorCode::UnknownMessage),
        (react(trip, Seq(1), "👍", true), ErrorCode::UnknownMessage),
        (react(trip, seq, "", true), ErrorCode::BadEmoji),
        (react(trip, seq, "a", true), ErrorCode::BadEmoji),
        (react(trip, seq, "👍👍", true), ErrorCode::BadEmoji),
        (react(trip, seq, "<b>", true), ErrorCode::BadEmoji),
    ] {
        let what = format!("{command:?}");
        assert_eq!(adas.carry_out(command).await.unwrap_err().code, code, "{what}");
    }
    assert_eq!(
        lis.carry_out(react(trip, seq, "👍", true)).await.unwrap_err().code,
        ErrorCode::UnknownConversation
    );
    for (text, code) in [
        (" ".to_owned(), ErrorCode::TextEmpty),
        ("\u{7}".to_owned(), ErrorCode::TextControlCharacter),
        ("x".repeat(20_000), ErrorCode::TextTooLong),
    ] {
        assert_eq!(socket.carry_out(edit(trip, seq, &text)).await.unwrap_err().code, code);
    }
    assert_eq!(mei.message(trip, seq).await, before);
    pins(&li, trip).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    revisions(&li, trip, seq).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    revisions(&mei, trip, Seq(77)).await.unwrap_err().is(404, ErrorCode::UnknownMessage);
    for emoji in emojis::iter().take(50) {
        adas.carry_out(react(trip, seq, emoji.as_str(), true)).await.unwrap();
    }
    let one_more = emojis::iter().nth(50).unwrap().as_str();
    let refused = adas.carry_out(react(trip, seq, one_more, true)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::TooManyReactions);
}

#[tokio::test]
async fn one_emoji_is_one_reaction_however_it_is_written() {
    let server = Server::start().await;
    let (mei, ada, trip, seq) = group(&server).await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    socket.carry_out(react(trip, seq, "❤", true)).await.unwrap();
    adas.carry_out(react(trip, seq, "❤\u{fe0f}", true)).await.unwrap();
    let message = mei.message(trip, seq).await;
    assert_eq!(message.reactions.len(), 1, "{message:?}");
    assert_eq!(message.reactions[0].users, [mei.user.id, ada.user.id]);
    // A family with skin tones is one emoji, too.
    socket.carry_out(react(trip, seq, "👩🏽‍🤝‍👨🏿", true)).await.unwrap();
}

#[tokio::test]
async fn pages_of_messages_are_counted_in_items() {
    let server = Server::start().await;
    let (mei, ada, trip, seq) = group(&server).await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    for number in 0..30 {
        adas.carry_out(react(trip, seq, "👍", number % 2 == 0)).await.unwrap();
        socket.carry_out(edit(trip, seq, &format!("text {number}"))).await.unwrap();
    }
    let last = socket.send_text(trip, "last").await.seq;
    let newest = mei.messages(trip, "limit=2").await.unwrap();
    let seqs = |page: &MessagePage| page.items.iter().map(|item| item.seq()).collect::<Vec<_>>();
    assert_eq!((seqs(&newest), newest.first_seq, newest.last_seq), (vec![seq, last], seq, last));
    assert_eq!(newest.items[0].message().unwrap().text.as_str(), "text 29");
    assert_eq!(newest.users, std::slice::from_ref(&mei.user));
    let around = mei.messages(trip, "around=40&limit=2").await.unwrap();
    assert_eq!(seqs(&around), [seq, last]);
    assert_eq!(seqs(&mei.messages(trip, "after=0&limit=1").await.unwrap()), [Seq(1)]);
    assert_eq!(seqs(&mei.messages(trip, "before=3").await.unwrap()), [Seq(1), Seq(2)]);
    let beyond = MAX_ITEMS_PER_PAGE + 1;
    for query in ["limit=0".to_owned(), format!("limit={beyond}")] {
        mei.messages(trip, &query).await.unwrap_err().is(400, ErrorCode::BadLimit);
    }
    mei.messages(trip, "before=3&after=1").await.unwrap_err().is(400, ErrorCode::BadRequest);
    mei.messages(trip, "around=x").await.unwrap_err().is(400, ErrorCode::BadRequest);
}

/// How often a text is in the files of a server that is stopped.
fn occurrences(server: &Server, text: &str) -> usize {
    let entries = fs::read_dir(server.data()).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file()).map(|path| fs::read(path).unwrap());
    let count =
        |bytes: Vec<u8>| bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
    files.map(count).sum()
}

#[tokio::test]
async fn what_a_deleted_message_said_is_gone_from_the_files() {
    let mut server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let trip = mei.group("Trip", &["ada"]).await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    // Long enough for pages of their own, and in the same row as others.
    let secret = |name: &str| format!("{name} {}", "of a kind ".repeat(300));
    let mut targets = Vec::new();
    for number in 0..150 {
        socket.send_text(trip, &format!("kept {number}")).await;
        if number % 50 == 7 {
            let target = socket.send_text(trip, &secret("secret-text @ada")).await.seq;
            socket.carry_out(edit(trip, target, &secret("secret-revision"))).await.unwrap();
            socket.carry_out(edit(trip, target, &secret("secret-present"))).await.unwrap();
            adas.carry_out(react(trip, target, "🦩", true)).await.unwrap();
            targets.push(target);
        }
    }
    // The newest, and one that a deletion quotes as the one before.
    let quoted = socket.send_text(trip, "secret-quoted").await.seq;
    let newest = socket.send_text(trip, "secret-newest").await.seq;
    assert!(server.sigterm().await.success());
    let written =
        ["secret-text", "secret-revision", "secret-present", "secret-quoted", "secret-newest", "🦩"];
    for text in written {
        assert!(occurrences(&server, text) > 0, "{text}: the search finds what is there");
    }
    server.restart().await;
    let (mei, ada) = (mei.again(&server).await, ada.again(&server).await);
    let mut socket = mei.connect().await;
    for target in targets.into_iter().chain([newest, quoted]) {
        socket.carry_out(delete(trip, target)).await.unwrap();
    }
    let log = ada.log(trip).await;
    assert!(!format!("{log:?}").contains("secret-"), "before the compaction, too");
    assert_eq!(ada.view(trip).await.last_message.unwrap().text, "kept 149");
    assert!(server.sigterm().await.success());
    for text in written {
        assert_eq!(occurrences(&server, text), 0, "{text}");
    }
    assert!(occurrences(&server, "kept 149") > 0);
    server.restart().await;
    let ada = ada.again(&server).await;
    assert_eq!(ada.log(trip).await, log, "compaction changes no event");
    let items = ada.all_items(trip).await;
    let deleted = items.iter().filter_map(Item::message).filter(|message| message.deleted.is_some());
    assert_eq!(deleted.count(), 5);
}
