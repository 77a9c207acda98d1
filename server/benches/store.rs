//! What a message costs the store, against raw rusqlite that inserts a row for each into the plainest table that would
//! do, in batches of the same size.
//!
//! `cargo bench -p confab --bench store [-- MESSAGES [ROUNDS]]`, Linux only: the processor's time is read from /proc.
//! The rounds of all cases are interleaved, so that what else the machine does meets them alike; medians are printed.
//! The variable CASE chooses those whose name has it.

use std::{
    collections::VecDeque,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use confab::{
    clock,
    domain::{
        command::{Command, CommandBody, CreateGroup, OpenDirect, Post},
        notification::CommitNotification,
        sign_in::UserKind,
    },
    storage::{Commands, CommandsHandle, NewName, Storage, Users, sqlite::Sqlite},
};
use confab_shared::{
    id::{ClientId, ConversationId},
    text::{MessageText, Title, UserName},
    user::User,
};
use rusqlite::{Connection, params};
use tokio::sync::mpsc;
use uuid::Uuid;

/// A message of an ordinary day.
const TEXT: &str = "A message of the length that people write to each other on an ordinary day.";

/// The plainest table that would do.
const SCHEMA: &str = "CREATE TABLE event (
        conversation INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, sender INTEGER NOT NULL,
        client_id BLOB, messages INTEGER NOT NULL, text TEXT, PRIMARY KEY (conversation, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX event_of_command ON event (client_id, sender) WHERE client_id IS NOT NULL;";

/// Who writes where.
struct Case {
    name: &'static str,
    people: usize,
    conversations: usize,
    /// How many messages each of them has under way.
    under_way: usize,
    /// Whether messages carry the id of their command.
    ids: bool,
    order: Order,
    /// Which part of the messages is enough.
    part: usize,
}

enum Order {
    /// Everybody writes the next message when one of theirs is on disk.
    EachInTurn,
    /// One after the other, over all people: hardly two messages of a batch share a conversation.
    Spread,
}

const CASES: [Case; 5] = [
    Case {
        name: "256 writers, 64 conversations",
        people: 256,
        conversations: 64,
        under_way: 1,
        ids: true,
        order: Order::EachInTurn,
        part: 1,
    },
    Case {
        name: "the same, without ids",
        people: 256,
        conversations: 64,
        under_way: 1,
        ids: false,
        order: Order::EachInTurn,
        part: 1,
    },
    Case {
        name: "relay: 2,000 in 1,000, each in turn",
        people: 2_000,
        conversations: 1_000,
        under_way: 16,
        ids: false,
        order: Order::EachInTurn,
        part: 1,
    },
    Case {
        name: "relay: 2,000 in 1,000, spread",
        people: 2_000,
        conversations: 1_000,
        under_way: 16,
        ids: false,
        order: Order::Spread,
        part: 1,
    },
    Case {
        name: "one writer",
        people: 1,
        conversations: 1,
        under_way: 1,
        ids: true,
        order: Order::EachInTurn,
        part: 50,
    },
];

/// What a round of a case gave.
#[derive(Clone, Copy, Default)]
struct Cost {
    /// Messages per second.
    rate: f64,
    /// Messages per commit.
    batch: f64,
    /// Nanoseconds of processor per message: of the thread that writes, of checkpoints, of all.
    writer: f64,
    checkpoint: f64,
    all: f64,
    /// Resident memory in MiB, of all this process: after the last message, and at rest.
    resident: f64,
    at_rest: f64,
}

/// How long nothing has to go on for the store to be at rest.
const REST: Duration = Duration::from_millis(2_500);

fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().filter_map(|arg| arg.parse::<usize>().ok());
    let (messages, rounds) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(5));
    let wanted = std::env::var("CASE").unwrap_or_default();
    let cases: Vec<_> = CASES.iter().filter(|case| case.name.contains(&wanted)).collect();
    let mut costs = vec![(Vec::new(), Vec::new()); cases.len()];
    for _ in 0..rounds {
        for (case, (ours, raw)) in cases.iter().zip(&mut costs) {
            let cost = through_the_store(case, messages / case.part)?;
            ours.push(cost);
            raw.push(raw_rusqlite(case, messages / case.part, cost.batch.round() as usize)?);
        }
    }
    println!(
        "{:<36} {:>8} {:>8} {:>5} {:>6} | {:>18} {:>10} {:>6} {:>6} | {:>8} {:>8}",
        "",
        "msg/s",
        "raw",
        "ratio",
        "batch",
        "CPU ns/msg: writer",
        "checkpoint",
        "all",
        "raw",
        "resident",
        "at rest"
    );
    for (case, (ours, raw)) in cases.iter().zip(&costs) {
        let of = |costs: &[Cost], pick: fn(&Cost) -> f64| median(costs.iter().map(pick).collect());
        let ratios = ours.iter().zip(raw).map(|(ours, raw)| ours.rate / raw.rate).collect();
        println!(
            "{:<36} {:>8.0} {:>8.0} {:>5.2} {:>6.0} | {:>18.0} {:>10.0} {:>6.0} {:>6.0} | {:>4.1} MiB {:>4.1} MiB",
            case.name,
            of(ours, |cost| cost.rate),
            of(raw, |cost| cost.rate),
            median(ratios),
            of(ours, |cost| cost.batch),
            of(ours, |cost| cost.writer),
            of(ours, |cost| cost.checkpoint),
            of(ours, |cost| cost.all),
            of(raw, |cost| cost.all),
            of(ours, |cost| cost.resident),
            of(ours, |cost| cost.at_rest),
        );
    }
    Ok(())
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Through the front door: queued, committed, acknowledged, handed over to be published.
fn through_the_store(case: &Case, messages: usize) -> anyhow::Result<Cost> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let (committed, told) = mpsc::channel(64);
        let counting = tokio::spawn(count(told));
        let store = Arc::new(Sqlite::open(folder.path(), committed)?);
        let people = people(&store, case).await?;
        let before = Times::now()?;
        let begun = Instant::now();
        match case.order {
            Order::EachInTurn => each_in_turn(&store, case, people, messages).await?,
            Order::Spread => spread(&store, case, &people, messages).await?,
        }
        let seconds = begun.elapsed().as_secs_f64();
        let spent = Times::now()?;
        let resident = resident()?;
        tokio::time::sleep(REST).await;
        let at_rest = self::resident()?;
        store.close().await;
        let (batches, events) = counting.await?;
        let per_message = |after: u64, before: u64| (after - before) as f64 / messages as f64;
        Ok(Cost {
            rate: messages as f64 / seconds,
            batch: events as f64 / batches as f64,
            writer: per_message(spent.writer, before.writer),
            checkpoint: per_message(spent.checkpoint, before.checkpoint),
            all: per_message(spent.all, before.all),
            resident,
            at_rest,
        })
    })
}

