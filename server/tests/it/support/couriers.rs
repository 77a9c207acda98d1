//! People who send files while servers die: cut uploads go on, lost answers are asked for again, and in the end every file that
//! was acknowledged in a message is there, with its bytes, and no other.

use std::{collections::BTreeSet, path::Path, time::Duration};

use confab_shared::{
    api::{AttachmentLinks, LinksWanted, MessagePage},
    attachment::Attachment,
    command::{Delete, Send},
    error::{ErrorBody, ErrorCode},
    id::{AttachmentId, ClientId, ConversationId, Seq},
    protocol::Ack,
};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tokio::{sync::watch, task::JoinSet, time::sleep};

use super::{Person, Server, dice::Dice, http, in_time};

/// How many send files.
const COURIERS: u64 = 3;

/// How many different files there are: some are sent again, so that messages share blobs.
const CONTENTS: u64 = 60;

/// How long is waited before a lost request is made again.
const AGAIN: Duration = Duration::from_millis(100);

/// What came of a request; none where it is not known.
type Outcome<T> = Option<Result<T, ErrorCode>>;

/// A message with a file.
struct Sent {
    conversation: ConversationId,
    seq: Seq,
    attachment: Attachment,
    content: u64,
    deleted: bool,
}

struct Courier {
    /// Of each server of one database.
    apis: Vec<String>,
    asked: usize,
    http: reqwest::Client,
    token: String,
    notes: ConversationId,
    dice: Dice,
    sent: Vec<Sent>,
    lost: usize,
    violations: Vec<String>,
}

/// All of them.
pub struct Couriers(Vec<Courier>);

/// What they found.
pub struct Deliveries {
    /// How many files were sent.
    pub sent: usize,
    /// How many requests had no answer.
    pub lost: usize,
    /// What does not hold.
    pub violations: Vec<String>,
}

/// The bytes of a file: it begins with its number, and most are small.
fn bytes(content: u64) -> Vec<u8> {
    let length = match content % 20 {
        0 => 900_000 + content * 1_000,
        1 => 0,
        _ => 200 + content * 700,
    };
    let mut bytes = format!("{content} ").into_bytes();
    bytes.extend((0..length).map(|index| ((index * 31 + content) % 251) as u8));
    if content % 20 == 1 { Vec::new() } else { bytes }
}

/// The name of the blob of a file.
fn blob(content: u64) -> String {
    Sha256::digest(bytes(content)).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Couriers {
    /// They come. Nobody kills the servers yet, which have one database and one store of files.
    pub async fn open(servers: &[&Server], seed: u64) -> Self {
        let mut couriers = Vec::new();
        for number in 0..COURIERS {
            let person = Person::come(servers[0], &format!("courier-{number}")).await;
            let notes = person.direct(person.name()).await;
            couriers.push(Courier {
                apis: servers.iter().map(|server| server.url("/api/v1")).collect(),
                asked: 0,
                http: http(),
                token: person.token.clone(),
                notes,
                dice: Dice::of(seed, "courier", number),
                sent: Vec::new(),
                lost: 0,
                violations: Vec::new(),
            });
        }
        Self(couriers)
    }

    /// They work until it is calm; then each looks at all that it sent.
    pub async fn work(self, calm: watch::Receiver<bool>) -> Self {
        let mut working = JoinSet::new();
        for mut courier in self.0 {
            let calm = calm.clone();
            working.spawn(async move {
                while !*calm.borrow() {
                    courier.act().await;
                }
                courier
            });
        }
        Self(working.join_all().await)
    }

    /// Looks at all that was sent, and at the folder with the blobs where there is one.
    pub async fn check(mut self, blobs: Option<&Path>) -> Deliveries {
        let mut violations = Vec::new();
        for courier in &mut self.0 {
            for index in 0..courier.sent.len() {
                courier.check(index).await;
            }
            violations.append(&mut courier.violations);
        }
        let (mut sent, mut lost, mut expected) = (0, 0, BTreeSet::new());
        for courier in &self.0 {
            sent += courier.sent.len();
            lost += courier.lost;
            let there = courier.sent.iter().filter(|sent| !sent.deleted);
            expected.extend(there.map(|sent| blob(sent.content)));
        }
        if let Some(blobs) = blobs {
            // What nothing uses is removed in a while.
            let same = async {
                while stored(blobs) != expected {
                    sleep(Duration::from_millis(50)).await;
                }
            };
            if tokio::time::timeout(Duration::from_secs(150), same).await.is_err() {
                let stored = stored(blobs);
                let (lost, left): (Vec<_>, Vec<_>) =
                    (expected.difference(&stored).collect(), stored.difference(&expected).collect());
                violations.push(format!("blobs are lost: {lost:?}; blobs are left: {left:?}"));
            }
        }
        Deliveries { sent, lost, violations }
    }
}

/// The names of the blobs in a folder, without what is being written, or was when a node died.
fn stored(blobs: &Path) -> BTreeSet<String> {
    let folders = std::fs::read_dir(blobs.join("sha256")).into_iter().flatten().flatten();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten());
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    names.filter(|name| !name.ends_with(".part")).collect()
}

