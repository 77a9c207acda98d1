//! Messages with files: sent once, deleted with them, forwarded.

use confab_shared::{
    attachment::{Attachment, AttachmentKind, MAX_ATTACHMENTS},
    command::{Delete, Edit, Send},
    error::ErrorCode,
    event::{EventBody, Posted},
    id::Seq,
};
use reqwest::{Method, StatusCode};

use super::{blobs, blobs_become, follow, leads_nowhere, link, png, upload, with};
use crate::support::{
    Person, Server, client_id,
    person::{EVERYONE, Refused, answer},
};

#[tokio::test]
async fn a_message_with_files_arrives_with_all_that_draws_them() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let direct = mei.direct("ada").await;
    let (picture, file) = (upload(&mei, "dot.png", "", &png()).await, upload(&mei, "a.txt", "", b"a").await);
    let (mut meis, mut adas) = (mei.connect().await, ada.connect().await);
    let send = with(direct, "", &[&picture, &file]);
    let ack = meis.carry_out(send.clone()).await.unwrap();
    let event = adas.next_event().await;
    let EventBody::Posted(Posted { text, attachments, .. }) = &event.body else { panic!("{event:?}") };
    assert_eq!((text.as_str(), attachments), ("", &vec![picture.clone(), file.clone()]));
    // A retry has the same answer and posts nothing.
    assert_eq!(meis.carry_out(send.clone()).await.unwrap().seq, ack.seq);
    let other = Send { attachments: vec![picture.id], ..send };
    assert_eq!(meis.carry_out(other).await.unwrap_err().code, ErrorCode::IdempotencyConflict);
    let again = meis.carry_out(with(direct, "again", &[&picture])).await;
    assert_eq!(again.unwrap_err().code, ErrorCode::UnknownAttachment, "it is in a message already");
    let message = ada.message(direct, ack.seq).await;
    assert_eq!(message.attachments, *attachments);
    let last = ada.view(direct).await.last_message.unwrap().attachments.unwrap();
    assert_eq!((last.kind, last.name.as_str(), last.count), (AttachmentKind::File, "dot.png", 2));
    let url = link(&ada, picture.id).await.url;
    assert_eq!(follow(&server, &url).await.bytes().await.unwrap(), png());
}

#[tokio::test]
async fn what_may_be_sent() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let mut socket = mei.connect().await;
    let adas = upload(&ada, "a.txt", "", b"a").await;
    let own = upload(&mei, "b.txt", "", b"b").await;
    let unfinished = super::create(&mei, 10, &[]).await.unwrap();
    let unfinished = Attachment { id: unfinished, ..own.clone() };
    for (attachments, code) in [
        (vec![&adas], ErrorCode::UnknownAttachment),
        (vec![&own, &unfinished], ErrorCode::UnknownAttachment),
        (vec![&own, &own], ErrorCode::BadRequest),
        (vec![&own; MAX_ATTACHMENTS + 1], ErrorCode::TooManyAttachments),
        (vec![], ErrorCode::TextEmpty),
    ] {
        let refused = socket.carry_out(with(EVERYONE, " ", &attachments)).await.unwrap_err();
        assert_eq!(refused.code, code);
    }
    // Two messages want it at once.
    let (mut one, mut other) = (mei.connect().await, mei.connect().await);
    let (first, second) = tokio::join!(
        one.carry_out(with(EVERYONE, "one", &[&own])),
        other.carry_out(with(EVERYONE, "other", &[&own])),
    );
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    let refused = first.err().or(second.err()).unwrap();
    assert_eq!(refused.code, ErrorCode::UnknownAttachment);
}