/// What is to be published, counted and dropped.
async fn count(mut told: mpsc::Receiver<Vec<CommitNotification>>) -> (usize, usize) {
    let (mut batches, mut events) = (0, 0);
    while let Some(batch) = told.recv().await {
        batches += 1;
        events += batch.len();
    }
    (batches, events)
}

/// Everybody, each with the conversation that they write in.
async fn people(store: &Sqlite, case: &Case) -> anyhow::Result<Vec<(User, ConversationId)>> {
    let mut people = Vec::new();
    for number in 0..case.people {
        let name = format!("person-{number}");
        let known = store.ensure_user(NewName::of(UserName::new(&name)?), UserKind::Page, clock::now());
        people.push(known.await?.context("no name looks like it")?.user);
    }
    let mut conversations = Vec::new();
    for first in 0..case.conversations {
        let members: Vec<_> = people.iter().skip(first).step_by(case.conversations).cloned().collect();
        conversations.push(match &members[..] {
            [one, other] => make(store, one, None, OpenDirect::new(one.id, other.id).into()).await?,
            _ => {
                let id = ClientId(Uuid::from_u128(first as u128));
                let others = members.iter().map(|member| member.name.clone()).collect();
                make(store, &members[0], Some(id), CreateGroup::new(Title::new("Group")?, others).into())
                    .await?
            }
        });
    }
    Ok(people.into_iter().zip(conversations.into_iter().cycle()).collect())
}

async fn make(
    store: &Sqlite,
    actor: &User,
    client_id: Option<ClientId>,
    body: CommandBody,
) -> anyhow::Result<ConversationId> {
    let command = Command { actor: actor.clone(), client_id, at: clock::now(), body };
    let made = store.submit(vec![command]).await.await.pop();
    let made = made.ok_or_else(|| anyhow::anyhow!("a command has an outcome"))??;
    Ok(made?.conversation)
}

