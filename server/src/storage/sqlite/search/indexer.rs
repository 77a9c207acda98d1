//! The thread that writes the index.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use confab_shared::id::{ConversationId, Seq};
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use super::{
    batch::{self, Batch},
    file::{IndexFile, is_damage},
    upkeep,
};
use crate::{
    clock,
    storage::{
        StorageError,
        search::IndexProgress,
        sqlite::{
            engine::{connection::connect, segment},
            tables::position::{conversation_of, seq_of},
        },
    },
};

/// How much less the thread gets of a busy processor than others: as little as there is.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 19;

/// For how long one request indexes.
const ROUND: Duration = Duration::from_millis(250);

/// For how long it removes words, where there is nothing to index.
const ROUND_OF_UPKEEP: Duration = Duration::from_millis(100);

/// For how long it does while the server is busy: some hundredths of the time, whatever the scheduler does. Without a
/// processor to spare, an index that keeps up would cost each message several times what its delivery costs.
const ROUND_OF_BUSY: Duration = Duration::from_millis(10);

/// As many events are committed in a second, at least, while the server is busy.
const BUSY_EVENTS: f64 = 2_000.0;

/// Over how long the events are counted.
const COUNTED_OVER: Duration = Duration::from_millis(400);

type Answer = Result<IndexProgress, StorageError>;

/// The thread's handle. It ends with it.
pub(super) struct Indexer {
    requests: Sender<oneshot::Sender<Answer>>,
}

impl Indexer {
    pub(super) fn start(file: Arc<IndexFile>) -> Result<Self, StorageError> {
        let (requests, asked) = channel();
        let started = thread::Builder::new().name("search-index".into()).spawn(move || serve(&file, &asked));
        started.map_err(|error| StorageError::Failed(error.to_string().into()))?;
        Ok(Self { requests })
    }

    /// Has it index for a while.
    pub(super) fn request(&self) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        // Where the thread is gone, so is the reply.
        let _ = self.requests.send(reply);
        answer
    }
}

fn serve(file: &IndexFile, asked: &Receiver<oneshot::Sender<Answer>>) {
    give_way();
    let mut open: Option<Open> = None;
    for reply in asked {
        let outcome = round(file, &mut open);
        if let Err(error) = &outcome {
            // Opened again next time.
            open = None;
            if is_damage(error) {
                file.note_damage(error);
            }
        }
        let _ = reply.send(outcome.map_err(StorageError::from));
    }
}

/// Lowers the priority of this thread. On other systems it would be that of the whole process.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "failed to lower the priority of the thread for the search index");
    }
}

/// Both files, and what is known of them.
struct Open {
    database: Connection,
    index: Connection,
    /// Up to which event each conversation is indexed.
    progress: FxHashMap<ConversationId, Seq>,
    /// What `PRAGMA data_version` said when nothing was left; it changes with every commit of others.
    caught_up_at: Option<u64>,
    pace: Pace,
}

/// How fast events are committed.
struct Pace {
    counted_at: Instant,
    /// All events, by then.
    events: u64,
    is_busy: bool,
}

impl Pace {
    fn new() -> Self {
        Self { counted_at: Instant::now(), events: u64::MAX, is_busy: false }
    }

    /// Whether the server is busy, which has committed so many events.
    fn is_busy(&mut self, events: u64) -> bool {
        let elapsed = self.counted_at.elapsed();
        if elapsed >= COUNTED_OVER {
            #[expect(clippy::cast_precision_loss, reason = "there are few in a second")]
            let new = events.saturating_sub(self.events) as f64;
            self.is_busy = new / elapsed.as_secs_f64() >= BUSY_EVENTS;
            (self.counted_at, self.events) = (Instant::now(), events);
        }
        self.is_busy
    }
}

impl Open {
    fn new(file: &IndexFile) -> rusqlite::Result<Self> {
        let index = file.open()?;
        let progress = {
            let mut query = index.prepare("SELECT conversation, seq FROM progress")?;
            let rows = query.query_map([], |row| Ok((ConversationId(row.get(0)?), Seq(row.get(1)?))))?;
            rows.collect::<rusqlite::Result<FxHashMap<_, _>>>()?
        };
        file.set_events(progress.values().map(|seq| seq.0).sum());
        let database = connect(file.database())?;
        database.pragma_update(None, "query_only", true)?;
        Ok(Self { database, index, progress, caught_up_at: None, pace: Pace::new() })
    }
}

