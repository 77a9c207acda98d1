//! A tab: a user's page, kept up to date by the reducer of `shared` and driven as `frontend/src/state.rs`,
//! `socket.rs` and `fetcher.rs` drive it. What it does and sees goes into its journal.

mod acts;
mod fetches;
mod orders;
mod threads;
mod wire;

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use confab_shared::{
    api::{EventPage, MessagePage},
    error::{ErrorBody, ErrorCode},
    event::{Event, EventBody},
    id::{ClientId, ConversationId, Seq, Timestamp},
    protocol::{Ack, ClientFrame, ServerFrame},
    state::{FetchRequest, State},
};
use tokio::{
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, interval, sleep},
};

pub use self::orders::{Fresh, Order};
use self::{
    fetches::{Fetched, Fetches, comes_back},
    orders::Duty,
    wire::{Lost, Wire},
};
use crate::{
    command::Command,
    history::{Answer, Journal, Part, Snapshot},
    support::dice::Dice,
    trial::Trial,
};

/// How long an answer may be due: the welcome, or the answer to a probe.
const PATIENCE: Duration = Duration::from_secs(4);

/// A connection that was silent for this long is probed.
const SILENCE: Duration = Duration::from_millis(1_500);

/// The user of a tab, and the conversations that they use.
pub struct Seat {
    pub number: u16,
    pub token: String,
    /// Their conversation with themselves.
    pub notes: ConversationId,
    /// All that they may ever be in.
    pub rooms: Vec<ConversationId>,
    /// Where they write mostly; where most is said more than once.
    pub places: Vec<ConversationId>,
    /// Which of them they look after: they never leave, and write the last message.
    pub owned: Vec<ConversationId>,
    /// Their proxy.
    pub address: SocketAddr,
    /// Another tab of the same person.
    pub sibling: Option<mpsc::Sender<Order>>,
}

pub struct Tab {
    seat: Seat,
    trial: Arc<Trial>,
    dice: Dice,
    /// How much this tab has done: each act has dice of its own.
    acts: u64,
    state: State,
    journal: Journal,
    fetches: Fetches,
    orders: mpsc::Receiver<Order>,
    /// Messages without an answer: their numbers, and where they go.
    pending: HashMap<u32, ConversationId>,
    welcomed: bool,
    /// Whether the last welcome had all threads that the user follows.
    has_all_threads: bool,
    /// Threads whose new position the server has not confirmed yet.
    reading_threads: HashSet<(ConversationId, Seq)>,
    /// Whether a thread is being followed by hand, or not any more.
    is_following: bool,
    /// When an answer is due that is waited for.
    due: Option<Instant>,
    heard_at: Instant,
    duty: Duty,
}

/// Why a connection is over.
enum End {
    /// It was lost or left: another one follows.
    Again,
    /// The trial is.
    Over,
}

impl From<Lost> for End {
    fn from(Lost: Lost) -> Self {
        Self::Again
    }
}

impl Tab {
    pub fn new(seat: Seat, trial: Arc<Trial>, journal: Journal, orders: mpsc::Receiver<Order>) -> Self {
        let dice = Dice::of(trial.settings.seed, "tab", seat.number.into());
        let fetches = Fetches::new(seat.address, &seat.token);
        Self {
            seat,
            trial,
            dice,
            acts: 0,
            state: State::default(),
            journal,
            fetches,
            orders,
            pending: HashMap::new(),
            welcomed: false,
            has_all_threads: false,
            reading_threads: HashSet::new(),
            is_following: false,
            due: None,
            heard_at: Instant::now(),
            duty: Duty::Live,
        }
    }

    /// Lives until the trial is over.
    pub async fn run(mut self) {
        let mut attempts = 0;
        loop {
            let end = self.connection().await;
            if self.welcomed {
                attempts = 0;
            }
            self.welcomed = false;
            if let Err(End::Over) = end {
                return;
            }
            self.trial.tally.lost.one();
            // Full jitter, as the page waits, but in a hurry.
            attempts = (attempts + 1).min(4);
            sleep(self.dice.millis(0..=30 << attempts)).await;
        }
    }

    /// One connection, from opening it to its end.
    async fn connection(&mut self) -> Result<(), End> {
        let mut wire = Wire::open(self.seat.address, &self.seat.token).await?;
        self.journal.connected();
        self.due = Some(Instant::now() + PATIENCE);
        let mut tick = tick();
        loop {
            tokio::select! {
                frame = wire.next() => self.heard(frame?, &mut wire).await?,
                Some(fetched) = self.fetches.next() => self.fetched(fetched),
                Some(order) = self.orders.recv() => self.order(order, &mut wire).await?,
                _ = tick.tick() => self.watch(&mut wire).await?,
                () = std::future::ready(()), if self.may_act() => {
                    if let Some(left) = self.act(&mut wire).await? {
                        return self.leave(left, wire).await;
                    }
                }
            }
            self.attend();
        }
    }

    fn may_act(&self) -> bool {
        matches!(self.duty, Duty::Live) && self.welcomed && self.pending.len() < self.trial.settings.window
    }