impl Courier {
    fn request(&mut self, method: Method, path: &str) -> RequestBuilder {
        self.asked += 1;
        let api = &self.apis[self.asked % self.apis.len()];
        self.http
            .request(method, format!("{api}{path}"))
            .bearer_auth(&self.token)
            .header("Tus-Resumable", "1.0.0")
            .timeout(Duration::from_secs(10))
    }

    fn client_id(&mut self) -> ClientId {
        let random = u128::from(self.dice.roll()) << 64 | u128::from(self.dice.roll());
        ClientId(uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid())
    }

    /// The answer to a request: its status, headers and body. None where it is not known what came of it.
    async fn ask(
        &mut self,
        request: RequestBuilder,
    ) -> Outcome<(StatusCode, reqwest::header::HeaderMap, Vec<u8>)> {
        let answered = async {
            let response = request.send().await.ok()?;
            let (status, headers) = (response.status(), response.headers().clone());
            Some((status, headers, response.bytes().await.ok()?.to_vec()))
        };
        let Some((status, headers, body)) = answered.await else {
            self.lost += 1;
            return None;
        };
        if status.is_success() {
            return Some(Ok((status, headers, body)));
        }
        // A HEAD has no body.
        if body.is_empty() && status == StatusCode::NOT_FOUND {
            return Some(Err(ErrorCode::UnknownAttachment));
        }
        let error: ErrorBody = serde_json::from_slice(&body).ok()?;
        let passes = matches!(
            error.code,
            ErrorCode::ShuttingDown
                | ErrorCode::StoreFailed
                | ErrorCode::Busy
                | ErrorCode::RateLimited
                | ErrorCode::UploadLocked
                | ErrorCode::Incomplete
        );
        (!passes).then_some(Err(error.code))
    }

    async fn act(&mut self) {
        match self.dice.below(10) {
            0 => self.give_up().await,
            1 | 2 => self.delete().await,
            3 => {
                if let Some(index) = self.one() {
                    self.look(index).await;
                }
            }
            _ => self.deliver().await,
        }
        sleep(self.dice.millis(5..=60)).await;
    }

    fn one(&mut self) -> Option<usize> {
        let count = self.sent.len() as u64;
        (count > 0).then(|| self.dice.below(count) as usize)
    }

    /// Begins an upload; one whose answer is lost is left alone.
    async fn begin(&mut self, length: usize) -> Option<AttachmentId> {
        let request = self.request(Method::POST, "/attachments");
        let request = request.header("Upload-Length", length.to_string());
        match self.ask(request).await? {
            Ok((_, headers, _)) => {
                let location = headers.get("location")?.to_str().ok()?;
                Some(AttachmentId(location.rsplit('/').next()?.parse().ok()?))
            }
            Err(code) => {
                self.violations.push(format!("an upload is refused: {code:?}"));
                None
            }
        }
    }

