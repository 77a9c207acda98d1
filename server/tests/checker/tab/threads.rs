//! What people do with threads: they open them, read them, reply in them, and follow them or not any more.

use confab_shared::{
    api::FollowedThread,
    error::{ErrorBody, ErrorCode},
    id::{ConversationId, Seq},
    message::Message,
    protocol::{ClientFrame, MAX_WELCOME_THREADS, MAX_WELCOME_UNREAD_THREADS, Welcome},
    state::FetchRequest,
    thread::ThreadState,
    timeline::Timeline,
};

use super::{
    Tab,
    wire::{Lost, Wire},
};
use crate::history::{Follow, FollowAnswer, ItemDigest, Part, Reply, Source, ThreadSource, ThreadView, What};

/// How many items back a tab looks for a message that others replied to.
const LATELY: usize = 60;

/// How many of the threads of a welcome, or of a state, are recorded.
const RECORDED: usize = 16;

/// A message that somebody may reply to.
#[derive(Clone, Copy)]
struct Place {
    seq: Seq,
    /// The root of its thread, which it may be itself.
    root: Seq,
    is_in_timeline: bool,
}

impl Place {
    fn of(message: &Message) -> Self {
        let root = message.thread.unwrap_or(message.seq);
        Self { seq: message.seq, root, is_in_timeline: message.is_in_timeline() }
    }
}

impl Tab {
    /// Replies to a message that the tab has cached, in one of all ways; posts one where it has none.
    pub(super) async fn reply(&mut self, wire: Option<&mut Wire>) -> Result<(), Lost> {
        let id = self.state.open_conversation().filter(|id| self.state.conversation(*id).is_some());
        let id = id.unwrap_or(self.seat.notes);
        let Some(to) = self.replied(id) else { return self.write(id, What::Post, wire).await };
        let (quoted, root) = (Some(to.seq), Some(to.root));
        let reply = match self.dice.below(16) {
            0..=3 if to.is_in_timeline => Reply::new(quoted, None, false),
            0..=6 => Reply::new(None, root, false),
            7..=9 => Reply::new(quoted, root, false),
            10..=11 => Reply::new(None, root, true),
            12..=13 => Reply::new(quoted, root, true),
            // Refused where it is a reply of a thread itself.
            14 => Reply::new(None, quoted, false),
            // And where it is of no thread, or of another one.
            _ => Reply::new(quoted, self.replied(id).map(|other| other.root), false),
        };
        self.trial.tally.replies.one();
        self.write(id, What::Reply(reply), wire).await
    }

    /// A message of the open thread, one that others replied to, or any of the last ones.
    fn replied(&mut self, id: ConversationId) -> Option<Place> {
        let (beside, replied, back) =
            (self.dice.happens(1, 2), self.dice.happens(4, 5), self.dice.below(12) as usize);
        if beside && let Some(place) = self.state.thread_timeline().and_then(|thread| in_thread(thread, back))
        {
            return Some(place);
        }
        let lately = || self.state.timeline(id).into_iter().flat_map(|timeline| timeline.items().rev());
        let mut roots = lately().take(LATELY).filter_map(|item| item.message()).filter(|message| {
            message.deleted.is_none() && (message.replies.is_some() || message.thread.is_some())
        });
        let root = roots.nth(back % 3).filter(|_| replied);
        let any = || lately().filter_map(|item| item.message()).nth(back);
        root.or_else(any).map(Place::of)
    }

    /// A message of the open thread, or its root, and whether it is this user's.
    pub(super) fn cached_reply(&mut self) -> Option<(Seq, bool)> {
        let (back, wants_own) = (self.dice.below(6) as usize, self.dice.happens(1, 2));
        let (thread, me) = (self.state.thread_timeline()?, self.journal.user);
        let messages = || thread.items().rev().filter_map(|item| item.message()).chain(thread.root());
        let own = messages().find(|message| wants_own && message.by == me && message.deleted.is_none());
        let message = own.or_else(|| messages().nth(back)).or_else(|| thread.root())?;
        Some((message.seq, message.by == me))
    }

    /// Does something with a thread: opens or closes it, reads it, follows it or not any more.
    pub(super) async fn tend_threads(&mut self, wire: &mut Wire) -> Result<(), Lost> {
        let Some(id) = self.state.open_conversation() else { return Ok(()) };
        match self.dice.below(16) {
            0..=3 => {
                let root = self.replied(id).map(|to| to.root);
                let need = self.state.open_thread(root);
                self.meet(need);
            }
            4 => drop(self.state.open_thread(None)),
            5..=11 => self.read_thread(id, wire).await?,
            _ => self.follow(id),
        }
        Ok(())
    }

