//! People who post links while servers die. The previews that the server fetches may be lost with it, but no link gets one twice,
//! none that was removed comes back, none is of a link that the message has not, and what a message shows is what its log says.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use confab_shared::{
    api::{EventPage, MessagePage},
    command::{Delete, Edit, RemovePreview, Send},
    event::{Event, EventBody},
    id::{ClientId, ConversationId, Seq},
    preview::Preview,
    protocol::Ack,
};
use reqwest::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use crate::support::{Person, Server, dice::Dice, http, in_time, office::ask};

/// How many post links.
const LINKERS: u64 = 2;

/// How many pages there are.
const PAGES: u64 = 40;

/// How long is waited before a lost request is made again.
const AGAIN: Duration = Duration::from_millis(100);

/// How long an answer is waited for: the server may be gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// A site on the loopback, which says of each page its number. It ends when it is dropped.
struct WebSite {
    port: u16,
    serving: AbortHandle,
}

impl WebSite {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let serving = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // Who asks may be killed meanwhile.
                tokio::spawn(async { serve(socket).await.unwrap_or_default() });
            }
        });
        Self { port, serving: serving.abort_handle() }
    }

    fn url(&self, number: u64) -> String {
        format!("http://127.0.0.1:{}/{number}", self.port)
    }
}

impl Drop for WebSite {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(mut socket: TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let body = format!("<title>{}</title>", title(head.split(' ').nth(1).unwrap_or_default()));
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    socket.write_all(answer.as_bytes()).await
}

/// The title of a page of a path, or of a whole address.
fn title(address: &str) -> String {
    format!("Page {}", address.rsplit('/').next().unwrap_or_default())
}

/// What is known of a message.
#[derive(Debug, Default)]
struct Posted {
    /// The links whose previews were shown and removed, as far as that was acknowledged.
    removed: BTreeSet<String>,
    deleted: bool,
}

struct Linker {
    /// Of each server of one database.
    apis: Vec<String>,
    asked: usize,
    http: reqwest::Client,
    token: String,
    notes: ConversationId,
    dice: Dice,
    number: u64,
    posted: BTreeMap<Seq, Posted>,
    violations: Vec<String>,
}

/// All of them.
pub struct Linkers {
    site: WebSite,
    all: Vec<Linker>,
}

/// What they found.
pub struct Links {
    /// How many messages with links were posted.
    pub posted: usize,
    /// How many previews the logs have.
    pub shown: usize,
    /// How many previews were removed.
    pub removed: usize,
    /// What does not hold.
    pub violations: Vec<String>,
}

impl Linkers {
    /// They come. Nobody kills the servers yet, which have one database.
    pub async fn open(servers: &[&Server], seed: u64) -> Self {
        let site = WebSite::open().await;
        let mut all = Vec::new();
        for number in 0..LINKERS {
            let person = Person::come(servers[0], &format!("linker-{number}")).await;
            all.push(Linker {
                apis: servers.iter().map(|server| server.url("/api/v1")).collect(),
                asked: 0,
                http: http(),
                token: person.token.clone(),
                notes: person.direct(person.name()).await,
                dice: Dice::of(seed, "linker", number),
                number,
                posted: BTreeMap::new(),
                violations: Vec::new(),
            });
        }
        Self { site, all }
    }

    /// They work until it is calm.
    pub async fn work(self, calm: watch::Receiver<bool>) -> Self {
        let Self { site, all } = self;
        let urls: Vec<_> = (0..PAGES).map(|number| site.url(number)).collect();
        let mut working = JoinSet::new();
        for mut linker in all {
            let (calm, urls) = (calm.clone(), urls.clone());
            working.spawn(async move {
                while !*calm.borrow() {
                    linker.act(&urls).await;
                }
                linker
            });
        }
        Self { site, all: working.join_all().await }
    }

    /// Posts one more link each, whose preview has to come; then reads the logs.
    pub async fn check(self) -> Links {
        let mut links = Links { posted: 0, shown: 0, removed: 0, violations: Vec::new() };
        for mut linker in self.all {
            let url = self.site.url(PAGES + linker.number);
            let last = linker.post(&[url.as_str()]).await;
            let previewed = async {
                while linker.previews(last).await.is_empty() {
                    sleep(AGAIN).await;
                }
            };
            in_time("the preview of a link that is posted at the end", previewed).await;
            linker.check(&mut links).await;
            links.violations.append(&mut linker.violations);
        }
        links
    }
}

impl Linker {
    /// Asks until there is an answer.
    async fn insist<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        with: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> T {
        loop {
            self.asked += 1;
            let api = &self.apis[self.asked % self.apis.len()];
            let request = self.http.request(method.clone(), format!("{api}{path}")).bearer_auth(&self.token);
            match ask(with(request).timeout(PATIENCE)).await {
                Some(Ok(answer)) => return answer,
                Some(Err(code)) => panic!("{method} {path} is refused: {code:?}"),
                None => sleep(AGAIN).await,
            }
        }
    }

