//! Signals around the shared reducer. Views read memos over [`Chat::state`] and call the methods of [`Chat`]; frames and
//! fetches leave through two channels, so that nothing here knows a socket, HTTP or the browser.

mod changing;
mod drafts;
mod history;
mod incoming;
mod incoming_message;
mod intents;
mod known_drafts;
mod listing;
mod open_conversation;
mod outbox;
mod people;
mod presence;
mod readers;
mod reading;
mod scope;
mod unsent;

use std::collections::{BTreeMap, HashMap, HashSet};

use confab_shared::{
    api::{ConversationView, ThreadPage},
    command::{Command, Send},
    conversation::ListCursor,
    error::ErrorCode,
    id::{AttachmentId, ClientId, ConversationId, Seq, Timestamp, UserId},
    protocol::{ClientFrame, ServerFrame},
    state::{FetchRequest, State},
    thread::ThreadState,
    user::Presence,
};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use leptos::prelude::*;

use self::{history::PageFetches, intents::Intents, known_drafts::KnownDrafts};
pub(crate) use self::{
    history::{AnchorOffset, Edge, PageFetch, ScrollAnchor},
    incoming_message::IncomingMessage,
    open_conversation::OpenConversation,
    scope::Scope,
    unsent::{Delivery, OutboxStorage},
};

/// How often [`ClientFrame::Typing`] is repeated while the user goes on typing, in milliseconds.
const TYPING_INTERVAL_MS: u64 = 3_000;

/// How often [`Chat::now`] is updated, in milliseconds.
const TICK_MS: u64 = 1_000;

/// The state of the connection to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    /// No welcome yet.
    Connecting,
    /// Connected and welcomed.
    Online,
    /// Disconnected after a welcome.
    Offline,
    /// Welcomed, but the browser reports that it has no network. The connection may still hold: frames are sent, and a
    /// received one makes it [`Connection::Online`].
    NoNetwork,
}

/// A fetch over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fetch {
    /// What the reducer lacks.
    Required(FetchRequest),
    /// A page of history before the part of the log that a timeline has, or after it.
    Page(Scope, Edge, Seq),
    /// The part of the list of conversations before a cursor.
    More(ListCursor),
}

/// The receiving ends of the state's two channels.
pub(crate) struct OutputReceivers {
    /// Frames for the socket.
    pub(crate) frames: UnboundedReceiver<ClientFrame>,
    /// Fetches over HTTP.
    pub(crate) fetches: UnboundedReceiver<Fetch>,
}

struct Outputs {
    frames: UnboundedSender<ClientFrame>,
    fetches: UnboundedSender<Fetch>,
    storage: Box<dyn OutboxStorage>,
}

/// The state of a signed-in user and what the user can do. Cheap to copy: the reactive owner holds all of it.
#[derive(Clone, Copy)]
pub(crate) struct Chat {
    /// The reducer.
    pub(crate) state: RwSignal<State>,
    /// The current second.
    pub(crate) now: RwSignal<Timestamp>,
    /// Changes with the names of users, and with nothing else of the state.
    names: Memo<u64>,
    page: RwSignal<PageState>,
    intents: Intents,
    drafts: KnownDrafts,
    /// How far the other members of conversations have read, as far as that is known of each.
    readers: RwSignal<HashMap<ConversationId, BTreeMap<UserId, Seq>>>,
    /// The messages that have come and that nobody has taken.
    incoming: RwSignal<Vec<IncomingMessage>>,
    outputs: StoredValue<Outputs>,
}

/// The state that belongs to this page and not to the user.
struct PageState {
    connection: Connection,
    /// Whether the server has said that events may arrive with a delay.
    slow: bool,
    welcome_count: u32,
    open: Option<OpenConversation>,
    /// The thread that is open beside it.
    open_thread: Option<OpenConversation>,
    page_fetches: PageFetches,
    /// Whether the next part of the list of conversations could not be fetched.
    more_failed: bool,
    /// Where the user left each conversation, unless at its end.
    scroll_anchors: HashMap<ConversationId, ScrollAnchor>,
    /// The conversations that the user marked as unread, here or in another window: nothing is read in them by being looked at
    /// until the user reads on ([`Chat::read_on`]).
    held: HashSet<ConversationId>,
    /// How many messages were sent from this page, and how many replies of threads.
    sent_counts: [u64; 2],
    /// The last typing signal.
    typing_sent: Option<(ConversationId, Timestamp)>,
    /// Unsent commands that could not be stored and would be lost with the page.
    unsaved: Vec<ClientId>,
}

