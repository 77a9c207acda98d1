//! The threads that process files: few, with a bounded queue, and with a lower priority than all that serves chat.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use tokio::sync::{
    mpsc::{Receiver, Sender, channel},
    oneshot,
};

use super::{Processed, Source, UNKNOWN, process};

/// The files that wait for a thread. Further ones wait with their callers, each an upload that has ended.
const MAX_WAITING: usize = 32;

/// The most threads.
const MAX_THREADS: usize = 4;

/// How much the threads give way, from 0 to 19.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// A file to process, and where its answer goes.
struct Work {
    source: Source,
    declared_mime: String,
    reply: oneshot::Sender<io::Result<Processed>>,
}

/// Processes files on threads of its own, which end with the last handle.
#[derive(Clone)]
pub struct MediaPool {
    queue: Sender<Work>,
}

impl Default for MediaPool {
    /// Starts a thread for every two processors: at least one, at most four.
    fn default() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self::new(processors.div_ceil(2).min(MAX_THREADS))
    }
}

impl MediaPool {
    /// Starts this many threads.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        let (queue, waiting) = channel(MAX_WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..threads {
            let waiting = waiting.clone();
            let started = thread::Builder::new().name(format!("media-{number}")).spawn(move || run(&waiting));
            if let Err(error) = started {
                // Without any thread no upload can end.
                tracing::error!(%error, "failed to start a thread for pictures");
            }
        }
        Self { queue }
    }

    /// Finds out what a file is, and prepares it for being served and shown: see [`Processed`]. What its sender declares of
    /// its type only tells audio from video. A file that is not what it seems to be, that is beyond the limits, or that makes a
    /// decoder panic, is one to download. Waits while all threads are busy; a call that is dropped
    /// is not worked on any more, unless a thread already does.
    ///
    /// # Errors
    /// The file cannot be read now. It is not known then what it is, and its metadata would stay in it.
    pub async fn process(&self, source: Source, declared_mime: &str) -> io::Result<Processed> {
        let (reply, answer) = oneshot::channel();
        let work = Work { source, declared_mime: declared_mime.to_owned(), reply };
        if self.queue.send(work).await.is_err() {
            return Err(io::Error::other("no thread for pictures could be started"));
        }
        answer.await.unwrap_or_else(|_| Ok(Processed::file(UNKNOWN)))
    }
}

fn run(waiting: &Mutex<Receiver<Work>>) {
    give_way();
    loop {
        // One thread waits for work, and the others for it; the lock guards nothing that a panic could leave half done.
        let work = waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(Work { source, declared_mime, reply }) = work else { return };
        if reply.is_closed() {
            continue;
        }
        // A panic is logged, and drops the reply.
        let _ = catch_unwind(AssertUnwindSafe(move || {
            let _ = reply.send(process(&source, &declared_mime));
        }));
    }
}

/// Lowers the priority of this thread. On other systems it would be that of the whole process.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "failed to lower the priority of a thread for pictures");
    }
}