    fn client_id(&mut self) -> ClientId {
        let random = u128::from(self.dice.roll()) << 64 | u128::from(self.dice.roll());
        ClientId(uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid())
    }

    fn some_links(&mut self, urls: &[String]) -> Vec<String> {
        let count = self.dice.among(1..=3);
        (0..count).map(|_| self.dice.pick(urls).clone()).collect()
    }

    async fn act(&mut self, urls: &[String]) {
        let messages: Vec<_> =
            self.posted.iter().filter(|(_, posted)| !posted.deleted).map(|(seq, _)| *seq).collect();
        let choice = self.dice.below(10);
        if messages.is_empty() || choice < 4 {
            let links = self.some_links(urls);
            self.post(&links).await;
        } else {
            let target = *self.dice.pick(&messages);
            match choice {
                4 | 5 => self.edit(target, urls).await,
                6..=8 => self.remove(target).await,
                _ => self.delete(target).await,
            }
        }
        sleep(self.dice.millis(10..=80)).await;
    }

    async fn post<T: AsRef<str>>(&mut self, links: &[T]) -> Seq {
        let send = Send::new(self.client_id(), self.notes, text(links));
        let path = format!("/conversations/{}/messages", self.notes);
        let ack: Ack = self.insist(Method::POST, &path, |request| request.json(&send)).await;
        self.posted.insert(ack.seq, Posted::default());
        ack.seq
    }

    async fn edit(&mut self, target: Seq, urls: &[String]) {
        let links = self.some_links(urls);
        let edit = Edit { client_id: self.client_id(), conversation: self.notes, target, text: text(&links) };
        let path = format!("/conversations/{}/messages/{target}", self.notes);
        let _: Ack = self.insist(Method::PATCH, &path, |request| request.json(&edit)).await;
    }

    async fn delete(&mut self, target: Seq) {
        let delete = Delete { client_id: self.client_id(), conversation: self.notes, target };
        let path = format!("/conversations/{}/messages/{target}", self.notes);
        let _: Ack = self.insist(Method::DELETE, &path, |request| request.json(&delete)).await;
        self.posted.entry(target).or_default().deleted = true;
    }

    /// Removes a preview that a message shows, if there is one.
    async fn remove(&mut self, target: Seq) {
        let previews = self.previews(target).await;
        if previews.is_empty() {
            return;
        }
        let url = self.dice.pick(&previews).url.clone();
        let client_id = self.client_id();
        let remove = RemovePreview { client_id, conversation: self.notes, target, url: url.clone() };
        let path = format!("/conversations/{}/messages/{target}/previews", self.notes);
        let _: Ack = self.insist(Method::DELETE, &path, |request| request.json(&remove)).await;
        self.posted.entry(target).or_default().removed.insert(url);
        let left = self.previews(target).await;
        if left.iter().any(|left| left.url == remove.url) {
            self.violations.push(format!("message {target} shows a preview that was removed: {left:?}"));
        }
    }

    /// The previews that a message shows now.
    async fn previews(&mut self, target: Seq) -> Vec<Preview> {
        let path = format!("/conversations/{}/messages?around={target}&limit=1", self.notes);
        let page: MessagePage = self.insist(Method::GET, &path, |request| request).await;
        let mut messages = page.items.into_iter().filter_map(|item| item.message().cloned());
        let message = messages.find(|message| message.seq == target).expect("it was acknowledged");
        message.previews
    }

    async fn log(&mut self) -> Vec<Event> {
        let mut log: Vec<Event> = Vec::new();
        loop {
            let after = log.last().map_or(0, |event| event.seq.0);
            let path = format!("/conversations/{}/events?after={after}", self.notes);
            let page: EventPage = self.insist(Method::GET, &path, |request| request).await;
            let is_end = page.events.last().is_none_or(|event| event.seq == page.head_seq);
            log.extend(page.events);
            if is_end {
                return log;
            }
        }
    }