    /// Sends a ping on a silent connection, closes one that does not answer, and reloads the page before its state is too
    /// large.
    async fn watch(&mut self, wire: &mut Wire) -> Result<(), End> {
        if self.due.is_some_and(|due| due < Instant::now()) {
            return Err(End::Again);
        }
        if self.due.is_none() && self.heard_at.elapsed() > SILENCE && matches!(self.duty, Duty::Live) {
            self.due = Some(Instant::now() + PATIENCE);
            wire.send(&ClientFrame::Resync).await?;
        }
        let timelines = self.seat.rooms.iter().filter_map(|id| self.state.timeline(*id));
        let held: usize = timelines.map(|timeline| timeline.items().len()).sum();
        if held > self.trial.settings.held && matches!(self.duty, Duty::Live) {
            self.reload();
            return Err(End::Again);
        }
        if !matches!(self.duty, Duty::Live) {
            self.look_at_newest();
        }
        self.remind(wire).await?;
        Ok(())
    }

    /// Takes a frame as the page does.
    async fn heard(&mut self, frame: ServerFrame, wire: &mut Wire) -> Result<(), Lost> {
        self.heard_at = Instant::now();
        match frame {
            ServerFrame::Welcome(welcome) => {
                self.trial.tally.welcomes.one();
                (self.welcomed, self.due) = (true, None);
                self.note_state();
                let open = self.state.open_conversation();
                self.note_timelines(open.as_slice());
                self.note_welcome(&welcome);
                self.fetches.begin();
                let need = self.state.welcome(*welcome);
                self.meet(need);
                let need = self.state.reload_stale(None);
                self.meet(need);
                for frame in self.state.outbox.unanswered() {
                    self.trial.tally.again.one();
                    wire.send(&frame).await?;
                }
            }
            ServerFrame::Ack(ack) => self.acked(&ack),
            ServerFrame::Event(frame) => {
                self.trial.tally.delivered.one();
                self.journal.delivered(&frame.event);
                self.check_text(&frame.event);
                self.seen(&frame.event);
                let id = frame.event.conversation;
                let need = self.state.event(frame);
                if self.state.conversation(id).is_none() {
                    self.forgot(id);
                }
                self.meet(need);
            }
            ServerFrame::Read(signal) => {
                let need = self.state.read(&signal);
                self.meet(need);
            }
            ServerFrame::Thread(thread) => self.thread_moved(thread),
            ServerFrame::Presence(presence) => self.state.presence_changed(presence),
            ServerFrame::Typing { conversation, user, .. } => {
                self.state.typed(conversation, user, Timestamp(0));
                self.duty.echoed(conversation == self.seat.notes);
            }
            ServerFrame::Lagged => {
                self.trial.tally.lagged.one();
                wire.send(&ClientFrame::Resync).await?;
            }
            ServerFrame::GroupRequest(request) => self.state.group_requested(request),
            ServerFrame::GroupRequestDeclined { conversation } => {
                self.state.group_request_ended(conversation);
            }
            // Any frame is an answer. Nobody changes here.
            ServerFrame::Pong
            | ServerFrame::Draft(_)
            | ServerFrame::User { .. }
            | ServerFrame::Slow { .. } => {}
            // A new connection sends again what has no answer, in its order.
            ServerFrame::Error(error) if comes_back(&error) => return Err(Lost),
            ServerFrame::Error(error) => self.refused(&error),
            ServerFrame::Unknown => self.journal.oddities.push("a frame of an unknown type".into()),
        }
        Ok(())
    }

    fn acked(&mut self, ack: &Ack) {
        self.state.ack(ack);
        if let Some(command) = self.journal.acked(ack) {
            self.trial.tally.acked.one();
            self.settled(command.number);
        }
    }

    fn refused(&mut self, error: &ErrorBody) {
        use ErrorCode::{Forbidden, UnknownConversation, UnknownMessage};
        // Whether the refusal is right, the log says.
        if !matches!(error.code, Forbidden | UnknownConversation | UnknownMessage) {
            self.journal.oddities.push(format!("{error:?}"));
        }
        let Some(client_id) = error.client_id else { return };
        self.state.outbox.refused(client_id, error);
        self.state.outbox.discard(client_id);
        if let Some(command) = Command::of(client_id).filter(|command| command.tab == self.seat.number) {
            self.trial.tally.refused.one();
            self.journal.answered(command, Answer::Refused(error.code));
            self.settled(command.number);
        }
    }

    /// Who sees their own message in the log asks no more for the answer to it.
    fn seen(&mut self, event: &Event) {
        if let Some(client_id) = event.client_id.filter(|_| event.by == self.journal.user) {
            self.settled_by(client_id);
        }
    }

    fn settled_by(&mut self, client_id: ClientId) {
        let command = Command::of(client_id);
        if let Some(command) = command.filter(|command| command.tab == self.seat.number) {
            self.settled(command.number);
        }
    }

    /// A message needs no answer any more.
    fn settled(&mut self, number: u32) {
        let count = usize::from(self.pending.remove(&number).is_some());
        self.trial.tally.answered(count);
    }