    async fn offset(&mut self, id: AttachmentId) -> Outcome<usize> {
        let request = self.request(Method::HEAD, &format!("/attachments/{id}"));
        Some(match self.ask(request).await? {
            Ok((_, headers, _)) => {
                Ok(headers.get("upload-offset")?.to_str().ok()?.parse().expect("it is a number"))
            }
            Err(code) => Err(code),
        })
    }

    async fn add(&mut self, id: AttachmentId, offset: usize, bytes: &[u8]) -> Outcome<()> {
        let request = self.request(Method::PATCH, &format!("/attachments/{id}"));
        let request = request
            .header("Upload-Offset", offset.to_string())
            .header("Content-Type", "application/offset+octet-stream")
            .body(bytes.to_vec());
        Some(self.ask(request).await?.map(|_| ()))
    }

    /// Uploads a file, however often it is interrupted. None where it is calm before it has begun, or its beginning is lost.
    async fn upload(&mut self, content: u64) -> Option<Attachment> {
        let all = bytes(content);
        let id = self.begin(all.len()).await?;
        let mut acknowledged = 0;
        loop {
            match self.offset(id).await {
                Some(Ok(offset)) if offset < acknowledged => {
                    self.violations.push(format!("upload {id} went back from {acknowledged} to {offset}"));
                    acknowledged = offset;
                }
                Some(Ok(offset)) if offset >= all.len() => break,
                Some(Ok(offset)) => {
                    let rest = &all[offset..];
                    let half = if self.dice.happens(1, 3) { rest.len() / 2 } else { rest.len() };
                    if let Some(Ok(())) = self.add(id, offset, &rest[..half]).await {
                        acknowledged = offset + half;
                    }
                }
                Some(Err(code)) => {
                    self.violations.push(format!("upload {id} is lost at {acknowledged}: {code:?}"));
                    return None;
                }
                None => sleep(AGAIN).await,
            }
        }
        loop {
            let request = self.request(Method::GET, &format!("/attachments/{id}"));
            match self.ask(request).await {
                Some(Ok((StatusCode::OK, _, body))) => return serde_json::from_slice(&body).ok(),
                Some(Err(code)) => {
                    self.violations.push(format!("complete upload {id} is lost: {code:?}"));
                    return None;
                }
                _ => sleep(AGAIN).await,
            }
        }
    }

    /// Asks until there is an answer.
    async fn insist<T: DeserializeOwned>(
        &mut self,
        request: impl Fn(&mut Self) -> RequestBuilder,
    ) -> Result<T, ErrorCode> {
        loop {
            let asked = request(self);
            match self.ask(asked).await {
                Some(Ok((_, _, body))) => {
                    return Ok(serde_json::from_slice(&body).expect("what the route answers"));
                }
                Some(Err(code)) => return Err(code),
                None => sleep(AGAIN).await,
            }
        }
    }

    async fn deliver(&mut self) {
        let content = self.dice.below(CONTENTS);
        let Some(attachment) = self.upload(content).await else { return };
        let (client_id, conversation) = (self.client_id(), self.notes);
        let send = Send {
            attachments: vec![attachment.id],
            ..Send::new(client_id, conversation, format!("file {content}"))
        };
        let path = format!("/conversations/{conversation}/messages");
        let ack: Result<Ack, _> =
            self.insist(|courier| courier.request(Method::POST, &path).json(&send)).await;
        match ack {
            Ok(ack) => {
                self.sent.push(Sent { conversation, seq: ack.seq, attachment, content, deleted: false })
            }
            Err(code) => self.violations.push(format!("a message with a file is refused: {code:?}")),
        }
    }