/// Indexes for a while, or until nothing is left.
fn round(file: &IndexFile, open: &mut Option<Open>) -> rusqlite::Result<IndexProgress> {
    if file.is_stale() {
        *open = None;
    }
    let opened = match open.take() {
        Some(opened) => opened,
        None => Open::new(file)?,
    };
    let open = open.insert(opened);
    let version: u64 = open.database.query_row("PRAGMA data_version", [], |row| row.get(0))?;
    if open.caught_up_at == Some(version) {
        let until = Instant::now() + ROUND_OF_UPKEEP;
        while upkeep::step(&open.index, clock::now())? && Instant::now() < until {}
        return Ok(IndexProgress::default());
    }
    let mut left = left(open)?;
    let behind = |left: &[(ConversationId, Seq, Seq)]| -> u64 {
        left.iter().map(|(_, after, head)| head.0.saturating_sub(after.0)).sum()
    };
    if left.iter().any(|(_, after, head)| after > head) {
        tracing::info!("the database is an earlier one than the search index has seen: it is built again");
        file.note_stale();
        return Ok(IndexProgress { behind: left.iter().map(|(_, _, head)| head.0).sum(), gives_way: false });
    }
    let indexed: u64 = open.progress.values().map(|seq| seq.0).sum();
    let gives_way = open.pace.is_busy(indexed + behind(&left));
    let (round, max_events) = match gives_way {
        true => (ROUND_OF_BUSY, batch::FEW_EVENTS),
        false => (ROUND, batch::MAX_EVENTS),
    };
    let until = Instant::now() + round;
    // The oldest first would need the logs in the order of time: by conversation, each is read once.
    while !left.is_empty() && Instant::now() < until {
        let snapshot = open.database.unchecked_transaction()?;
        let batch = Batch::read(&snapshot, &mut left, max_events)?;
        snapshot.commit()?;
        batch::write(&mut open.index, &batch)?;
        for (conversation, seq) in batch.progress {
            open.progress.insert(conversation, seq);
        }
        file.set_events(open.progress.values().map(|seq| seq.0).sum());
    }
    open.caught_up_at = left.is_empty().then_some(version);
    if left.is_empty() {
        // A server that is never idle removes words, too, if more slowly.
        upkeep::step(&open.index, clock::now())?;
    }
    Ok(IndexProgress { behind: behind(&left), gives_way })
}

/// The conversations that are not indexed up to their heads, each with its progress and its head, the last one first to be
/// indexed.
fn left(open: &Open) -> rusqlite::Result<Vec<(ConversationId, Seq, Seq)>> {
    let snapshot = open.database.unchecked_transaction()?;
    let mut heads: FxHashMap<ConversationId, Seq> = FxHashMap::default();
    let mut add = |conversation: ConversationId, seq: Seq| {
        let head = heads.entry(conversation).or_default();
        *head = seq.max(*head);
    };
    let mut query = snapshot.prepare_cached("SELECT id, head_seq FROM conversation WHERE head_seq > 0")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        add(ConversationId(row.get(0)?), Seq(row.get(1)?));
    }
    drop(rows);
    drop(query);
    for position in segment::buffered_positions(&snapshot)? {
        add(conversation_of(position), seq_of(position));
    }
    snapshot.commit()?;
    let progress = |id: &ConversationId| open.progress.get(id).copied().unwrap_or_default();
    let gone =
        open.progress.keys().filter(|id| !heads.contains_key(id)).map(|id| (*id, progress(id), Seq(0)));
    let mut left: Vec<_> = heads
        .iter()
        .map(|(id, head)| (*id, progress(id), *head))
        .filter(|(_, after, head)| after != head)
        .chain(gone)
        .collect();
    left.sort_unstable_by_key(|(id, ..)| std::cmp::Reverse(*id));
    Ok(left)
}