async fn each_in_turn(
    store: &Arc<Sqlite>,
    case: &Case,
    people: Vec<(User, ConversationId)>,
    messages: usize,
) -> anyhow::Result<()> {
    let mut tasks = tokio::task::JoinSet::new();
    let (share, under_way, ids) = (messages / people.len(), case.under_way, case.ids);
    for (user, conversation) in people {
        let store = Arc::clone(store);
        tasks.spawn(async move {
            let mut waiting = VecDeque::new();
            for number in 0..share {
                if waiting.len() == under_way {
                    on_disk(&mut waiting).await?;
                }
                waiting.push_back(store.submit(vec![message(&user, conversation, ids, number)?]).await);
            }
            while !waiting.is_empty() {
                on_disk(&mut waiting).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

async fn spread(
    store: &Sqlite,
    case: &Case,
    people: &[(User, ConversationId)],
    messages: usize,
) -> anyhow::Result<()> {
    let mut waiting = VecDeque::new();
    for number in 0..messages {
        if waiting.len() == case.under_way * people.len() {
            on_disk(&mut waiting).await?;
        }
        let (user, conversation) = &people[number % people.len()];
        waiting.push_back(store.submit(vec![message(user, *conversation, case.ids, number)?]).await);
    }
    while !waiting.is_empty() {
        on_disk(&mut waiting).await?;
    }
    Ok(())
}

async fn on_disk(waiting: &mut VecDeque<CommandsHandle>) -> anyhow::Result<()> {
    if let Some(oldest) = waiting.pop_front() {
        anyhow::ensure!(matches!(oldest.await[..], [Ok(Ok(_))]), "a message was not taken");
    }
    Ok(())
}

fn message(by: &User, conversation: ConversationId, ids: bool, number: usize) -> anyhow::Result<Command> {
    let at = clock::now();
    let client_id = ids.then(|| ClientId(uuid_v7(at.0, by.id.0, number as u64)));
    let body = Post::new(conversation, MessageText::new(TEXT)?).into();
    Ok(Command { actor: by.clone(), client_id, at, body })
}

/// As a client makes them: by the time, and beyond that as good as random.
fn uuid_v7(millis: u64, user: u64, number: u64) -> Uuid {
    let mixed = (user << 32 | number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut random = [0; 10];
    random[..8].copy_from_slice(&mixed.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The same messages, one `INSERT` each, on one connection and nothing besides.
fn raw_rusqlite(case: &Case, messages: usize, batch: usize) -> anyhow::Result<Cost> {
    let folder = tempfile::tempdir()?;
    let connection = open_raw(folder.path())?;
    let before = of_this_thread()?;
    let begun = Instant::now();
    let mut seqs = vec![0u64; case.conversations];
    let mut number = 0;
    while number < messages {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO event (conversation, seq, at, sender, client_id, messages, text) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for _ in 0..batch.min(messages - number) {
            let (user, conversation) = (number % case.people, number % case.conversations);
            let seq = &mut seqs[conversation];
            *seq += 1;
            let at = clock::now().0;
            let id = case.ids.then(|| uuid_v7(at, user as u64, number as u64));
            let id = id.as_ref().map(Uuid::as_bytes);
            insert.execute(params![conversation as u64, *seq, at, user as u64, id, *seq, TEXT])?;
            number += 1;
        }
        connection.execute_batch("COMMIT")?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let spent = of_this_thread()? - before;
    Ok(Cost { rate: messages as f64 / seconds, all: spent as f64 / messages as f64, ..Cost::default() })
}

fn open_raw(folder: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(folder.join("raw.db"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

/// How long the processor has worked for this process up to now, in nanoseconds, by thread.
#[derive(Clone, Copy, Default)]
struct Times {
    writer: u64,
    checkpoint: u64,
    all: u64,
}

impl Times {
    fn now() -> anyhow::Result<Self> {
        let mut times = Self::default();
        for thread in std::fs::read_dir("/proc/self/task")? {
            let thread = thread?.path();
            // A thread that ends meanwhile is none of those that are measured.
            let Ok(name) = std::fs::read_to_string(thread.join("comm")) else { continue };
            let Ok(spent) = worked(&thread) else { continue };
            times.all += spent;
            match name.trim() {
                "storage-writer" => times.writer += spent,
                name if name.starts_with("storage-check") => times.checkpoint += spent,
                _ => {}
            }
        }
        Ok(times)
    }
}

fn of_this_thread() -> anyhow::Result<u64> {
    worked(Path::new("/proc/thread-self"))
}

fn worked(thread: &Path) -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string(thread.join("schedstat"))?;
    Ok(stat.split_whitespace().next().unwrap_or_default().parse()?)
}

fn resident() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()).unwrap_or_default();
    Ok(kibibytes.parse::<f64>()? / 1024.0)
}
