//! Whether what people do takes longer where much has been said: start, welcome, opening a conversation, posting, with
//! many messages beside the same with few. And what the server rests in. `big-store` is this with SQLite, and `big-postgres`
//! with Postgres.

use std::time::{Duration, Instant};

use confab_shared::{
    api::{SignIn, SignedIn},
    id::ConversationId,
    protocol::{ServerFrame, Welcome},
};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::{
    Plan,
    http::Http,
    people::{self, Person},
    report::{Better, Claim, Report},
    server::{Server, data_folder},
    socket::Receiver,
    stores::{self, AUTHOR, Texts},
    tally::median,
};

/// How often each thing is done in a round.
const STARTS: usize = 5;
const WELCOMES: usize = 20;
const OPENINGS: usize = 200;
const POSTS: usize = 100;

/// The newest messages that are fetched: no more than a conversation of the smallest store has, so that every store
/// answers with as many.
const PAGE: usize = 10;

/// How long a fresh server is left alone before its memory is read.
const REST: Duration = Duration::from_secs(3);

/// What people do.
const DEEDS: [&str; 4] = ["start", "welcome", "open a conversation", "post"];

/// Where messages are.
pub enum Place {
    /// A data folder.
    Folder(TempDir),
    /// A Postgres database.
    Database(String),
}

/// One store, and what was seen with it.
pub struct Store {
    messages: usize,
    place: Place,
    /// In the order of [`DEEDS`], in milliseconds.
    times: [Vec<f64>; 4],
    resting: Vec<f64>,
    author: Option<Person>,
}

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("big_store", "messages over 1,000 conversations of one person's, as that person sees them");
    let mut all = vec![Store::new(0, Place::Folder(data_folder()?))];
    for messages in &plan.stores {
        all.push(Store::new(*messages, Place::Folder(stores::copy(*messages, Texts::Same)?)));
    }
    rounds(plan, &mut all).await?;
    table(report, &all)?;
    claims("big_store", report, &all);
    let Some(store) = all.last() else { return Ok(()) };
    report.claim(Claim {
        what: format!("big_store, {} messages: resident memory at rest", store.messages),
        seen: median(store.resting.iter().copied()).ok(),
        must: 40.0,
        goal: 20.0,
        better: Better::Lower,
        unit: "MiB",
    });
    Ok(())
}

/// Measures all stores in turns. Nobody uses one without messages.
pub async fn rounds(plan: &Plan, all: &mut [Store]) -> anyhow::Result<()> {
    for _ in 0..plan.rounds {
        for store in &mut *all {
            store.start().await?;
            store.rest_and_use().await?;
        }
    }
    Ok(())
}

/// Prints what was seen.
pub fn table(report: &Report, all: &[Store]) -> anyhow::Result<()> {
    report.note(&format!(
        "{:>12} {:>10} {:>10} {:>10} {:>10} {:>14}",
        "messages", "start", "welcome", "open", "post", "resting"
    ));
    for store in all {
        let time =
            |time: &Vec<f64>| median(time.iter().copied()).map_or("-".into(), |time| format!("{time:.2} ms"));
        let [start, welcome, open, post] = store.times.each_ref().map(time);
        let resting = median(store.resting.iter().copied())?;
        report.note(&format!(
            "{:>12} {start:>10} {welcome:>10} {open:>10} {post:>10} {resting:>10.1} MiB",
            store.messages,
        ));
    }
    Ok(())
}

/// Every store with messages beside the first of them, the smallest.
pub fn claims(name: &str, report: &mut Report, all: &[Store]) {
    let mut all = all.iter().filter(|store| store.messages > 0);
    let Some(few) = all.next() else { return };
    for store in all {
        for (deed, (seen, base)) in DEEDS.into_iter().zip(store.medians().into_iter().zip(few.medians())) {
            report.claim(Claim {
                what: format!("{name}, {} messages: {deed}, of that with {}", store.messages, few.messages),
                seen: Some(seen / base),
                must: 1.5,
                goal: 1.1,
                better: Better::Lower,
                unit: "x",
            });
        }
    }
}

impl Place {
    fn serve(&self) -> anyhow::Result<Server> {
        match self {
            Self::Folder(folder) => Server::confab(folder.path()),
            Self::Database(database) => Server::confab_on_postgres(database),
        }
    }
}

impl Store {
    pub fn new(messages: usize, place: Place) -> Self {
        Self { messages, place, times: Default::default(), resting: Vec::new(), author: None }
    }

    fn medians(&self) -> [f64; 4] {
        self.times.each_ref().map(|times| median(times.iter().copied()).unwrap_or(f64::NAN))
    }

    /// From the start of the process until it is ready.
    async fn start(&mut self) -> anyhow::Result<()> {
        for _ in 0..STARTS {
            let begun = Instant::now();
            let server = self.place.serve()?;
            Http::connect(server.address).await?.bytes("GET", "/readyz", "").await?;
            self.times[0].push(millis(begun));
        }
        Ok(())
    }

    /// What a fresh server rests in, in MiB.
    async fn rest(&mut self, server: &Server) -> anyhow::Result<()> {
        sleep(REST).await;
        self.resting.push(server.resident()? as f64 / 1048576.0);
        Ok(())
    }

    async fn rest_and_use(&mut self) -> anyhow::Result<()> {
        let server = self.place.serve()?;
        self.rest(&server).await?;
        if self.messages == 0 {
            return Ok(());
        }
        let author = match self.author.take() {
            Some(author) => author,
            None => sign_in(&server).await?,
        };
        let mut http = Http::connect(server.address).await?.with_token(&author.token);
        let mut socket = people::come(server.address, 0, &author).await?;
        let conversations = self.welcomes(&mut socket).await?;
        // Everywhere, in an order that jumps.
        let jump = |number: usize| conversations[number * 7919 % conversations.len()];
        for number in 0..OPENINGS {
            let begun = Instant::now();
            let path = format!("/api/v1/conversations/{}/events?limit={PAGE}", jump(number));
            http.bytes("GET", &path, "").await?;
            self.times[2].push(millis(begun));
        }
        for number in 0..POSTS {
            let frame = people::post(jump(number), "One more.")?;
            let begun = Instant::now();
            socket.sender.send(&frame);
            while !socket.next().await?.starts_with(r#"{"type":"ack""#) {}
            self.times[3].push(millis(begun));
        }
        self.author = Some(author);
        Ok(())
    }

    /// Asks for the welcome again and again. Answers which conversations there are.
    async fn welcomes(&mut self, socket: &mut Receiver) -> anyhow::Result<Vec<ConversationId>> {
        let mut last = String::new();
        for _ in 0..WELCOMES {
            let begun = Instant::now();
            socket.sender.send(br#"{"type":"resync"}"#);
            last = socket.next().await?;
            self.times[1].push(millis(begun));
        }
        let ServerFrame::Welcome(welcome) = serde_json::from_str(&last)? else {
            anyhow::bail!("no welcome: {last}");
        };
        let Welcome { conversations, .. } = *welcome;
        Ok(conversations.iter().filter(|one| one.peer.is_some()).map(|one| one.id).collect())
    }
}

async fn sign_in(server: &Server) -> anyhow::Result<Person> {
    let request = SignIn { name: AUTHOR.to_owned(), guest_key: None, password: None, code: None };
    let mut http = Http::connect(server.address).await?;
    let SignedIn { token, .. } = http.post("/api/v1/sessions", &request).await?;
    Ok(Person { name: AUTHOR.to_owned(), token })
}

fn millis(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}
