//! Signals around the shared reducer. Views read memos over [`Chat::state`] and call its intents; what an intent has
//! to tell or ask the server goes out through two channels, so that nothing here knows a socket or a browser.

mod initials;
mod links;
mod list;
mod opened;
mod reading;
mod rows;
mod unsent;

use std::collections::HashMap;

use confab_shared::{
    api::ConversationView,
    command::Send,
    error::ErrorCode,
    id::{ClientId, ConversationId, Seq, Timestamp},
    protocol::{ClientFrame, ServerFrame},
    state::{FetchRequest, State},
    text::MessageText,
    user::Presence,
};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use leptos::prelude::*;

pub(crate) use self::{
    initials::{hue, initials},
    links::{Piece, pieces},
    list::{Author, ListRow, Preview, matching},
    opened::Opened,
    reading::{Edge, PageFetch, ReadingPlace},
    rows::{Delivery, MessageRow, Origin, Row, rows},
    unsent::{Shelf, Stranded, Unsent},
};

/// How often the server is told that somebody goes on writing, in milliseconds.
const TYPING_EVERY_MILLIS: u64 = 3_000;

/// How the page stands with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    /// No welcome yet.
    Connecting,
    /// Welcomed, and in touch.
    Online,
    /// Welcomed once, out of touch now.
    Offline,
    /// Welcomed, but the browser says that it has no network. Until the connection is lost or heard from, it may
    /// still hold.
    Unplugged,
}

/// What is to be fetched over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fetch {
    /// What the reducer lacks.
    FetchRequest(FetchRequest),
    /// The events beyond one edge of what is held: before the oldest one, or after the newest.
    Beside(ConversationId, Edge, Seq),
}

/// The other ends of the channels that intents go out through.
pub(crate) struct Outgoing {
    /// For the socket, while it is welcomed.
    pub(crate) frames: UnboundedReceiver<ClientFrame>,
    /// For HTTP.
    pub(crate) fetches: UnboundedReceiver<Fetch>,
}

/// Where intents go in, and where what is unsent is kept.
struct Outlets {
    frames: UnboundedSender<ClientFrame>,
    fetches: UnboundedSender<Fetch>,
    shelf: Box<dyn Shelf>,
}

/// What a signed-in person sees, and what they can do. Copied freely: all of it lives with the reactive owner.
#[derive(Clone, Copy)]
pub(crate) struct Chat {
    /// The reducer.
    pub(crate) state: RwSignal<State>,
    /// The current second.
    pub(crate) now: RwSignal<Timestamp>,
    standing: RwSignal<Standing>,
    outlets: StoredValue<Outlets>,
}

/// How the page stands with the server and with what is looked at: all that is not in the log.
struct Standing {
    connection: Connection,
    /// How many welcomes there were.
    welcomes: u32,
    /// The conversation that is looked at, and where reading stands in it.
    opened: Option<Opened>,
    /// Where events beyond what is held are being fetched, or could not be: at the old edge and at the new one.
    beside: [Option<PageFetch>; 2],
    /// Where in a conversation one was when one looked away, unless at its end.
    places: HashMap<ConversationId, ReadingPlace>,
    /// How many messages were posted from this page.
    posts: u64,
    /// Where and when the server was last told that one is writing.
    typed: Option<(ConversationId, Timestamp)>,
    /// What is unsent and could not be kept beyond the life of the page.
    unkept: Vec<ClientId>,
}

impl Chat {
    /// A state that holds what was left unsent on the shelf and nothing else, and where its intents go.
    pub(crate) fn new(now: Timestamp, shelf: Box<dyn Shelf>) -> (Self, Outgoing) {
        let mut state = State::default();
        state.outbox.restore(shelf.kept());
        let (frames_in, frames) = unbounded();
        let (fetches_in, fetches) = unbounded();
        let chat = Self {
            state: RwSignal::new(state),
            now: RwSignal::new(now),
            standing: RwSignal::new(Standing {
                connection: Connection::Connecting,
                welcomes: 0,
                opened: None,
                beside: [None; 2],
                places: HashMap::new(),
                posts: 0,
                typed: None,
                unkept: Vec::new(),
            }),
            outlets: StoredValue::new(Outlets { frames: frames_in, fetches: fetches_in, shelf }),
        };
        (chat, Outgoing { frames, fetches })
    }

    /// Whether the person has not signed out meanwhile: what waits for an answer outlives the state, and must not touch
    /// it then.
    pub(crate) fn is_there(self) -> bool {
        !self.state.is_disposed()
    }

    /// How the page stands with the server.
    pub(crate) fn connection(self) -> Connection {
        self.standing.with(|standing| standing.connection)
    }

    /// How many welcomes there were: what was asked for before the last one is of no use, since that said it all, and
    /// what was still lacking has been asked for again.
    pub(crate) fn welcomes(self) -> u32 {
        self.standing.with_untracked(|standing| standing.welcomes)
    }

    /// Whether a conversation does not exist for this person, or does no more.
    pub(crate) fn is_gone(self, id: ConversationId) -> bool {
        self.state.with(|state| state.is_gone(id))
    }

