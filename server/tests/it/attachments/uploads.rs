//! Uploads by tus: begun, cut, gone on with, refused and ended.

use confab_shared::{
    api::Settings, attachment::Attachment, error::ErrorCode, id::AttachmentId, protocol::Limits,
};
use reqwest::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{create, header, offset, patch, path, ready, sent, tus, upload};
use crate::support::{
    Person, Server, in_time,
    person::{answer, done},
};

/// Bytes that differ from place to place.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index * 7 + index / 251) as u8).collect()
}

/// Sends the beginning of a PATCH and then nothing more: the cable is cut.
async fn cut(server: &Server, person: &Person, id: &str, from: usize, arrives: &[u8], announced: usize) {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    let head = format!(
        "PATCH /api/v1{id} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: {from}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {announced}\r\n\r\n",
        person.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(arrives).await.unwrap();
    stream.flush().await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
}

/// How long an upload is that is held, in bytes: more than what the server keeps in memory.
const HELD: usize = 2_000_000;

/// Sends all of an upload but its last byte, and waits until the server writes it. Then the server waits, too.
async fn hold(server: &Server, person: &Person, id: AttachmentId) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    let head = format!(
        "PATCH /api/v1{} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {HELD}\r\n\r\n",
        path(id),
        person.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&bytes(HELD - 1)).await.unwrap();
    let file = server.data().join("blobs/uploads").join(id.to_string());
    let written = async {
        while std::fs::metadata(&file).map_or(0, |file| file.len()) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    in_time("the first bytes on disk", written).await;
    stream
}

/// Waits until an upload has come so far.
async fn comes_to(person: &Person, id: AttachmentId, expected: usize) {
    let come = async {
        while offset(person, id).await != expected {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    in_time("the bytes that arrived", come).await;
}

#[tokio::test]
async fn an_upload_goes_on_after_a_cut_and_a_restart() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let all = bytes(3_000_000);
    let id = create(&mei, all.len(), &[("filename", "notes.bin"), ("filetype", "text/html")]).await.unwrap();
    assert_eq!(offset(&mei, id).await, 0);
    cut(&server, &mei, &path(id), 0, &all[..1_000_000], all.len()).await;
    comes_to(&mei, id, 1_000_000).await;
    let wrong = patch(&mei, id, 5, &all[5..10]).await;
    assert_eq!(wrong.status(), StatusCode::CONFLICT);
    assert_eq!(wrong.json::<confab_shared::error::ErrorBody>().await.unwrap().code, ErrorCode::WrongOffset);
    let response = patch(&mei, id, 1_000_000, &all[1_000_000..2_000_000]).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(header(&response, "upload-offset"), "2000000");
    let waiting = mei.request(Method::GET, &path(id)).send().await.unwrap();
    assert_eq!(waiting.status(), StatusCode::ACCEPTED);
    server.sigkill().await;
    server.restart().await;
    assert_eq!(offset(&mei, id).await, 2_000_000, "what was acknowledged is on disk");
    let response = patch(&mei, id, 2_000_000, &all[2_000_000..]).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let attachment = ready(&mei, id).await;
    let expected = Attachment { name: "notes.bin".to_owned(), bytes: 3_000_000, ..attachment.clone() };
    assert_eq!(attachment, expected);
    assert_eq!((attachment.mime.as_str(), attachment.width), (Attachment::UNKNOWN_MIME, None));
    let link = super::link(&mei, id).await;
    assert_eq!(super::follow(&server, &link.url).await.bytes().await.unwrap(), all);
    let uploads = server.data().join("blobs/uploads");
    assert_eq!(std::fs::read_dir(uploads).unwrap().count(), 0, "nothing is left of the upload");
    assert_eq!(offset(&mei, id).await, 3_000_000, "an attachment is a complete upload");
}

#[tokio::test]
async fn one_person_sends_some_files_at_a_time_and_others_theirs() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let mut held = Vec::new();
    for _ in 0..8 {
        let id = create(&mei, HELD, &[("filename", "a")]).await.unwrap();
        held.push(hold(&server, &mei, id).await);
    }
    let next = create(&mei, 1, &[("filename", "b")]).await.unwrap();
    let refused = patch(&mei, next, 0, b"x").await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.json::<confab_shared::error::ErrorBody>().await.unwrap().code, ErrorCode::Busy);
    upload(&ada, "hers", "text/plain", b"x").await;
    // Once one of them has ended there is room.
    let mut stream = held.pop().unwrap();
    stream.write_all(&bytes(HELD)[HELD - 1..]).await.unwrap();
    in_time("an answer", stream.read_u8()).await.unwrap();
    assert_eq!(patch(&mei, next, 0, b"x").await.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn one_client_at_a_time_sends_bytes() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let id = create(&mei, HELD, &[("filename", "a")]).await.unwrap();
    let mut stream = hold(&server, &mei, id).await;
    let refused = patch(&mei, id, 5, b"x").await;
    assert_eq!(refused.status(), StatusCode::LOCKED);
    let refused = refused.json::<confab_shared::error::ErrorBody>().await.unwrap();
    assert_eq!(refused.code, ErrorCode::UploadLocked);
    let refused = done(tus(&mei, Method::DELETE, &path(id))).await.unwrap_err();
    refused.is(423, ErrorCode::UploadLocked);
    stream.write_all(b"!").await.unwrap();
    ready(&mei, id).await;
}

#[tokio::test]
async fn limits_are_said_before_the_first_byte() {
    let server = Server::with().flags(["--attachment-limit", "2", "--storage-limit", "3"]).start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let limits = Limits { attachment_bytes: 2_000_000, storage_bytes: 3_000_000 };
    assert_eq!(mei.connect().await.welcome.limits, limits);
    let options =
        sent(crate::support::http().request(Method::OPTIONS, server.url("/api/v1/attachments"))).await;
    assert_eq!(options.status(), StatusCode::NO_CONTENT);
    assert_eq!(header(&options, "tus-version"), "1.0.0");
    assert_eq!(header(&options, "tus-max-size"), "2000000");
    assert_eq!(header(&options, "tus-extension"), "creation,termination");
    let refused = create(&mei, 2_000_001, &[]).await.unwrap_err();
    refused.is(413, ErrorCode::AttachmentTooLarge);
    assert!(refused.body.message.contains("2000000"), "{refused:?}");
    let first = create(&mei, 2_000_000, &[]).await.unwrap();
    create(&mei, 1_000_001, &[]).await.unwrap_err().is(507, ErrorCode::StorageQuotaExceeded);
    create(&ada, 2_000_000, &[]).await.unwrap();
    // What is ended counts no more.
    done(tus(&mei, Method::DELETE, &path(first))).await.unwrap();
    let other = create(&mei, 1_000_001, &[]).await.unwrap();
    // More bytes than were announced.
    let response = patch(&mei, other, 0, &bytes(1_000_002)).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_owner_sets_the_limits() {
    let server = Server::with().flags(["--access", "accounts"]).start().await;
    let token = crate::accounts::setup_token(&server);
    let owner = crate::accounts::create(&server, Some(&token), "olga").await.unwrap();
    let settings = Settings { attachment_bytes: Some(1_000), ..Settings::default() };
    let all: Settings = answer(owner.request(Method::PATCH, "/settings").json(&settings)).await.unwrap();
    assert_eq!((all.attachment_bytes, all.storage_bytes), (Some(1_000), Some(10_000_000_000)));
    super::create(&owner, 1_001, &[]).await.unwrap_err().is(413, ErrorCode::AttachmentTooLarge);
    super::create(&owner, 1_000, &[]).await.unwrap();
    assert_eq!(owner.connect().await.welcome.limits.attachment_bytes, 1_000);
}

#[tokio::test]
async fn a_limit_that_is_none_is_refused() {
    let server = Server::with().flags(["--access", "accounts"]).start().await;
    let token = crate::accounts::setup_token(&server);
    let owner = crate::accounts::create(&server, Some(&token), "olga").await.unwrap();
    let change = async |body: String| {
        let request = owner.request(Method::PATCH, "/settings").header("content-type", "application/json");
        answer::<Settings>(request.body(body)).await
    };
    let before = change("{}".to_owned()).await.unwrap();
    for field in ["attachment_bytes", "storage_bytes"] {
        for value in [
            "-1",
            "1.5",
            "1e3",
            "\"1000\"",
            "true",
            "[]",
            "1000000000000001",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
        ] {
            let refused = change(format!("{{\"{field}\": {value}}}")).await;
            let refused = refused.expect_err(&format!("{field} of {value}"));
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{field} of {value}: {refused:?}");
            let code = refused.body.code;
            assert!(
                matches!(code, ErrorCode::BadRequest | ErrorCode::BadJson),
                "{field} of {value}: {code:?}"
            );
        }
    }
    assert_eq!(change("{}".to_owned()).await.unwrap(), before, "nothing was changed");
    let most = Settings {
        attachment_bytes: Some(1_000_000_000_000),
        storage_bytes: Some(1_000_000_000_000_000),
        ..Settings::default()
    };
    let all: Settings = answer(owner.request(Method::PATCH, "/settings").json(&most)).await.unwrap();
    assert_eq!((all.attachment_bytes, all.storage_bytes), (most.attachment_bytes, most.storage_bytes));
    // None at all is a limit, too.
    let none = Settings { storage_bytes: Some(0), ..Settings::default() };
    answer::<Settings>(owner.request(Method::PATCH, "/settings").json(&none)).await.unwrap();
    create(&owner, 1, &[]).await.unwrap_err().is(507, ErrorCode::StorageQuotaExceeded);
}

#[tokio::test]
async fn uploads_are_their_owners() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = create(&mei, 10, &[("filename", "a")]).await.unwrap();
    assert_eq!(patch(&ada, id, 0, b"x").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(sent(tus(&ada, Method::HEAD, &path(id))).await.status(), StatusCode::NOT_FOUND);
    done(tus(&ada, Method::DELETE, &path(id))).await.unwrap_err().is(404, ErrorCode::UnknownAttachment);
    let refused = done(ada.request(Method::GET, &path(id))).await.unwrap_err();
    refused.is(404, ErrorCode::UnknownAttachment);
    assert!(super::links(&ada, &[id]).await.is_empty());
    let complete = upload(&mei, "a", "", b"0123456789").await;
    assert!(super::links(&ada, &[complete.id]).await.is_empty());
    done(ada.request(Method::GET, &path(complete.id)))
        .await
        .unwrap_err()
        .is(404, ErrorCode::UnknownAttachment);
    // A client that does not speak tus gets an error that says so.
    let request = mei.request(Method::POST, "/attachments").header("Upload-Length", "1");
    done(request).await.unwrap_err().is(412, ErrorCode::UnsupportedTusVersion);
    let request = tus(&mei, Method::POST, "/attachments").header("Upload-Length", "many");
    done(request).await.unwrap_err().is(400, ErrorCode::BadRequest);
    let request = tus(&mei, Method::PATCH, &path(id)).header("Upload-Offset", "0").body("x");
    done(request).await.unwrap_err().is(400, ErrorCode::BadRequest);
    let request = tus(&mei, Method::POST, "/attachments").header("Upload-Length", "1");
    let request = request.header("Upload-Metadata", "waveform aGVsbG8/");
    done(request).await.unwrap_err().is(400, ErrorCode::BadRequest);
}

#[tokio::test]
async fn an_empty_file_and_a_cancelled_upload() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let empty = upload(&mei, "empty.txt", "text/plain", b"").await;
    assert_eq!(empty.bytes, 0);
    let link = super::link(&mei, empty.id).await;
    assert_eq!(super::follow(&server, &link.url).await.bytes().await.unwrap().len(), 0);
    let id = create(&mei, 10, &[]).await.unwrap();
    patch(&mei, id, 0, b"01234").await;
    done(tus(&mei, Method::DELETE, &path(id))).await.unwrap();
    assert_eq!(sent(tus(&mei, Method::HEAD, &path(id))).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(patch(&mei, id, 5, b"56789").await.status(), StatusCode::NOT_FOUND);
    let gone = upload(&mei, "gone.txt", "", b"never sent").await;
    assert_eq!(super::blobs(&server).len(), 2);
    done(tus(&mei, Method::DELETE, &path(gone.id))).await.unwrap();
    super::blobs_become(&server, 1).await;
    assert!(super::links(&mei, &[gone.id]).await.is_empty());
}

#[tokio::test]
async fn names_are_made_harmless() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    for (given, kept) in [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\0b.txt", "ab.txt"),
        ("photo\u{202e}gnp.exe", "photognp.exe"),
        ("\u{2066}a\u{2069}\u{200e}\u{200f}\u{61c}\u{202a}.txt", "a.txt"),
        ("/etc/passwd/\0../\u{202e}..", "passwd"),
        ("..", "file"),
        ("", "file"),
        ("\r\nSet-Cookie: a=b.txt", "Set-Cookie: a=b.txt"),
    ] {
        let attachment = upload(&mei, given, "text/plain", b"x").await;
        assert_eq!(attachment.name, kept, "{given:?}");
        let link = super::link(&mei, attachment.id).await;
        let response = super::follow(&server, &link.url).await;
        assert_eq!(response.status(), StatusCode::OK, "{}", link.url);
        let disposition = header(&response, "content-disposition");
        assert!(disposition.starts_with("attachment; filename*=UTF-8''"), "{disposition}");
        assert!(response.headers().get("set-cookie").is_none());
    }
}