    /// Compares the log with what was done, and with what messages show.
    async fn check(&mut self, links: &mut Links) {
        let log = self.log().await;
        let mut histories: BTreeMap<Seq, History> = BTreeMap::new();
        for event in &log {
            let (target, text, previews) = match &event.body {
                EventBody::Posted(posted) => (event.seq, Some(&posted.text), None),
                EventBody::Edited(edited) => (edited.target, Some(&edited.text), None),
                EventBody::Previewed(previewed) => (previewed.target, None, Some(&previewed.previews)),
                _ => continue,
            };
            // The log of a deleted message says nothing of it.
            if self.posted.get(&target).is_none_or(|posted| posted.deleted) {
                continue;
            }
            let history = histories.entry(target).or_default();
            if let Some(text) = text {
                history.says(text.as_str());
            }
            if let Some(previews) = previews {
                let is_removal = event.client_id.is_some();
                if let Err(wrong) = history.previewed(previews, is_removal) {
                    self.violations.push(format!("event {} of message {target}: {wrong}", event.seq));
                }
            }
        }
        links.posted += self.posted.len();
        for (seq, posted) in std::mem::take(&mut self.posted) {
            links.removed += posted.removed.len();
            let shown = self.previews(seq).await;
            if posted.deleted {
                if !shown.is_empty() {
                    self.violations.push(format!("deleted message {seq} shows {shown:?}"));
                }
                continue;
            }
            let history = histories.remove(&seq).unwrap_or_default();
            links.shown += history.added.len();
            let urls: Vec<_> = shown.iter().map(|preview| preview.url.clone()).collect();
            if urls != history.shown {
                let expected = &history.shown;
                self.violations.push(format!("message {seq} shows {urls:?}, and its log says {expected:?}"));
            }
            if let Some(url) = urls.iter().find(|url| posted.removed.contains(*url)) {
                self.violations.push(format!("message {seq} shows {url}, which was removed"));
            }
        }
    }
}

fn text<T: AsRef<str>>(links: &[T]) -> String {
    links.iter().fold("see".to_owned(), |text, link| format!("{text} {}", link.as_ref()))
}

/// What the log says of the previews of a message: a model of its own.
#[derive(Debug, Default)]
struct History {
    links: Vec<String>,
    shown: Vec<String>,
    added: BTreeSet<String>,
}

impl History {
    /// The message says this from now on, and nothing of what it does not link to any more.
    fn says(&mut self, text: &str) {
        self.links = text.split(' ').skip(1).map(str::to_owned).collect();
        self.shown.retain(|url| self.links.contains(url));
    }

    /// The message shows these from now on.
    fn previewed(&mut self, previews: &[Preview], is_removal: bool) -> Result<(), String> {
        let urls: Vec<_> = previews.iter().map(|preview| preview.url.clone()).collect();
        for preview in previews {
            let Preview { url, title: said, .. } = preview;
            if !self.links.contains(url) {
                return Err(format!("a preview of {url}, to which it has no link"));
            }
            if *said != title(url) {
                return Err(format!("the preview of {url} says {said:?}"));
            }
            if urls.iter().filter(|other| *other == url).count() > 1 {
                return Err(format!("{url} is shown twice"));
            }
        }
        let new: Vec<_> = urls.iter().filter(|url| !self.shown.contains(url)).cloned().collect();
        let gone = self.shown.iter().filter(|url| !urls.contains(url)).count();
        if is_removal && (!new.is_empty() || gone != 1) {
            return Err(format!("a removal makes {:?} to {urls:?}", self.shown));
        }
        if !is_removal && (new.is_empty() || gone != 0) {
            return Err(format!("what was fetched makes {:?} to {urls:?}", self.shown));
        }
        for url in new {
            if !self.added.insert(url.clone()) {
                return Err(format!("the preview of {url} is added a second time"));
            }
        }
        self.shown = urls;
        Ok(())
    }
}

#[test]
fn a_model_of_previews_finds_what_is_wrong() {
    let preview = |url: &str| Preview {
        url: url.to_owned(),
        title: title(url),
        description: None,
        site: None,
        image: None,
    };
    let [one, two, three] = ["http://a/1", "http://a/2", "http://a/3"].map(preview);
    let begun = || {
        let mut history = History::default();
        history.says("see http://a/1 http://a/2");
        history.previewed(std::slice::from_ref(&one), false).expect("it is fetched");
        history
    };
    assert!(begun().previewed(&[one.clone(), two.clone()], false).is_ok());
    assert!(begun().previewed(&[], true).is_ok());
    for (wrong, is_removal) in [
        (vec![three], false),
        (vec![one.clone(), one.clone()], false),
        (vec![one.clone()], false),
        (vec![two.clone()], false),
        (vec![], false),
        (vec![one.clone(), two.clone()], true),
        (vec![one.clone(), Preview { title: "Page 3".to_owned(), ..two }], false),
    ] {
        assert!(begun().previewed(&wrong, is_removal).is_err(), "{wrong:?} {is_removal}");
    }
    let mut removed = begun();
    removed.previewed(&[], true).expect("it is removed");
    assert!(removed.previewed(&[one], false).is_err(), "it came back");
}
