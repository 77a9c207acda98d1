//! A client that keeps state as the page does: the reducer of `shared`, fed by a socket, what it requests fetched over HTTP.

use confab_shared::{
    api::MessagePage,
    conversation::Conversation,
    id::ConversationId,
    item::Item,
    protocol::ServerFrame,
    state::{FetchRequest, State},
    timeline::Timeline,
};

use super::{Person, Socket};

/// The state that a user's page would have.
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
        let request = mirror.state.welcome(mirror.socket.welcome.clone());
        mirror.fetch(request).await;
        mirror
    }

    /// Connects again, with the state from before.
    pub async fn reconnect(&mut self) {
        self.socket = self.person.connect().await;
        let request = self.state.welcome(self.socket.welcome.clone());
        self.fetch(request).await;
    }

    /// Looks at a conversation.
    pub async fn open(&mut self, id: ConversationId) {
        let request = self.state.open(Some(id));
        self.fetch(request).await;
    }

    /// Takes all frames that were sent up to now.
    pub async fn settle(&mut self) {
        for frame in self.socket.frames_so_far(self.notes).await {
            self.take(frame).await;
        }
    }

    /// Takes a frame as the page does.
    pub async fn take(&mut self, frame: ServerFrame) {
        let request = match frame {
            ServerFrame::Welcome(welcome) => self.state.welcome(*welcome),
            ServerFrame::Event(event) => self.state.event(event),
            ServerFrame::Ack(ack) => {
                self.state.ack(&ack);
                None
            }
            ServerFrame::Read(signal) => self.state.read(&signal),
            ServerFrame::Thread(thread) => self.state.thread_changed(thread),
            ServerFrame::Presence(presence) => {
                self.state.presence_changed(presence);
                None
            }
            ServerFrame::User { user } => {
                self.state.user_changed(user);
                None
            }
            ServerFrame::Lagged => {
                let welcome = self.socket.resync().await;
                self.state.welcome(welcome)
            }
            ServerFrame::GroupRequest(request) => {
                self.state.group_requested(request);
                None
            }
            ServerFrame::GroupRequestDeclined { conversation } => {
                self.state.group_request_ended(conversation);
                None
            }
            ServerFrame::Typing { .. }
            | ServerFrame::Draft(_)
            | ServerFrame::Slow { .. }
            | ServerFrame::Pong
            | ServerFrame::Unknown => None,
            ServerFrame::Error(error) => panic!("{error:?}"),
        };
        self.fetch(request).await;
    }

    /// Fetches what the state requests, and what it requests then.
    pub async fn fetch(&mut self, mut request: Option<FetchRequest>) {
        while let Some(wanted) = request {
            let id = wanted.conversation();
            request = match wanted {
                FetchRequest::Conversation(_) => match self.person.try_view(id).await {
                    Ok(view) => self.state.view(view),
                    Err(_) => self.state.gone(id),
                },
                FetchRequest::After(_, seq) => {
                    let page = self.person.page(id, &format!("after={seq}")).await;
                    self.state.events(id, page.unwrap_or_else(|refused| panic!("{refused:?}")))
                }
                FetchRequest::Newest(_) => self.page(wanted, "").await,
                FetchRequest::Around(_, seq) => self.page(wanted, &format!("around={seq}")).await,
                FetchRequest::Thread(_, root) => self.page(wanted, &format!("thread={root}")).await,
                FetchRequest::Quoted(_, None, seq) => {
                    self.page(wanted, &format!("around={seq}&limit=1")).await
                }
                FetchRequest::Quoted(_, Some(root), seq) => {
                    self.page(wanted, &format!("thread={root}&around={seq}&limit=1")).await
                }
                FetchRequest::Threads(_) => {
                    let page = self.person.threads("").await;
                    self.state.thread_list(id, page.unwrap_or_else(|refused| panic!("{refused:?}")))
                }
                FetchRequest::ThreadState(_, root) => {
                    let thread = self.person.thread(id, root).await;
                    self.state.thread_state(thread.unwrap_or_else(|refused| panic!("{refused:?}")))
                }
            };
        }
    }

    /// Scrolls from a window on the past to the newest events.
    async fn scroll_to_newest(&mut self) {
        while let Some(id) = self.state.open_conversation()
            && let Some(last) = self.state.timeline(id).filter(|t| !t.follows()).map(Timeline::last)
        {
            let page = self.get(id, &format!("after={last}&limit=200")).await;
            let request = self.state.adjacent_messages(id, page);
            self.fetch(request).await;
        }
    }

    async fn page(&mut self, request: FetchRequest, query: &str) -> Option<FetchRequest> {
        let page = self.get(request.conversation(), query).await;
        self.state.messages(request, page)
    }

    async fn get(&self, id: ConversationId, query: &str) -> MessagePage {
        self.person.messages(id, query).await.unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    /// The items cached of a conversation.
    pub fn items(&self, id: ConversationId) -> Vec<Item> {
        self.state.timeline(id).map(|timeline| timeline.items().cloned().collect()).unwrap_or_default()
    }

    /// Checks that the state equals that of a new connection.
    pub async fn is_fresh(&mut self) {
        self.settle().await;
        self.scroll_to_newest().await;
        let fresh = self.person.connect().await.welcome;
        let ids: Vec<_> = fresh.conversations.iter().map(|c| c.id).collect();
        for conversation in fresh.conversations {
            let held = self.state.conversation(conversation.id).cloned();
            let viewed = self.person.view(conversation.id).await;
            assert_eq!(held.map(without_peers_read), Some(without_peers_read(conversation.clone())));
            assert_eq!(without_peers_read(viewed), without_peers_read(conversation.clone()));
            if self.state.open_conversation() == Some(conversation.id) {
                assert_eq!(self.items(conversation.id), self.person.all_items(conversation.id).await);
            }
        }
        let mut held: Vec<_> = self.state.list().iter().map(|c| c.id).collect();
        held.retain(|id| !ids.contains(id));
        assert_eq!(held, [], "held, and not there");
    }
}

/// What follows from events alone: how far others have read comes by signals, which may be lost.
fn without_peers_read(conversation: Conversation) -> Conversation {
    Conversation { peers_read_seq: confab_shared::id::Seq(0), ..conversation }
}
