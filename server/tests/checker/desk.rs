//! What belongs to one person alone, during a trial: drafts of a conversation and of threads in it, and saved messages, while the
//! server is killed. What was answered has to hold from then on; what was not answered may hold or not.

use std::sync::atomic::{AtomicUsize, Ordering};

use confab_shared::{
    api::{DraftChange, Drafts, Saved},
    command::Send,
    draft::{Draft, DraftKey},
    error::ErrorCode,
    id::{ClientId, ConversationId, Seq},
    protocol::Ack,
};
use reqwest::{Method, RequestBuilder};
use tokio::sync::watch;
use uuid::Uuid;

use crate::support::{
    Server,
    dice::Dice,
    http,
    office::{Outcome, Possible, SETTLES, ask},
    person::Person,
};

/// How many messages there are to save, and to begin threads with.
const MESSAGES: u64 = 12;

/// How many threads have drafts.
const THREADS: usize = 3;

/// The ids of this desk's commands: no tab makes such.
const IDS: u128 = 0x0190_d0a0_0000_7000_8000_de5c_0000_0000;

/// A draft: its version, and the number of its text; 0 where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Written {
    version: u64,
    text: u64,
}

impl Written {
    fn of(draft: &Draft) -> Self {
        let number = draft.text.rsplit(' ').next().and_then(|number| number.parse().ok());
        Self { version: draft.version, text: number.unwrap_or(0) }
    }
}

fn text(number: u64) -> String {
    if number == 0 { String::new() } else { format!("a draft, and its number {number}") }
}

/// Dora, and what she knows.
pub struct Desk {
    /// Of each server of one database.
    apis: Vec<String>,
    /// How many requests were made: each goes to the next server.
    asked: AtomicUsize,
    http: reqwest::Client,
    token: String,
    dice: Dice,
    group: ConversationId,
    drafts: Vec<(DraftKey, Possible<Written>)>,
    saved: Vec<(Seq, Possible<bool>)>,
    /// How many texts were written.
    texts: u64,
    /// How many requests were answered, and how many were not.
    pub answered: usize,
    pub lost: usize,
    pub violations: Vec<String>,
}

impl Desk {
    /// Dora comes, and writes something for herself. Nobody kills the servers yet, which have one database.
    pub async fn open(servers: &[&Server], seed: u64) -> Self {
        let dora = Person::come(servers[0], "dora").await;
        let made = dora.try_group(ClientId(Uuid::from_u128(IDS)), "Desk", &[]).await;
        let group = made.expect("a group can be made").conversation.id;
        let mut seqs = Vec::new();
        for number in 1..=u128::from(MESSAGES) {
            let send = Send::new(ClientId(Uuid::from_u128(IDS + number)), group, format!("note {number}"));
            let request = dora.request(Method::POST, &format!("/conversations/{group}/messages")).json(&send);
            let ack: Outcome<Ack> = ask(request).await;
            seqs.push(ack.expect("the server runs").expect("it is her group").seq);
        }
        let threads = seqs.iter().take(THREADS).map(|root| DraftKey::of_thread(group, *root));
        let none = Written { version: 0, text: 0 };
        let drafts = threads.chain([group.into()]).map(|key| (key, Possible::sure(none))).collect();
        Self {
            apis: servers.iter().map(|server| server.url("/api/v1")).collect(),
            asked: AtomicUsize::new(0),
            http: http(),
            token: dora.token.clone(),
            dice: Dice::of(seed, "desk", 0),
            group,
            drafts,
            saved: seqs.into_iter().map(|seq| (seq, Possible::sure(false))).collect(),
            texts: 0,
            answered: 0,
            lost: 0,
            violations: Vec::new(),
        }
    }

    /// Works until it is calm; then checks all that she knows.
    pub async fn work(mut self, mut calm: watch::Receiver<bool>) -> Self {
        while !*calm.borrow_and_update() {
            let lost = self.lost;
            match self.dice.below(8) {
                0..=3 => self.write().await,
                4 => self.look_at_drafts().await,
                5 | 6 => self.save().await,
                _ => self.look_at_saved().await,
            }
            if self.lost > lost && self.apis.len() > 1 {
                // The database may carry out a little later what a server asked of it before it died, and others answer meanwhile.
                tokio::time::sleep(SETTLES).await;
            }
        }
        self.look_at_drafts().await;
        self.look_at_saved().await;
        for at in 0..self.drafts.len() {
            self.look_at(at).await;
        }
        self
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let url = format!("{}{path}", self.apis[asked % self.apis.len()]);
        self.http.request(method, url).bearer_auth(&self.token)
    }