    /// Begins an upload and ends it.
    async fn give_up(&mut self) {
        let content = self.dice.below(CONTENTS);
        let all = bytes(content);
        let Some(id) = self.begin(all.len()).await else { return };
        let part = if self.dice.happens(1, 2) { all.len() } else { all.len() / 2 };
        self.add(id, 0, &all[..part]).await;
        loop {
            let request = self.request(Method::DELETE, &format!("/attachments/{id}"));
            match self.ask(request).await {
                // Not known means: by an earlier request that lost its answer.
                Some(Ok(_) | Err(ErrorCode::UnknownAttachment)) => return,
                Some(Err(code)) => {
                    return self.violations.push(format!("upload {id} does not end: {code:?}"));
                }
                None => sleep(AGAIN).await,
            }
        }
    }

    async fn delete(&mut self) {
        let Some(index) = self.one() else { return };
        let Sent { conversation, seq: target, .. } = self.sent[index];
        let body = Delete { client_id: self.client_id(), conversation, target };
        let path = format!("/conversations/{conversation}/messages/{target}");
        let done: Result<Ack, _> =
            self.insist(|courier| courier.request(Method::DELETE, &path).json(&body)).await;
        match done {
            Ok(_) => self.sent[index].deleted = true,
            Err(code) => self.violations.push(format!("a deletion is refused: {code:?}")),
        }
    }

    /// What is behind the link of a file; none in it where there is no link.
    async fn download(&mut self, id: AttachmentId) -> Outcome<Option<Vec<u8>>> {
        let wanted = LinksWanted { ids: vec![id] };
        let request = self.request(Method::POST, "/attachments/links").json(&wanted);
        let (_, _, body) = match self.ask(request).await? {
            Ok(answer) => answer,
            Err(code) => return Some(Err(code)),
        };
        let links: AttachmentLinks = serde_json::from_slice(&body).expect("what the route answers");
        let Some(link) = links.links.first() else { return Some(Ok(None)) };
        let url = link.url.strip_prefix("/api/v1").expect("it is a path of the API").to_owned();
        let request = self.request(Method::GET, &url);
        Some(self.ask(request).await?.map(|(_, _, body)| Some(body)))
    }

    /// Looks at a file that was sent, where the servers answer.
    async fn look(&mut self, index: usize) {
        let Sent { attachment, content, deleted, .. } = &self.sent[index];
        let (id, content, deleted) = (attachment.id, *content, *deleted);
        match self.download(id).await {
            None => {}
            Some(Ok(None)) if deleted => {}
            Some(Ok(Some(found))) if !deleted && found == bytes(content) => {}
            other => {
                let what = other.map(|answer| answer.map(|found| found.map(|bytes| bytes.len())));
                let violation = format!("file {content} ({id}, deleted: {deleted}) is {what:?}");
                self.violations.push(violation);
            }
        }
    }

    /// Looks at a file that was sent, and at its message: the servers run.
    async fn check(&mut self, index: usize) {
        self.look(index).await;
        let Sent { conversation, seq, attachment, deleted, content, .. } = &self.sent[index];
        let (conversation, seq, deleted, content) = (*conversation, *seq, *deleted, *content);
        let expected = if deleted { vec![] } else { vec![attachment.clone()] };
        let path = format!("/conversations/{conversation}/messages?around={seq}&limit=1");
        let wait = self.insist::<MessagePage>(|courier| courier.request(Method::GET, &path));
        let page = in_time("a page", wait).await;
        let page = page.unwrap_or_else(|code| panic!("{code:?}"));
        let message = page.items.iter().filter_map(|item| item.message()).find(|message| message.seq == seq);
        let found = message.map(|message| message.attachments.clone());
        if found.as_ref() != Some(&expected) {
            self.violations.push(format!("message {seq} with file {content} has {found:?}"));
        }
    }
}

#[test]
fn files_differ() {
    let names: BTreeSet<_> = (0..CONTENTS).map(blob).collect();
    // Those without bytes are one.
    assert_eq!(names.len() as u64, CONTENTS - 2);
}
