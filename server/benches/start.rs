//! How long the server takes from its start to its first answer, and how much memory it rests in: with an empty
//! store and with one of a million messages (or as many as the first argument says).
//!
//! `cargo bench -p confab --bench start [-- MESSAGES]`, Linux only: memory is read from /proc.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use confab::{
    clock,
    store::{Appended, NewBody, NewEvent, Store, sqlite::Sqlite},
};
use confab_shared::{
    model::User,
    text::{MessageText, UserName},
};
use futures_util::{StreamExt, stream};

/// How many conversations the messages are spread over.
const CONVERSATIONS: usize = 1_000;

/// How many appends are under way while the store is filled.
const UNDER_WAY: usize = 512;

/// How often each start is measured; the median is printed.
const ROUNDS: usize = 9;

/// How long an idle server is left alone before its memory is read.
const REST: Duration = Duration::from_secs(3);

fn main() -> anyhow::Result<()> {
    let messages = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    println!("{:>12} {:>18} {:>18} {:>14}", "messages", "first answer p50", "first answer max", "resident");
    for count in [0, messages] {
        let folder = tempfile::tempdir()?;
        fill(folder.path(), count)?;
        measure(folder.path(), count)?;
    }
    Ok(())
}

/// Fills a store through its own front door.
fn fill(folder: &Path, messages: usize) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (committed, mut told) = tokio::sync::mpsc::channel(64);
        let drain = tokio::spawn(async move { while told.recv().await.is_some() {} });
        let store = Sqlite::open(folder, committed)?;
        if messages > 0 {
            append(&store, messages).await?;
        }
        store.close().await;
        drop(store);
        drain.await?;
        Ok(())
    })
}

async fn append(store: &Sqlite, messages: usize) -> anyhow::Result<()> {
    let author = person(store, "author").await?;
    let mut conversations = Vec::new();
    for number in 0..CONVERSATIONS {
        let peer = person(store, &format!("peer-{number}")).await?;
        conversations.push(store.direct(author.id, peer.id, clock::now()).await?);
    }
    let text =
        MessageText::new("A message of the length that people write to each other on an ordinary day.")?;
    let appends = stream::iter(0..messages).map(|number| {
        let new = NewEvent {
            conversation: conversations[number % CONVERSATIONS],
            by: author.clone(),
            client_id: None,
            at: clock::now(),
            body: NewBody::Posted { text: text.clone(), calls: Vec::new(), legacy: None },
        };
        async { store.append(new).await?.await }
    });
    let mut appends = appends.buffered(UNDER_WAY);
    while let Some(appended) = appends.next().await {
        anyhow::ensure!(matches!(appended?, Appended::Event(_)), "a message was not taken");
    }
    Ok(())
}

async fn person(store: &Sqlite, name: &str) -> anyhow::Result<User> {
    Ok(store.ensure_user(UserName::new(name)?, name.to_owned(), clock::now()).await?.user)
}

fn measure(folder: &Path, messages: usize) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let (mut server, time) = start(folder)?;
        server.kill()?;
        server.wait()?;
        times.push(time);
    }
    times.sort_unstable();
    let (mut server, _) = start(folder)?;
    std::thread::sleep(REST);
    let resident = resident(server.id());
    server.kill()?;
    server.wait()?;
    println!(
        "{messages:>12} {:>15.1} ms {:>15.1} ms {:>10.1} MiB",
        times[ROUNDS / 2].as_secs_f64() * 1e3,
        times[ROUNDS - 1].as_secs_f64() * 1e3,
        resident? as f64 / 1024.0,
    );
    Ok(())
}

/// Starts the server, and asks until it answers.
fn start(folder: &Path) -> anyhow::Result<(Child, Duration)> {
    let begun = Instant::now();
    let mut server = Command::new(env!("CARGO_BIN_EXE_confab"))
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut line = String::new();
    let stdout = server.stdout.take().ok_or_else(|| anyhow::anyhow!("stdout is piped"))?;
    BufReader::new(stdout).read_line(&mut line)?;
    let port = line.trim().rsplit(':').next().unwrap_or_default();
    let mut socket = TcpStream::connect(format!("127.0.0.1:{port}"))?;
    socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok((server, begun.elapsed()))
}

/// Resident memory of a process, in KiB.
fn resident(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or_else(|| anyhow::anyhow!("no VmRSS"))?.parse()?)
}
