//! How many messages a second are on disk and acknowledged, beside what SQLite itself inserts in transactions of the
//! size that the server's had.

use std::{
    fs::File,
    io::Read,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use rusqlite::{Connection, params};

use crate::{
    Plan,
    beside_rows::BesideRows,
    machine, people,
    report::Report,
    server::{Contender, Server, data_folder},
    writers::{self, GROUPS, LENGTH, MEMBERS},
};

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report
        .title("acked", "256 writers in 64 groups of 4, 100 bytes, 16 under way each, beside SQLite itself");
    let mut rounds = BesideRows::new("acked", ["SQLite itself", "SQLite, bare rows"]);
    for round in 0..plan.rounds {
        let Some(server) = Contender::Confab.start()? else { anyhow::bail!("no Confab") };
        let (run, [before, after]) =
            writers::measure(&[&server], round, plan.time(), || transactions(&server)).await?;
        drop(server);
        rounds.add(run, after.wrapping_sub(before).into(), |batch| raw(batch, plan.time()))?;
    }
    rounds.report(report)
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