#[tokio::test]
async fn a_deleted_message_frees_its_files() {
    let mut server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    // The same file, by two people, is one blob.
    let (meis, adas) = (upload(&mei, "a.txt", "", b"same").await, upload(&ada, "b.txt", "", b"same").await);
    let picture = upload(&mei, "dot.png", "", &png()).await;
    assert_eq!(blobs(&server).len(), 2);
    let mut socket = mei.connect().await;
    let first = socket.carry_out(with(EVERYONE, "both", &[&meis, &picture])).await.unwrap().seq;
    let second = ada.connect().await.carry_out(with(EVERYONE, "mine", &[&adas])).await.unwrap().seq;
    let url = link(&mei, picture.id).await.url;
    let delete = |target: Seq| Delete { client_id: client_id(), conversation: EVERYONE, target };
    socket.carry_out(delete(first)).await.unwrap();
    leads_nowhere(&server, &url).await;
    blobs_become(&server, 1).await;
    assert!(ada.message(EVERYONE, first).await.attachments.is_empty());
    let log = format!("{:?}", ada.log(EVERYONE).await);
    assert!(!log.contains("dot.png") && log.contains("b.txt"), "{log}");
    assert_eq!(follow(&server, &link(&mei, adas.id).await.url).await.bytes().await.unwrap(), "same");
    // What is condemned is also removed where the server ends first.
    ada.connect().await.carry_out(delete(second)).await.unwrap();
    server.sigkill().await;
    server.restart().await;
    blobs_become(&server, 0).await;
    // And stored anew where somebody uploads the same file.
    let anew = upload(&mei, "c.txt", "", b"same").await;
    assert_eq!(follow(&server, &link(&mei, anew.id).await.url).await.bytes().await.unwrap(), "same");
}

#[tokio::test]
async fn a_text_may_go_and_the_files_stay() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let file = upload(&mei, "a.txt", "", b"a").await;
    let mut socket = mei.connect().await;
    let seq = socket.carry_out(with(EVERYONE, "text", &[&file])).await.unwrap().seq;
    let edit = |target, text: &str| Edit {
        client_id: client_id(),
        conversation: EVERYONE,
        target,
        text: text.to_owned(),
    };
    socket.carry_out(edit(seq, "")).await.unwrap();
    let message = mei.message(EVERYONE, seq).await;
    assert_eq!((message.text.as_str(), message.attachments), ("", vec![file]));
    let plain = socket.send_text(EVERYONE, "plain").await.seq;
    assert_eq!(socket.carry_out(edit(plain, " ")).await.unwrap_err().code, ErrorCode::TextEmpty);
}

#[tokio::test]
async fn a_forwarded_file_is_a_copy() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let li = Person::come(&server, "li").await;
    let direct = mei.direct("ada").await;
    let file = upload(&mei, "a.txt", "", b"to forward").await;
    let seq = mei.connect().await.carry_out(with(direct, "", &[&file])).await.unwrap().seq;
    let copy = async |person: &Person| -> Result<Attachment, Refused> {
        answer(person.request(Method::POST, &format!("/attachments/{}/copies", file.id))).await
    };
    copy(&li).await.unwrap_err().is(404, ErrorCode::UnknownAttachment);
    let copied = copy(&ada).await.unwrap();
    assert_ne!(copied.id, file.id);
    assert_eq!(Attachment { id: file.id, ..copied.clone() }, file);
    ada.connect().await.carry_out(with(EVERYONE, "forwarded", &[&copied])).await.unwrap();
    let delete = Delete { client_id: client_id(), conversation: direct, target: seq };
    mei.connect().await.carry_out(delete).await.unwrap();
    let url = link(&li, copied.id).await.url;
    let response = follow(&server, &url).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.bytes().await.unwrap(), "to forward");
}

#[tokio::test]
async fn the_demo_gets_the_names_of_files() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut demo = crate::support::Demo::connect(&server, "123").await;
    let direct = mei.direct("123").await;
    let file = upload(&mei, "report.pdf", "", b"%PDF-1.7\n").await;
    mei.connect().await.carry_out(with(direct, "", &[&file])).await.unwrap();
    assert_eq!(demo.next().await, r#"{"userID1":"mei","userID2":"123","data":"report.pdf"}"#);
}
