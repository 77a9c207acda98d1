//! Orders to a tab, from another tab of the same user and from the end of the trial.

use std::{collections::BTreeSet, time::Duration};

use confab_shared::{
    api::FollowedThread,
    conversation::Conversation,
    id::{ConversationId, Seq},
    protocol::ClientFrame,
    timeline::Timeline,
};
use tokio::{sync::oneshot, time::Instant};

use super::{End, Lost, Tab, Wire};
use crate::history::{self, Journal, ThreadsEnd, What};

/// How long a tab waits for events that should have come.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server passes the sign of writing on at most twice a second.
const ECHO_EVERY: Duration = Duration::from_millis(600);

/// An order to a tab.
#[derive(Debug)]
pub enum Order {
    /// Send what another tab sends too.
    Also(ClientFrame),
    /// Do nothing new but say a last word where you are responsible; answer when all has an answer.
    Drain(oneshot::Sender<()>),
    /// Answer when the server has handled all frames of this tab, and the tab has received all frames before its echo.
    Echo(oneshot::Sender<()>),
    /// Answer when these seqs have arrived, or after a timeout.
    Await(Vec<(ConversationId, Seq)>, oneshot::Sender<()>),
    /// Hand over the journal and the final state; this is the state that a new tab got.
    End(Fresh, oneshot::Sender<(Journal, history::End)>),
}

/// The state of a new tab.
#[derive(Clone, Debug, PartialEq)]
pub struct Fresh {
    pub conversations: Vec<Conversation>,
    /// All threads that the user follows.
    pub threads: Vec<FollowedThread>,
    /// How the welcome and the lists of threads differ.
    pub contradiction: Option<String>,
}

/// What a tab is about.
#[derive(Debug)]
pub enum Duty {
    Live,
    Draining(oneshot::Sender<()>),
    Echoing(oneshot::Sender<()>, Instant),
    Awaiting { heads: Vec<(ConversationId, Seq)>, until: Instant, done: oneshot::Sender<()> },
    Quiet,
}

impl Duty {
    /// A sign of one's own has come back.
    pub fn echoed(&mut self, own: bool) {
        if own
            && let Self::Echoing(..) = self
            && let Self::Echoing(done, _) = std::mem::replace(self, Self::Quiet)
        {
            let _ = done.send(());
        }
    }
}

impl Tab {
    pub(super) async fn order(&mut self, order: Order, wire: &mut Wire) -> Result<(), End> {
        match order {
            Order::Also(frame) => wire.send(&frame).await?,
            Order::Drain(done) => {
                self.duty = Duty::Draining(done);
                for id in self.seat.owned.clone() {
                    self.write(id, What::Post, Some(wire)).await?;
                }
            }
            Order::Echo(done) => {
                self.duty = Duty::Echoing(done, Instant::now());
                self.sign(wire).await?;
            }
            Order::Await(heads, done) => {
                self.duty = Duty::Awaiting { heads, until: Instant::now() + PATIENCE, done };
            }
            Order::End(fresh, reply) => {
                let _ = reply.send(self.end(fresh));
                return Err(End::Over);
            }
        }
        Ok(())
    }

    /// Gives the sign again where it was not passed on.
    pub(super) async fn remind(&mut self, wire: &mut Wire) -> Result<(), Lost> {
        if let Duty::Echoing(_, asked) = &mut self.duty
            && asked.elapsed() > ECHO_EVERY
        {
            *asked = Instant::now();
            self.sign(wire).await?;
        }
        Ok(())
    }

    async fn sign(&mut self, wire: &mut Wire) -> Result<(), Lost> {
        wire.send(&ClientFrame::Typing { conversation: self.seat.notes, stopped: false }).await
    }

    /// Answers an order where what was asked for has come.
    pub(super) fn attend(&mut self) {
        let done = match &self.duty {
            Duty::Draining(_) => {
                let rest = self.pending.len() + self.state.outbox.unanswered().len();
                self.welcomed && rest == 0 && self.fetches.quiet()
            }
            Duty::Awaiting { heads, until, .. } => {
                let has = |id, seq| self.state.conversation(id).is_some_and(|c| c.head_seq >= seq);
                let came = heads.iter().all(|(id, seq)| has(*id, *seq)) && self.is_at_newest();
                came || *until < Instant::now()
            }
            Duty::Live | Duty::Echoing(..) | Duty::Quiet => false,
        };
        if done
            && let Duty::Draining(reply) | Duty::Awaiting { done: reply, .. } =
                std::mem::replace(&mut self.duty, Duty::Quiet)
        {
            let _ = reply.send(());
        }
    }

    /// Whether what one looks at is no window on the past, and nothing is under way.
    fn is_at_newest(&self) -> bool {
        let open = self.state.open_conversation().and_then(|id| self.state.timeline(id));
        self.fetches.quiet() && open.is_none_or(Timeline::follows)
    }

    fn end(&mut self, fresh: Fresh) -> (Journal, history::End) {
        let Fresh { conversations: fresh, threads, .. } = fresh;
        let threads = self.threads_end(threads);
        self.note_timelines(&self.seat.rooms.clone());
        let me = self.journal.user;
        let mut journal = std::mem::replace(&mut self.journal, Journal::new(self.seat.number, me));
        journal.close();
        // What is held is asked for one by one: the list leaves out what nobody has spoken in.
        let mut ids = self.seat.rooms.clone();
        ids.extend(fresh.iter().map(|c| c.id).chain(self.state.list().iter().map(|c| c.id)));
        ids.sort_unstable();
        ids.dedup();
        let held = ids.iter().filter_map(|id| self.state.conversation(*id).cloned()).collect();
        let open = self.state.open_conversation();
        let top =
            |id| self.state.timeline(id).map_or(Seq(0), |timeline| timeline.last().min(timeline.applied()));
        let open = open.map(|id| (id, top(id)));
        let unanswered = self.pending.len();
        let tab = self.seat.number;
        (journal, history::End { tab, user: me, held, fresh, open, unanswered, threads })
    }

    fn threads_end(&self, fresh: Vec<FollowedThread>) -> ThreadsEnd {
        let listed = fresh.iter().map(|thread| (thread.state.conversation, thread.state.root));
        let known = self.state.certain_threads().map(|thread| (thread.conversation, thread.root));
        let all: BTreeSet<_> = listed.chain(known).collect();
        let held = all.iter().filter_map(|(id, root)| self.state.thread(*id, *root).cloned()).collect();
        let open = self.state.open_conversation();
        let open_thread = open.zip(self.state.opened_thread());
        let timelines =
            open.and_then(|id| self.state.timeline(id)).into_iter().chain(self.state.thread_timeline());
        let unquoted = timelines.map(|timeline| {
            let replies = timeline.items().filter_map(|item| item.message()?.reply_to);
            replies.filter(|seq| timeline.quoted_message(*seq).is_none()).count()
        });
        let top = |timeline: &Timeline| timeline.last().min(timeline.applied());
        ThreadsEnd {
            held,
            fresh,
            has_all: self.has_all_threads,
            open: open_thread.map(|(id, root)| (id, root, self.state.thread_timeline().map_or(Seq(0), top))),
            unquoted: unquoted.sum(),
        }
    }
}
