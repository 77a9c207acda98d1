//! How many messages a second are on disk and acknowledged, beside what SQLite itself inserts in transactions of the
//! size that the server's had.

use std::{
    cell::RefCell,
    collections::VecDeque,
    fs::File,
    io::Read,
    path::Path,
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use confab_shared::id::ConversationId;
use rusqlite::{Connection, params};
use tokio::task::JoinSet;

use crate::{
    Plan, machine, people,
    report::{Better, Claim, Report},
    results::Role,
    server::{Contender, Server, data_folder},
    socket::Receiver,
    tally::{Run, Tally, median},
};

/// How many groups there are.
pub const GROUPS: usize = 64;

/// How many are in each; all of them write.
const MEMBERS: usize = 4;

/// How many messages of each are under way.
const WINDOW: usize = 16;

/// What a message says, in bytes.
pub const LENGTH: usize = 100;

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report
        .title("acked", "256 writers in 64 groups of 4, 100 bytes, 16 under way each, beside SQLite itself");
    let (mut runs, mut raws, mut batches) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        let (run, batch) = confab(round, plan.time()).await?;
        let size = (batch.round() as usize).max(1);
        raws.push(raw(size, plan.time())?);
        runs.push(run);
        batches.push(batch);
    }
    report.runs("Confab", "acks", &runs)?;
    report.note(&format!(
        "SQLite itself: {:.0} rows/s in transactions of {:.0} rows, as many as Confab's had",
        median(raws.iter().copied())?,
        median(batches)?,
    ));
    report.figure(
        "acked",
        "messages/s",
        &[
            ("Confab", Role::Confab, Some(median(runs.iter().map(Run::rate))?)),
            ("SQLite, bare rows", Role::Machine, Some(median(raws.iter().copied())?)),
        ],
    );
    report.claim(Claim {
        what: "acked: messages per second, of the rows that SQLite itself inserts".into(),
        seen: Some(median(runs.iter().zip(&raws).map(|(run, raw)| run.rate() / raw))?),
        must: 0.5,
        goal: 0.8,
        better: Better::Higher,
        unit: "x",
    });
    Ok(())
}

/// One round of Confab's, and how many messages its transactions had on average.
async fn confab(round: usize, time: Duration) -> anyhow::Result<(Run, f64)> {
    let Some(server) = Contender::Confab.start()? else { anyhow::bail!("no Confab") };
    measure(&server, round, time, || transactions(&server)).await
}

/// One round of a server's, which has written so many transactions, and how many messages each had on average.
pub async fn measure(
    server: &Server,
    round: usize,
    time: Duration,
    transactions: impl Fn() -> anyhow::Result<u32>,
) -> anyhow::Result<(Run, f64)> {
    let people = people::sign_in(server.address, &format!("a{round}"), GROUPS * MEMBERS).await?;
    let mut groups = Vec::new();
    for (number, members) in people.chunks(MEMBERS).enumerate() {
        let members: Vec<_> = members.iter().collect();
        groups.push(people::group(server.address, &format!("Group {number}"), &members).await?);
    }
    let tally = Rc::new(Tally::new()?);
    let mut tasks = JoinSet::new();
    for (number, writer) in people::connect(server.address, &people).await?.into_iter().enumerate() {
        tasks.spawn_local(write(writer, groups[number / MEMBERS], Rc::clone(&tally)));
    }
    let measured = tally.measure_beside(server, time, transactions).await;
    tasks.shutdown().await;
    let (run, [before, after]) = measured?;
    let transactions = after.wrapping_sub(before);
    anyhow::ensure!(transactions > 0, "no transaction was written");
    let batch = run.done as f64 / f64::from(transactions);
    Ok((run, batch))
}

/// Writes, and writes again for each ack. Acks come in the order of the messages.
async fn write(mut writer: Receiver, group: ConversationId, tally: Rc<Tally>) {
    let text = "x".repeat(LENGTH);
    let (sender, sent) = (Rc::clone(&writer.sender), RefCell::new(VecDeque::new()));
    let post = || {
        sender.queue(&people::post(group, &text)?);
        sent.borrow_mut().push_back(Instant::now());
        anyhow::Ok(())
    };
    let begun: anyhow::Result<()> = (0..WINDOW).try_for_each(|_| post());
    sender.flush();
    let take = |text: &[u8]| {
        if text.starts_with(br#"{"type":"ack""#) {
            let sent = sent.borrow_mut().pop_front().context("an ack too many")?;
            tally.took(sent.elapsed());
            tally.count(1);
            return post();
        }
        // The first message of each member moves their read position, which the others see.
        let expected = [&br#"{"type":"event""#[..], br#"{"type":"read""#];
        anyhow::ensure!(
            expected.iter().any(|begin| text.starts_with(begin)),
            "received an unexpected frame: {}",
            String::from_utf8_lossy(text)
        );
        Ok(())
    };
    let ended = match begun {
        Ok(()) => writer.each(take, || ()).await,
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        tally.fail(format!("a writer: {error:#}"));
    }
}

/// How many transactions the store has written: SQLite counts them in the index of its write-ahead log
/// (`iChange`, see "WAL-mode file format").
fn transactions(server: &Server) -> anyhow::Result<u32> {
    let folder = server.folder().context("a folder of its own")?;
    let mut header = [0; 12];
    File::open(folder.join("confab.db-shm"))?.read_exact(&mut header)?;
    let [.., a, b, c, d] = header;
    Ok(u32::from_ne_bytes([a, b, c, d]))
}

/// How many rows a second SQLite inserts, in transactions of this many rows, each on the disk before the next.
fn raw(batch: usize, time: Duration) -> anyhow::Result<f64> {
    // A thread of its own: what it is bound to ends with it.
    let thread = thread::spawn(move || {
        machine::pin(machine::SERVER)?;
        let folder = data_folder()?;
        insert(folder.path(), batch, time)
    });
    thread.join().map_err(|_| anyhow::anyhow!("the thread panicked"))?
}

fn insert(folder: &Path, batch: usize, time: Duration) -> anyhow::Result<f64> {
    let mut connection = Connection::open(folder.join("raw.db"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(
        "CREATE TABLE event (
             conversation INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, sender INTEGER NOT NULL,
             client_id BLOB, messages INTEGER NOT NULL, text TEXT,
             PRIMARY KEY (conversation, seq)
         ) STRICT, WITHOUT ROWID;
         CREATE UNIQUE INDEX event_of_command ON event (sender, client_id) WHERE client_id IS NOT NULL;",
    )?;
    let text = "x".repeat(LENGTH);
    let begun = Instant::now();
    let mut rows = 0;
    while begun.elapsed() < time {
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO event (conversation, seq, at, sender, client_id, messages, text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            for _ in 0..batch {
                let sender = rows % (GROUPS * MEMBERS);
                let seq = rows / (GROUPS * MEMBERS) * MEMBERS + sender % MEMBERS + 1;
                let id = people::client_id();
                insert.execute(params![
                    sender / MEMBERS,
                    seq,
                    confab::clock::now().0,
                    sender,
                    id.0.as_bytes(),
                    seq,
                    text
                ])?;
                rows += 1;
            }
        }
        transaction.commit()?;
    }
    Ok(rows as f64 / begun.elapsed().as_secs_f64())
}