    fn count<T>(&mut self, outcome: &Outcome<T>) {
        match outcome {
            Some(_) => self.answered += 1,
            None => self.lost += 1,
        }
    }

    /// Changes a draft, mostly as she knows it, and at times as it was before.
    async fn write(&mut self) {
        let at = self.dice.below(self.drafts.len() as u64) as usize;
        let (key, possible) = &self.drafts[at];
        let Some(before) = possible.known() else { return self.look_at(at).await };
        let key = *key;
        let is_stale = before.version > 0 && self.dice.happens(1, 6);
        self.texts += 1;
        let number = if self.dice.happens(1, 4) { 0 } else { self.texts };
        let version = before.version - u64::from(is_stale);
        let change = DraftChange { text: text(number), version, thread: key.thread };
        let path = format!("/conversations/{}/draft", key.conversation);
        let outcome: Outcome<Draft> = ask(self.request(Method::PUT, &path).json(&change)).await;
        self.count(&outcome);
        let is_kept = number == 0 && before.text == 0;
        let after = Written { version: before.version + u64::from(!is_kept), text: number };
        let possible = &mut self.drafts[at].1;
        match outcome {
            Some(Ok(draft)) if !is_stale && Written::of(&draft) == after && draft.key() == key => {
                possible.becomes(after, true);
            }
            Some(Err(ErrorCode::DraftConflict)) if is_stale => {}
            None if is_stale => {}
            None => possible.becomes(after, false),
            other => {
                self.violations
                    .push(format!("{key:?} was {before:?}; {change:?} was answered with {other:?}"));
            }
        }
    }

    async fn look_at(&mut self, at: usize) {
        let key = self.drafts[at].0;
        let thread = key.thread.map(|root| format!("?thread={root}")).unwrap_or_default();
        let request =
            self.request(Method::GET, &format!("/conversations/{}/draft{thread}", key.conversation));
        let outcome: Outcome<Draft> = ask(request).await;
        self.count(&outcome);
        match outcome {
            Some(Ok(draft)) => {
                self.drafts[at].1.is_seen(Written::of(&draft), &mut self.violations, &format!("{key:?}"));
            }
            Some(Err(code)) => self.violations.push(format!("{key:?} cannot be read: {code:?}")),
            None => {}
        }
    }

    async fn look_at_drafts(&mut self) {
        let outcome: Outcome<Drafts> = ask(self.request(Method::GET, "/drafts")).await;
        self.count(&outcome);
        let Some(Ok(found)) = outcome else { return };
        for (key, possible) in &mut self.drafts {
            let found = found.drafts.iter().find(|draft| draft.key() == *key);
            let what = format!("{key:?} in the list");
            match found {
                Some(draft) => possible.is_seen(Written::of(draft), &mut self.violations, &what),
                None => possible.is_one_of(|written| written.text == 0, &mut self.violations, &what),
            }
        }
    }

    /// Saves a message, or does not keep it any more.
    async fn save(&mut self) {
        let (at, on) = (self.dice.below(self.saved.len() as u64) as usize, self.dice.happens(1, 2));
        let method = if on { Method::PUT } else { Method::DELETE };
        let path = format!("/saved/{}/{}", self.group, self.saved[at].0);
        let outcome: Outcome<()> = ask(self.request(method, &path)).await;
        self.count(&outcome);
        match outcome {
            Some(Err(code)) => self.violations.push(format!("saving a message is refused: {code:?}")),
            outcome => self.saved[at].1.becomes(on, outcome.is_some()),
        }
    }

    async fn look_at_saved(&mut self) {
        let outcome: Outcome<Saved> = ask(self.request(Method::GET, "/saved")).await;
        self.count(&outcome);
        let Some(Ok(found)) = outcome else { return };
        for (seq, possible) in &mut self.saved {
            let is_saved = found.messages.iter().any(|saved| saved.message.seq == *seq);
            possible.is_seen(is_saved, &mut self.violations, &format!("that message {seq} is saved"));
        }
    }
}