impl Chat {
    /// A state with nothing but the stored outbox, and the receivers of its frames and fetches.
    pub(crate) fn new(now: Timestamp, storage: Box<dyn OutboxStorage>) -> (Self, OutputReceivers) {
        let mut state = State::default();
        state.outbox.restore(storage.load());
        let (frames, frames_receiver) = unbounded();
        let (fetches, fetches_receiver) = unbounded();
        let state = RwSignal::new(state);
        let chat = Self {
            state,
            names: Memo::new(move |_| state.with(State::name_changes)),
            now: RwSignal::new(now),
            page: RwSignal::new(PageState {
                connection: Connection::Connecting,
                slow: false,
                welcome_count: 0,
                open: None,
                open_thread: None,
                page_fetches: PageFetches::default(),
                more_failed: false,
                scroll_anchors: HashMap::new(),
                held: HashSet::new(),
                sent_counts: [0; 2],
                typing_sent: None,
                unsaved: Vec::new(),
            }),
            intents: Intents::new(),
            drafts: KnownDrafts::new(),
            readers: RwSignal::default(),
            incoming: RwSignal::default(),
            outputs: StoredValue::new(Outputs { frames, fetches, storage }),
        };
        (chat, OutputReceivers { frames: frames_receiver, fetches: fetches_receiver })
    }

    /// Whether the state still exists. Requests outlive a sign-out, and must not apply their answers then.
    pub(crate) fn is_alive(self) -> bool {
        !self.state.is_disposed()
    }

    /// Whether events may arrive with a delay of some seconds.
    pub(crate) fn is_slow(self) -> bool {
        self.page.with(|page| page.slow)
    }

    /// The state of the connection to the server.
    pub(crate) fn connection(self) -> Connection {
        self.page.with(|page| page.connection)
    }

    /// How many welcomes there were. A welcome makes the required fetches before it useless: it replaces the state, and
    /// what is still missing is requested again.
    pub(crate) fn welcome_count(self) -> u32 {
        self.page.with_untracked(|page| page.welcome_count)
    }

    /// How many welcomes there were, for what is fetched anew with each.
    pub(crate) fn welcomes(self) -> u32 {
        self.page.with(|page| page.welcome_count)
    }

    /// Whether a conversation does not exist for this user.
    pub(crate) fn is_gone(self, id: ConversationId) -> bool {
        self.state.with(|state| state.is_gone(id))
    }

    /// Whether the user is a member of a conversation, as far as is known.
    pub(crate) fn is_member(self, id: ConversationId) -> bool {
        self.state.with(|state| state.conversation(id).is_some())
    }

    /// Applies a frame from the server.
    pub(crate) fn receive(self, frame: ServerFrame) {
        self.note_traffic();
        match frame {
            ServerFrame::Welcome(welcome) => {
                let request = self.update(|state| state.welcome(*welcome));
                self.page.update(|page| {
                    page.connection = Connection::Online;
                    page.welcome_count += 1;
                    page.page_fetches = PageFetches::default();
                    page.more_failed = false;
                });
                self.refresh_open_conversation();
                self.intents.note_pins();
                self.intents.note_thread();
                self.fetch(request);
                self.reload_after_welcome();
                let now = self.now.get_untracked();
                let unanswered = self.update(|state| state.outbox.reconnected(now));
                unanswered.into_iter().for_each(|frame| self.send_frame(frame));
            }
            ServerFrame::Ack(ack) => {
                self.update(|state| state.ack(&ack));
                self.resume_sending();
            }
            ServerFrame::Event(frame) => {
                if self
                    .page
                    .with_untracked(|page| page.open.is_some_and(|open| open.id == frame.event.conversation))
                {
                    self.intents.note_events([&frame.event]);
                }
                self.intents.note_threads([&frame.event]);
                self.note_incoming(&frame.event);
                let request = self.update(|state| state.event(frame));
                self.refresh_open_conversation();
                self.fetch(request);
                self.resume_sending();
            }
            ServerFrame::Typing { conversation, user, stopped } => {
                let now = self.now.get_untracked();
                self.update(|state| match stopped {
                    true => state.typing_stopped(conversation, user.id),
                    false => state.typed(conversation, user, now),
                });
            }
            ServerFrame::User { user } => self.apply_user(user),
            ServerFrame::Presence(presence) => self.update(|state| state.presence_changed(presence)),
            ServerFrame::Read(signal) => {
                let request = self.update(|state| state.read(&signal));
                if signal.back {
                    self.hold_reading(signal.conversation);
                } else if self.me().is_some_and(|me| me.id == signal.user) {
                    // In another window.
                    self.read_on(signal.conversation);
                } else {
                    self.note_reader(&signal);
                }
                self.fetch(request);
            }
            ServerFrame::Thread(thread) => self.apply_thread(thread, State::thread_changed),
            ServerFrame::GroupRequest(request) => self.update(|state| state.group_requested(request)),
            ServerFrame::GroupRequestDeclined { conversation } => self.end_group_request(conversation),
            ServerFrame::Lagged => self.send_frame(ClientFrame::Resync),
            ServerFrame::Slow { slow } => self.page.update(|page| page.slow = slow),
            ServerFrame::Error(error) => {
                // A command that a stopping server did not take is sent again after the next welcome.
                if let Some(client_id) = error.client_id.filter(|_| error.code != ErrorCode::ShuttingDown) {
                    // `now` may be up to a second late.
                    let now = Timestamp(self.now.get_untracked().0 + TICK_MS);
                    self.update(|state| state.outbox.answered_with(client_id, &error, now));
                    self.resume_sending();
                }
            }
            ServerFrame::Draft(draft) => self.apply_draft(draft),
            ServerFrame::Pong | ServerFrame::Unknown => {}
        }
    }