    /// Reads the open thread to its end.
    async fn read_thread(&mut self, id: ConversationId, wire: &mut Wire) -> Result<(), Lost> {
        let thread = self.state.thread_timeline();
        let Some((root, last)) = thread.and_then(|thread| Some((thread.thread()?, thread.last()))) else {
            return Ok(());
        };
        let Some(seq) = self.state.read_thread_to(id, root, last) else { return Ok(()) };
        self.trial.tally.thread_reads.one();
        self.journal.thread_reads.insert((id, root, seq));
        self.reading_threads.insert((id, root));
        wire.send(&ClientFrame::Read { conversation: id, seq, thread: Some(root) }).await
    }

    /// Follows a thread, or not any more: one at a time.
    fn follow(&mut self, id: ConversationId) {
        let (to, on) = (self.replied(id), self.dice.happens(3, 5));
        let Some(after) = self.state.conversation(id).map(|c| c.head_seq) else { return };
        let Some(root) = to.map(|to| to.root).filter(|_| !self.is_following) else { return };
        self.trial.tally.follows.one();
        self.is_following = true;
        let number = self.journal.follows.len();
        let answer = FollowAnswer::None;
        self.journal.follows.push(Follow { conversation: id, root, following: on, after, answer });
        self.fetches.follow(number, id, root, on);
    }

    /// Takes what came of following a thread, as the page does.
    pub(super) fn followed(
        &mut self,
        number: usize,
        answer: Result<ThreadState, Option<ErrorBody>>,
    ) -> Option<FetchRequest> {
        use ErrorCode::{UnknownConversation, UnknownMessage};
        self.is_following = false;
        let follow = &mut self.journal.follows[number];
        match answer {
            Ok(state) => {
                follow.answer = FollowAnswer::Done(state.head_seq);
                self.note_thread(&state);
                self.state.thread_changed(state)
            }
            Err(Some(error)) => {
                follow.answer = FollowAnswer::Refused(error.code);
                if !matches!(error.code, UnknownConversation | UnknownMessage) {
                    self.journal.oddities.push(format!("following a thread: {error:?}"));
                }
                None
            }
            Err(None) => None,
        }
    }

    /// Takes the signal that this user read or followed a thread.
    pub(super) fn thread_moved(&mut self, state: ThreadState) {
        self.note_thread(&state);
        self.reading_threads.remove(&(state.conversation, state.root));
        let need = self.state.thread_changed(state);
        self.meet(need);
    }

    /// Records what the server answered of a thread.
    pub(super) fn note_thread(&mut self, state: &ThreadState) {
        self.journal.threads.push(ThreadView::of(state, ThreadSource::Server));
    }

    /// The same of a thread in a list, with its root and its last reply.
    pub(super) fn note_listed(&mut self, listed: &FollowedThread) {
        self.note_thread(&listed.state);
        let messages = listed.last_reply.iter().chain([&listed.root]);
        let quoted = messages.map(|message| (message.seq, ItemDigest::of_message(message))).collect();
        self.journal.parts.push(Part {
            conversation: listed.state.conversation,
            thread: Some(listed.state.root),
            source: Source::Page,
            as_of: listed.state.head_seq,
            first: Seq(1),
            last: Seq(0),
            items: [].into(),
            quoted,
        });
    }

    /// Records some of the threads of a welcome, and checks their number.
    pub(super) fn note_welcome(&mut self, welcome: &Welcome) {
        self.reading_threads.clear();
        self.has_all_threads = welcome.threads.len() < MAX_WELCOME_THREADS;
        let unread = welcome.threads.iter().filter(|thread| thread.unread > 0).count() as u64;
        let has_all_unread =
            welcome.threads.len() < MAX_WELCOME_THREADS.saturating_add(MAX_WELCOME_UNREAD_THREADS);
        if welcome.unread_threads < unread || has_all_unread && welcome.unread_threads > unread {
            let said = welcome.unread_threads;
            self.journal.oddities.push(format!("a welcome with {unread} unread threads says {said}"));
        }
        let from = self.dice.below(welcome.threads.len().max(1) as u64) as usize;
        welcome.threads.iter().skip(from).take(RECORDED).for_each(|state| self.note_thread(state));
    }

    /// Records some of the threads that this tab knows, before its state is replaced.
    pub(super) fn note_threads(&mut self) {
        let is_certain = |state: &&ThreadState| {
            !self.reading_threads.contains(&(state.conversation, state.root)) && state.following
        };
        let held = self.state.certain_threads().filter(is_certain).filter_map(|state| {
            let head_seq = self.state.conversation(state.conversation)?.head_seq;
            Some(ThreadView::held(state, head_seq))
        });
        self.journal.threads.extend(held.take(RECORDED));
    }
}

/// A message of a thread, or its root.
fn in_thread(thread: &Timeline, back: usize) -> Option<Place> {
    let newest = thread.items().rev().filter_map(|item| item.message()).chain(thread.root());
    let place = newest.map(Place::of).nth(back / 2);
    place.or_else(|| thread.root().map(Place::of))
}