    /// Takes what the server says.
    pub(crate) fn take(self, frame: ServerFrame) {
        self.heard();
        match frame {
            ServerFrame::Welcome(welcome) => {
                let need = self.change(|state| state.welcome(*welcome));
                self.standing.update(|standing| {
                    standing.connection = Connection::Online;
                    standing.welcomes += 1;
                    standing.beside = [None; 2];
                });
                self.note_reading();
                self.fetch(need);
                self.follow_unless_paused();
                let unanswered = self.state.with_untracked(|state| state.outbox.unanswered());
                unanswered.into_iter().for_each(|frame| self.tell(frame));
            }
            ServerFrame::Ack(ack) => self.change(|state| state.ack(&ack)),
            ServerFrame::Event(frame) => {
                let need = self.change(|state| state.event(frame));
                self.note_reading();
                self.fetch(need);
            }
            ServerFrame::Typing { conversation, user, stopped } => {
                let now = self.now.get_untracked();
                self.change(|state| match stopped {
                    true => state.typing_stopped(conversation, user.id),
                    false => state.typed(conversation, user, now),
                });
            }
            ServerFrame::Presence(presence) => self.change(|state| state.presence_changed(presence)),
            ServerFrame::Read(signal) => self.change(|state| state.read(&signal)),
            ServerFrame::Lagged => self.tell(ClientFrame::Resync),
            ServerFrame::Error(error) => {
                // What the server could not do just now goes out again with the next welcome.
                if let Some(client_id) = error.client_id.filter(|_| error.code != ErrorCode::ShuttingDown) {
                    self.change(|state| state.outbox.refused(client_id, &error));
                }
            }
            ServerFrame::Pong | ServerFrame::Unknown => {}
        }
    }

    /// Posts a message: it shows at once, and goes out now or with the next welcome.
    pub(crate) fn post(self, client_id: ClientId, id: ConversationId, text: MessageText, at: Timestamp) {
        let command = Send { client_id, conversation: id, text: text.into() };
        let frame = self.change(|state| state.outbox.push(command.into(), at));
        self.standing.update(|standing| {
            standing.typed = None;
            standing.posts += 1;
        });
        self.tell(frame);
        self.answered(id);
    }

    /// Tries a refused message again.
    pub(crate) fn retry(self, client_id: ClientId) {
        if let Some(frame) = self.change(|state| state.outbox.retry(client_id)) {
            self.tell(frame);
        }
    }

    /// Gives a refused message up.
    pub(crate) fn discard(self, client_id: ClientId) {
        self.change(|state| state.outbox.discard(client_id));
    }

    /// Says that one is writing, at most every [`TYPING_EVERY_MILLIS`].
    pub(crate) fn writing(self, id: ConversationId, now: Timestamp) {
        let told = self.standing.with_untracked(|standing| standing.typed);
        if told.is_none_or(|(told_in, at)| told_in != id || now.0 >= at.0 + TYPING_EVERY_MILLIS) {
            self.standing.update(|standing| standing.typed = Some((id, now)));
            self.tell(ClientFrame::Typing { conversation: id, stopped: false });
        }
    }

    /// Takes a conversation that was fetched.
    pub(crate) fn view(self, view: ConversationView) {
        let need = self.change(|state| state.view(view));
        self.note_reading();
        self.fetch(need);
    }

    /// Takes a conversation that a command of one's own made or changed. Answers whether somebody is still there to
    /// go on with it.
    pub(crate) fn made(self, view: ConversationView) -> bool {
        let there = self.is_there();
        if there {
            let need = self.change(|state| state.made(view));
            self.note_reading();
            self.fetch(need);
        }
        there
    }

    /// A fetch came to nothing: asks for what is still needed.
    pub(crate) fn fetch_failed(self, id: ConversationId) {
        let need = self.change(|state| state.fetch_failed(id));
        self.fetch(need);
    }

    /// Takes how people are who were fetched. Of those whom one has no direct conversation with no signal tells later.
    pub(crate) fn met(self, presence: Vec<Presence>) {
        if self.is_there() {
            self.change(|state| presence.into_iter().for_each(|presence| state.presence_changed(presence)));
        }
    }

    /// Takes the answer that a conversation does not exist for this person.
    pub(crate) fn gone(self, id: ConversationId) {
        let need = self.change(|state| state.gone(id));
        self.fetch(need);
    }

    /// The browser says that it has no network.
    pub(crate) fn unplugged(self) {
        if self.standing.with_untracked(|standing| standing.connection) == Connection::Online {
            self.standing.update(|standing| standing.connection = Connection::Unplugged);
        }
    }

    /// Something came over the connection: it holds, whatever the browser says.
    fn heard(self) {
        if self.standing.with_untracked(|standing| standing.connection) == Connection::Unplugged {
            self.standing.update(|standing| standing.connection = Connection::Online);
        }
    }

    /// The connection is gone.
    pub(crate) fn lost(self) {
        if self.in_touch() {
            self.standing.update(|standing| standing.connection = Connection::Offline);
        }
        self.standing
            .update(|standing| standing.beside = standing.beside.map(|fetch| fetch.map(PageFetch::lost)));
    }

    /// Whether this person is in a conversation, as far as is known.
    pub(crate) fn knows(self, id: ConversationId) -> bool {
        self.state.with(|state| state.conversation(id).is_some())
    }

    /// Changes the state, and keeps what is unsent then before anything else happens.
    fn change<T>(self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = self.state.try_update(|state| (change(state), state.outbox.take_changes()));
        let (answer, changes) = changed.expect("whoever waited has asked whether it is there");
        self.keep(changes);
        answer
    }

    fn in_touch(self) -> bool {
        let connection = self.standing.with_untracked(|standing| standing.connection);
        matches!(connection, Connection::Online | Connection::Unplugged)
    }

    /// Frames are dropped while out of touch: messages are in the outbox, all else is of no use later.
    fn tell(self, frame: ClientFrame) {
        if self.in_touch() {
            let _ = self.outlets.with_value(|outlets| outlets.frames.unbounded_send(frame));
        }
    }

    fn fetch(self, need: Option<FetchRequest>) {
        if let Some(need) = need {
            self.send_fetch(Fetch::FetchRequest(need));
        }
    }

    fn send_fetch(self, fetch: Fetch) {
        let _ = self.outlets.with_value(|outlets| outlets.fetches.unbounded_send(fetch));
    }
}

#[cfg(test)]
mod tests;