    /// Adds a command to the outbox, where views see it at once, and sends it now or after the next welcome.
    pub(crate) fn submit(self, command: Command, at: Timestamp) {
        let frame = self.update(|state| state.outbox.push(command, at));
        self.send_command(frame);
    }

    /// Sends a message.
    pub(crate) fn send_message(self, send: Send, at: Timestamp) {
        let scope = Scope::of(&send);
        self.stop_writing(scope);
        self.submit(send.into(), at);
        self.message_written(scope);
    }

    /// Adds a message that is sent once its files are on the server: see [`Chat::release`].
    pub(crate) fn send_with_files(self, send: Send, at: Timestamp) {
        let scope = Scope::of(&send);
        self.stop_writing(scope);
        self.update(|state| state.outbox.push_waiting(send, at));
        self.message_written(scope);
    }

    /// Ends the typing signal, before the message that was typed is sent.
    fn stop_writing(self, scope: Scope) {
        if scope.thread.is_none() {
            self.stop_typing(scope.id);
        }
    }

    fn message_written(self, scope: Scope) {
        self.page.update(|page| page.sent_counts[usize::from(scope.thread.is_some())] += 1);
        self.note_reply(scope);
    }

    /// Sends a message that waited for its files, which are its attachments from now on.
    pub(crate) fn release(self, client_id: ClientId, attachments: Vec<AttachmentId>) {
        if let Some(frame) = self.update(|state| state.outbox.release(client_id, attachments)) {
            self.send_command(frame);
        }
    }

    /// Sends a refused command again.
    pub(crate) fn retry(self, client_id: ClientId) {
        if let Some(frame) = self.update(|state| state.outbox.retry(client_id)) {
            self.send_command(frame);
        }
    }

    /// Lets a refused message wait for its files again. Answers whether it was refused.
    pub(crate) fn retry_with_files(self, client_id: ClientId) -> bool {
        self.update(|state| state.outbox.retry_with_files(client_id))
    }

    /// Removes a refused command.
    pub(crate) fn discard(self, client_id: ClientId) {
        self.update(|state| state.outbox.discard(client_id));
    }

    /// Signals that the user is typing, at most every [`TYPING_INTERVAL_MS`].
    pub(crate) fn notify_typing(self, id: ConversationId, now: Timestamp) {
        let sent = self.page.with_untracked(|page| page.typing_sent);
        if sent.is_none_or(|(sent_in, at)| sent_in != id || now.0 >= at.0 + TYPING_INTERVAL_MS) {
            self.page.update(|page| page.typing_sent = Some((id, now)));
            self.send_frame(ClientFrame::Typing { conversation: id, stopped: false });
        }
    }

    /// Signals that the user has stopped typing, if a typing signal was sent before.
    pub(crate) fn stop_typing(self, id: ConversationId) {
        let stopped = self.page.try_update(|page| page.typing_sent.take_if(|(sent_in, _)| *sent_in == id));
        if stopped.flatten().is_some() {
            self.send_frame(ClientFrame::Typing { conversation: id, stopped: true });
        }
    }

    /// Applies a conversation that was fetched.
    pub(crate) fn apply_conversation(self, view: ConversationView) {
        let request = self.update(|state| state.view(view));
        self.refresh_open_conversation();
        self.fetch(request);
    }

