//! Drafts.

use confab_shared::{
    api::{DraftChange, Drafts},
    draft::Draft,
    error::ErrorCode,
    id::ConversationId,
    protocol::{ClientFrame, ServerFrame},
};
use reqwest::Method;

use crate::support::{
    Person, Server, Socket,
    person::{Refused, answer},
};

async fn save(person: &Person, id: ConversationId, text: &str, version: u64) -> Result<Draft, Refused> {
    let change = DraftChange { text: text.to_owned(), version, thread: None };
    answer(person.request(Method::PUT, &format!("/conversations/{id}/draft")).json(&change)).await
}

async fn drafts(person: &Person) -> Vec<Draft> {
    let drafts: Result<Drafts, Refused> = answer(person.request(Method::GET, "/drafts")).await;
    drafts.unwrap().drafts
}

async fn next_draft(socket: &mut Socket) -> Draft {
    let draft = |frame: &ServerFrame| match frame {
        ServerFrame::Draft(draft) => Some(draft.clone()),
        _ => None,
    };
    socket.find("a draft", draft).await
}

#[tokio::test]
async fn a_draft_is_on_every_device_of_its_user_alone() {
    let mut server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let mut phone = mei.again(&server).await.connect().await;
    let saved = save(&mei, id, "hello", 0).await.unwrap();
    assert_eq!((saved.text.as_str(), saved.version), ("hello", 1));
    assert_eq!(next_draft(&mut phone).await, saved);
    assert!(drafts(&ada).await.is_empty());
    save(&mei, id, "other", 0).await.unwrap_err().is(409, ErrorCode::DraftConflict);
    assert!(server.sigterm().await.success());
    server.restart().await;
    assert_eq!(drafts(&mei).await, [saved]);
    save(&mei, id, "hello you", 1).await.unwrap();
    save(&mei, id, " ", 2).await.unwrap();
    assert!(drafts(&mei).await.is_empty());
}

#[tokio::test]
async fn a_draft_that_was_sent_does_not_come_back() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.direct("mei").await;
    let mut socket = mei.connect().await;
    save(&mei, id, "hello", 0).await.unwrap();
    assert_eq!(next_draft(&mut socket).await.version, 1);
    // Sent while another save is on its way, which comes late.
    socket.send_text(id, "hello you").await;
    socket.send(&ClientFrame::DraftSent { conversation: id, version: 2, thread: None }).await;
    let ended = next_draft(&mut socket).await;
    assert_eq!((ended.text.as_str(), ended.version), ("", 3));
    save(&mei, id, "hello you", 1).await.unwrap_err().is(409, ErrorCode::DraftConflict);
    assert!(drafts(&mei).await.is_empty());
    assert_eq!(save(&mei, id, "anew", 3).await.unwrap().version, 4);
}

#[tokio::test]
async fn a_thread_has_a_draft_of_its_own() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let mut socket = mei.connect().await;
    let root = socket.send_text(id, "who is in?").await.seq;
    let put = async |person: &Person, text: &str, version| {
        let change = DraftChange { text: text.to_owned(), version, thread: Some(root) };
        let request = person.request(Method::PUT, &format!("/conversations/{id}/draft")).json(&change);
        answer::<Draft>(request).await
    };
    let saved = put(&mei, "me", 0).await.unwrap();
    assert_eq!((saved.thread, saved.version), (Some(root), 1));
    assert_eq!(next_draft(&mut socket).await, saved);
    put(&mei, "other", 0).await.unwrap_err().is(409, ErrorCode::DraftConflict);
    let beside = save(&mei, id, "beside it", 0).await.unwrap();
    let get = async |query: &str| -> Draft {
        answer(mei.request(Method::GET, &format!("/conversations/{id}/draft{query}"))).await.unwrap()
    };
    assert_eq!((get("").await, get(&format!("?thread={root}")).await), (beside.clone(), saved.clone()));
    assert_eq!(drafts(&mei).await.len(), 2);
    assert!(drafts(&ada).await.is_empty());
    // Sent while another save is on its way, which comes late.
    socket.send(&ClientFrame::DraftSent { conversation: id, version: 2, thread: Some(root) }).await;
    let ended = socket.find("the end", |frame| match frame {
        ServerFrame::Draft(draft) if draft.thread.is_some() && draft.text.is_empty() => Some(draft.version),
        _ => None,
    });
    assert_eq!(ended.await, 3);
    put(&mei, "me, too", 1).await.unwrap_err().is(409, ErrorCode::DraftConflict);
    assert_eq!(drafts(&mei).await, [beside]);
}

#[tokio::test]
async fn a_draft_is_a_text_that_a_message_may_have() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.direct("mei").await;
    save(&mei, id, &"x".repeat(16 * 1024 + 1), 0).await.unwrap_err().is(400, ErrorCode::TextTooLong);
    save(&mei, id, "a\u{0}b", 0).await.unwrap_err().is(400, ErrorCode::TextControlCharacter);
    save(&mei, id, &"x".repeat(16 * 1024), 0).await.unwrap();
}

#[tokio::test]
async fn a_version_that_never_was_changes_nothing_and_fails_nobody() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.direct("mei").await;
    let mut socket = mei.connect().await;
    let saved = save(&mei, id, "hello", 0).await.unwrap();
    for version in [1_000, i64::MAX.unsigned_abs(), u64::MAX] {
        socket.send(&ClientFrame::DraftSent { conversation: id, version, thread: None }).await;
    }
    socket.send_text(id, "hello you").await;
    assert_eq!(drafts(&mei).await, [saved]);
    assert_eq!(save(&mei, id, "hello", 1).await.unwrap().version, 2);
}
