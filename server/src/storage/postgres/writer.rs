//! The task that carries out commands: group commit. A node has one, so its commands are carried out and published in the
//! order of their calls; the nodes meet at the locks of the conversations.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep},
};
use uuid::Uuid;

use super::{
    committer::{Committer, Decided},
    connection::Database,
    failure::Consequence,
};
use crate::{
    domain::{command::Command, decision::Outcome, notification::CommitNotification},
    metrics::{METRICS, gauge},
    storage::{CommandsHandle, CommandsReply, StorageError},
};

/// How many jobs may wait, each with what one read of a socket held at most. Beyond that a sender waits for room.
const QUEUE: usize = 16_384;

/// The commands from which on a transaction takes no more.
const BATCH: usize = 2_048;

/// The bytes of messages and members from which on it takes no more.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// How often a commit in doubt is asked after while there is nothing else to do.
const DOUBT_INTERVAL: Duration = Duration::from_secs(1);

/// For how long all commands are refused after a batch was for now. Its senders learn meanwhile that they have to send
/// again, so that nothing that they sent behind it overtakes it.
const REFUSAL: Duration = Duration::from_secs(1);

/// Commands that came together.
struct Job {
    commands: Vec<Command>,
    reply: CommandsReply,
}

/// The handle of the task.
pub(super) struct Writer {
    // Behind a lock so that `close` can drop it: the task ends when all that was queued is answered.
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(
        database: Arc<Database>,
        node: Uuid,
        publisher: mpsc::Sender<Vec<CommitNotification>>,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let committer = Committer::new(database, node, publisher.clone());
        let task = WriterTask { committer, publisher, refusal: None };
        let task = tokio::spawn(task.run(jobs));
        let task = tokio::spawn(async move {
            // A server that cannot write has to be started again.
            if task.await.is_err_and(|error| error.is_panic()) {
                std::process::abort();
            }
        });
        Self { queue: Mutex::new(Some(queue)), task: Mutex::new(Some(task)) }
    }

    /// Queues commands, once there is room.
    pub(super) async fn submit(&self, commands: Vec<Command>) -> CommandsHandle {
        let (reply, handle) = CommandsHandle::new(commands.len());
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(queue) = queue {
            // A job that is not queued is dropped, and by that answered as closed.
            let _ = queue.send(Job { commands, reply }).await;
        }
        handle
    }

    /// Answers all that is queued, and ends the task.
    pub(super) async fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // It ends with the task, or with the process.
            let _ = task.await;
        }
    }
}

struct WriterTask {
    committer: Committer,
    publisher: mpsc::Sender<Vec<CommitNotification>>,
    /// Why commands are refused for now, and until when.
    refusal: Option<(Instant, StorageError)>,
}

impl WriterTask {
    async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        loop {
            let first = tokio::select! {
                biased;
                first = queue.recv() => first,
                () = sleep(DOUBT_INTERVAL), if self.committer.is_in_doubt() => {
                    self.committer.ask_after_doubt().await;
                    continue;
                }
            };
            let Some(first) = first else { break };
            let (mut jobs, mut size, mut bytes) = (Vec::new(), 0, 0);
            let mut next = Some(first);
            while let Some(job) = next {
                size += job.commands.len();
                bytes += job.commands.iter().map(Command::bytes).sum::<usize>();
                jobs.push(job);
                next = if size < BATCH && bytes < BATCH_BYTES { queue.try_recv().ok() } else { None };
            }
            METRICS.write_queue.set(gauge(queue.len()));
            self.write(jobs).await;
        }
        if self.committer.is_in_doubt() {
            self.committer.ask_after_doubt().await;
        }
        self.committer.forget_node().await;
    }

    /// Commits a batch, answers and publishes it.
    async fn write(&mut self, jobs: Vec<Job>) {
        if let Some((until, error)) = &self.refusal {
            if Instant::now() < *until {
                return refuse(jobs, error);
            }
            self.refusal = None;
        }
        let commands: Vec<&Command> = jobs.iter().flat_map(|job| &job.commands).collect();
        let (mut outcomes, notifications) = match self.committer.commit(&commands).await {
            Ok(decided) => {
                let outcomes: Vec<_> = decided.outcomes.into_iter().map(Ok).collect();
                (outcomes.into_iter(), decided.set.into_notifications())
            }
            Err(failure) if failure.consequence() == Consequence::Fatal && commands.len() > 1 => {
                let (outcomes, notifications) = self.write_alone(&commands).await;
                (outcomes.into_iter(), notifications)
            }
            Err(failure) => {
                let error = StorageError::from(failure);
                if matches!(error, StorageError::Unavailable { .. }) {
                    self.refusal = Some((Instant::now() + REFUSAL, error.clone()));
                }
                (vec![Err(error); commands.len()].into_iter(), Vec::new())
            }
        };
        // Before the answers, so that nothing is awaited between them and the notifications: where there is no room, the
        // next batch waits.
        let permit = match notifications.is_empty() {
            true => None,
            // The other end is gone only when the server has stopped publishing for good.
            false => self.publisher.reserve().await.ok(),
        };
        for Job { commands, reply } in jobs {
            // The asker may be gone; what was committed stays.
            let _ = reply.send(outcomes.by_ref().take(commands.len()).collect());
        }
        if let Some(permit) = permit {
            permit.send(notifications);
        }
    }

    /// Commits each command alone, so that one that cannot be carried out fails no other.
    async fn write_alone(
        &mut self,
        commands: &[&Command],
    ) -> (Vec<Result<Outcome, StorageError>>, Vec<CommitNotification>) {
        let (mut outcomes, mut notifications) = (Vec::new(), Vec::new());
        for command in commands {
            match self.committer.commit(&[*command]).await {
                Ok(Decided { outcomes: mut one, set }) => {
                    outcomes.extend(one.pop().map(Ok));
                    notifications.extend(set.into_notifications());
                }
                Err(failure) => outcomes.push(Err(failure.into())),
            }
        }
        (outcomes, notifications)
    }
}

/// Answers that commands were not carried out.
fn refuse(jobs: Vec<Job>, error: &StorageError) {
    for Job { commands, reply } in jobs {
        // The asker may be gone.
        let _ = reply.send(vec![Err(error.clone()); commands.len()]);
    }
}
