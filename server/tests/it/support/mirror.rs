//! A client that keeps state as the page does: the reducer of `shared`, fed by a socket, its needs fetched over HTTP.

use confab_shared::{
    api::EventPage,
    conversation::Conversation,
    event::Event,
    id::ConversationId,
    protocol::ServerFrame,
    state::{FetchRequest, State},
    timeline::Timeline,
};

use super::{Person, Socket};

/// What somebody's page would hold.
pub struct Mirror {
    pub person: Person,
    pub socket: Socket,
    pub state: State,
    notes: ConversationId,
}

impl Mirror {
    /// Connects, and begins with the welcome.
    pub async fn of(person: &Person) -> Self {
        let notes = person.direct(person.name()).await;
        let socket = person.connect().await;
        let mut mirror = Self { person: person.clone(), socket, state: State::default(), notes };
        let need = mirror.state.welcome(mirror.socket.welcome.clone());
        mirror.fetch(need).await;
        mirror
    }

    /// Connects anew, with what is held from before.
    pub async fn reconnect(&mut self) {
        self.socket = self.person.connect().await;
        let need = self.state.welcome(self.socket.welcome.clone());
        self.fetch(need).await;
    }

    /// Looks at a conversation.
    pub async fn open(&mut self, id: ConversationId) {
        let need = self.state.open(Some(id));
        self.fetch(need).await;
    }

    /// Takes all that was told up to now.
    pub async fn settle(&mut self) {
        for frame in self.socket.told(self.notes).await {
            self.take(frame).await;
        }
    }

    /// Takes a frame as the page does.
    pub async fn take(&mut self, frame: ServerFrame) {
        let need = match frame {
            ServerFrame::Welcome(welcome) => self.state.welcome(*welcome),
            ServerFrame::Event(event) => self.state.event(event),
            ServerFrame::Ack(ack) => {
                self.state.ack(&ack);
                None
            }
            ServerFrame::Read(signal) => {
                self.state.read(&signal);
                None
            }
            ServerFrame::Presence(presence) => {
                self.state.came_or_went(presence);
                None
            }
            ServerFrame::Lagged => {
                let welcome = self.socket.resync().await;
                self.state.welcome(welcome)
            }
            ServerFrame::Typing { .. } | ServerFrame::Pong | ServerFrame::Unknown => None,
            ServerFrame::Error(error) => panic!("{error:?}"),
        };
        self.fetch(need).await;
    }

    async fn fetch(&mut self, mut need: Option<FetchRequest>) {
        while let Some(wanted) = need {
            let id = wanted.conversation();
            need = match wanted {
                FetchRequest::Conversation(_) => match self.person.try_view(id).await {
                    Ok(view) => self.state.view(view),
                    Err(_) => self.state.gone(id),
                },
                FetchRequest::After(_, seq) => self.page(wanted, &format!("after={seq}")).await,
                FetchRequest::Newest(_) => self.page(wanted, "").await,
                FetchRequest::Around(_, seq) => {
                    let older = self.get(id, &format!("before={seq}")).await;
                    let newer = self.get(id, &format!("after={}", seq.0 - 1)).await;
                    self.state.page(wanted, older.joined(newer))
                }
            };
        }
    }

    /// Scrolls from a window on the past to the newest events.
    async fn scroll_to_newest(&mut self) {
        while let Some(id) = self.state.open_conversation()
            && let Some(top) = self.state.timeline(id).filter(|t| !t.follows()).map(Timeline::top)
        {
            let page = self.get(id, &format!("after={top}&limit=200")).await;
            let need = self.state.page_beside(id, page);
            self.fetch(need).await;
        }
    }

    async fn page(&mut self, need: FetchRequest, query: &str) -> Option<FetchRequest> {
        let page = self.get(need.conversation(), query).await;
        self.state.page(need, page)
    }

    async fn get(&self, id: ConversationId, query: &str) -> EventPage {
        self.person.page(id, query).await.unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    /// The events held of a conversation.
    pub fn events(&self, id: ConversationId) -> Vec<Event> {
        self.state.timeline(id).map(|timeline| timeline.events().cloned().collect()).unwrap_or_default()
    }

    /// Checks that what is held is what somebody sees who comes now.
    pub async fn is_fresh(&mut self) {
        self.settle().await;
        self.scroll_to_newest().await;
        let fresh = self.person.connect().await.welcome;
        let ids: Vec<_> = fresh.conversations.iter().map(|c| c.id).collect();
        for conversation in fresh.conversations {
            let held = self.state.conversation(conversation.id).cloned();
            let viewed = self.person.view(conversation.id).await;
            assert_eq!(held.map(without_others), Some(without_others(conversation.clone())));
            assert_eq!(without_others(viewed), without_others(conversation.clone()));
            if self.state.open_conversation() == Some(conversation.id) {
                assert_eq!(self.events(conversation.id), self.person.log(conversation.id).await);
            }
        }
        let mut held: Vec<_> = self.state.list().iter().map(|c| c.id).collect();
        held.retain(|id| !ids.contains(id));
        assert_eq!(held, [], "held, and not there");
    }
}

/// What events alone can tell: how far others have read is told by signals, which may be lost.
fn without_others(conversation: Conversation) -> Conversation {
    Conversation { seen: confab_shared::id::Seq(0), ..conversation }
}