    /// Applies a conversation that the user created. Answers whether the state still exists.
    pub(crate) fn apply_created(self, view: ConversationView) -> bool {
        let alive = self.is_alive();
        if alive {
            let request = self.update(|state| state.made(view));
            self.refresh_open_conversation();
            self.fetch(request);
        }
        alive
    }

    /// Removes a request to join a group, which is answered or there no more.
    pub(crate) fn end_group_request(self, id: ConversationId) {
        if self.is_alive() {
            self.update(|state| state.group_request_ended(id));
        }
    }

    /// Applies the presence of users that was fetched. Signals keep it up to date only for direct conversations.
    pub(crate) fn apply_presence(self, presence: Vec<Presence>) {
        if self.is_alive() {
            self.update(|state| presence.into_iter().for_each(|p| state.presence_changed(p)));
        }
    }

    /// A required fetch failed: requests what is still missing.
    pub(crate) fn fetch_failed(self, id: ConversationId) {
        let request = self.update(|state| state.fetch_failed(id));
        self.fetch(request);
    }

    /// The server answered that a conversation does not exist for this user.
    pub(crate) fn conversation_not_found(self, id: ConversationId) {
        let request = self.update(|state| state.gone(id));
        self.fetch(request);
    }

    /// The browser reports that it has no network.
    pub(crate) fn network_lost(self) {
        if self.page.with_untracked(|page| page.connection) == Connection::Online {
            self.page.update(|page| page.connection = Connection::NoNetwork);
        }
    }

    /// The connection is lost, or an attempt to connect failed.
    pub(crate) fn connection_lost(self) {
        let connected = self.is_connected();
        self.page.update(|page| {
            if connected {
                page.connection = Connection::Offline;
            }
            page.slow = false;
            page.page_fetches = page.page_fetches.map(|fetch| fetch.map(PageFetch::failed));
        });
    }

    /// A received frame proves that the connection holds.
    fn note_traffic(self) {
        if self.page.with_untracked(|page| page.connection) == Connection::NoNetwork {
            self.page.update(|page| page.connection = Connection::Online);
        }
    }

    /// Updates the state and stores the changes of the outbox before anything else happens.
    fn update<T>(self, update: impl FnOnce(&mut State) -> T) -> T {
        let updated = self.state.try_update(|state| {
            let answer = update(state);
            unsent::discard_pointless(state);
            (answer, state.outbox.take_changes())
        });
        let (answer, changes) = updated.expect("callers check that the state is alive");
        self.persist(changes);
        answer
    }

    /// Takes how far a thread is read, from a signal or fetched.
    pub(crate) fn apply_thread(
        self,
        thread: ThreadState,
        take: impl FnOnce(&mut State, ThreadState) -> Option<FetchRequest>,
    ) {
        let request = self.update(|state| take(state, thread));
        self.refresh_open_conversation();
        self.intents.note_thread();
        self.fetch(request);
    }

    /// The server answered that a thread does not exist.
    pub(crate) fn thread_not_found(self, id: ConversationId, root: Seq) {
        let request = self.update(|state| state.thread_gone(id, root));
        self.fetch(request);
    }

    /// Takes the threads that the user follows.
    pub(crate) fn apply_threads(self, id: ConversationId, page: ThreadPage) {
        let request = self.update(|state| state.thread_list(id, page));
        self.refresh_open_conversation();
        self.fetch(request);
    }

    fn is_connected(self) -> bool {
        let connection = self.page.with_untracked(|page| page.connection);
        matches!(connection, Connection::Online | Connection::NoNetwork)
    }

    /// Sends a command, unless earlier ones wait: then it follows them.
    fn send_command(self, frame: ClientFrame) {
        if !self.state.with_untracked(|state| state.outbox.is_waiting()) {
            self.send_frame(frame);
        }
    }

    /// Sends a frame, or drops it while disconnected: commands are in the outbox, and signals are worthless later.
    fn send_frame(self, frame: ClientFrame) {
        if self.is_connected() {
            let _ = self.outputs.with_value(|outputs| outputs.frames.unbounded_send(frame));
        }
    }

    fn fetch(self, request: Option<FetchRequest>) {
        if let Some(request) = request {
            self.enqueue_fetch(Fetch::Required(request));
        }
    }

    fn enqueue_fetch(self, fetch: Fetch) {
        let _ = self.outputs.with_value(|outputs| outputs.fetches.unbounded_send(fetch));
    }
}