    /// A conversation is not there any more, nor is what was on its way to it.
    fn forgot(&mut self, id: ConversationId) {
        let before = self.pending.len();
        self.pending.retain(|_, place| *place != id);
        self.trial.tally.answered(before - self.pending.len());
    }

    fn meet(&mut self, need: Option<FetchRequest>) {
        let Some(need) = need else { return };
        if let FetchRequest::After(..) = need {
            self.trial.tally.gaps.one();
        }
        self.fetches.meet(need);
    }

    fn saw(&mut self, page: &EventPage) {
        self.trial.tally.fetched.some(page.events.len());
        self.journal.saw(page.events.iter());
        page.events.iter().for_each(|event| self.check_text(event));
        page.events.iter().for_each(|event| self.seen(event));
    }

    fn saw_items(&mut self, id: ConversationId, page: &MessagePage) {
        self.trial.tally.fetched.some(page.items.len());
        self.journal.parts.push(Part::of(id, page));
        let own = page.items.iter().filter_map(|item| item.message());
        let own: Vec<_> = own.filter(|message| message.by == self.journal.user).collect();
        for client_id in own.into_iter().filter_map(|message| message.client_id) {
            self.settled_by(client_id);
        }
    }

    /// An event says what its command was to say, or nothing once its message is deleted: the log does not have the text
    /// then at the end.
    fn check_text(&mut self, event: &Event) {
        let text = match &event.body {
            EventBody::Posted(posted) => &posted.text,
            EventBody::Edited(edited) => &edited.text,
            _ => return,
        };
        let command = event.client_id.and_then(Command::of);
        let is_sent =
            |command: Command| *text == command.text(&self.trial.names) || *text == command.speech();
        if !text.as_str().is_empty() && !command.is_some_and(is_sent) {
            self.journal.oddities.push(format!("an event with a text that nobody sent: {event:?}"));
        }
    }

    /// Takes an answer over HTTP as the page does.
    fn fetched(&mut self, fetched: Fetched) {
        let need = match fetched {
            Fetched::View(view) => self.state.view(view),
            Fetched::Thread(thread) => {
                self.note_thread(&thread);
                self.state.thread_state(thread)
            }
            Fetched::Threads(id, page) => {
                page.threads.iter().for_each(|thread| self.note_listed(thread));
                self.state.thread_list(id, page)
            }
            Fetched::Followed(number, answer) => self.followed(number, answer),
            Fetched::Marked(refused) => {
                let odd = refused.filter(|error| error.code != ErrorCode::UnknownConversation);
                self.journal.oddities.extend(odd.map(|error| format!("marking as unread: {error:?}")));
                None
            }
            Fetched::Events(id, page) => {
                self.saw(&page);
                self.state.events(id, page)
            }
            Fetched::Items(need, page) => {
                self.saw_items(need.conversation(), &page);
                self.state.messages(need, page)
            }
            Fetched::Older(id, page) => page.and_then(|page| {
                self.saw_items(id, &page);
                self.state.adjacent_messages(id, page)
            }),
            Fetched::Gone(id) => {
                let need = self.state.gone(id);
                if self.state.conversation(id).is_none() {
                    self.forgot(id);
                }
                need
            }
            Fetched::Failed(id, error) => {
                self.journal.oddities.extend(error.map(|error| format!("{error:?}")));
                self.state.fetch_failed(id)
            }
            Fetched::Changed(command, id, outcome) => {
                let need = self.changed(command, outcome);
                if self.state.conversation(id).is_none() {
                    self.forgot(id);
                }
                need
            }
        };
        self.meet(need);
    }

    /// Reloads the page: its state is recorded and dropped, except for frames in flight.
    fn reload(&mut self) {
        self.trial.tally.reloads.one();
        self.note_state();
        self.note_timelines(&self.seat.rooms.clone());
        let (open, thread) = (self.state.open_conversation(), self.state.opened_thread());
        let outbox = std::mem::take(&mut self.state.outbox);
        self.state = State::default();
        self.state.outbox = outbox;
        self.state.open(open);
        self.state.open_thread(thread);
        self.fetches.begin();
    }

    /// Records the state of the conversations, before it is replaced.
    fn note_state(&mut self) {
        let held = self.seat.rooms.iter().filter(|id| self.state.is_certain(**id));
        let held = held.filter_map(|id| self.state.conversation(*id));
        self.journal.snapshots.extend(held.map(Snapshot::of));
        self.note_threads();
    }

    /// Records the timelines of conversations, and that of the open thread.
    fn note_timelines(&mut self, ids: &[ConversationId]) {
        let timelines = ids.iter().filter_map(|id| Some((*id, self.state.timeline(*id)?)));
        self.journal.parts.extend(timelines.map(|(id, timeline)| Part::cached(id, timeline)));
        let thread = self.state.open_conversation().zip(self.state.thread_timeline());
        self.journal.parts.extend(thread.map(|(id, timeline)| Part::cached(id, timeline)));
    }
}

/// When to look whether a connection lives.
fn tick() -> Interval {
    let mut tick = interval(Duration::from_millis(300));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick
}
