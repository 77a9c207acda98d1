//! Nodes for tests: all of a server but its sockets, on a storage in memory that they share.

use std::{
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use confab_shared::{
    api::Access,
    event::Event,
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    protocol::{EventFrame, ServerFrame},
    text::{MessageText, Title, UserName},
    user::User,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::{
        cluster::NodeId,
        command::{AddMembers, Command, CommandBody, CreateGroup, Leave, OpenDirect, Post},
        notification::CommitNotification,
        second_factor::ShownCode,
        sign_in::{Proof, SecretHash, UserKind},
    },
    realtime::{
        bus::nats::{NatsBus, test_server::NatsServer},
        hub::{Hub, Item, Registration, Subscriber},
        publisher,
    },
    service::{
        PresenceGuard, Service, node::Cluster as ClusterPart, options::Options, rate_limits::RateLimits,
    },
    storage::{
        Device, NewName, NewSession, Sessions as _, SignInOutcome, Storage, Users as _, memory::Memory,
        shared::SharedStorage as _,
    },
    websocket::frame::Frame,
};

/// How long anything may take that has to come.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Cluster {
    pub bus: NatsServer,
    storage: Memory,
    nodes: Mutex<Vec<Weak<NatsBus>>>,
    _published: mpsc::Receiver<Vec<CommitNotification>>,
}

impl Cluster {
    /// A cluster without nodes; none where there is no NATS server.
    pub fn start() -> Option<Self> {
        let bus = NatsServer::start()?;
        let (publisher, _published) = mpsc::channel(1_000);
        Some(Self { bus, storage: Memory::new(publisher), nodes: Mutex::default(), _published })
    }

    pub async fn user(&self, name: &str) -> User {
        let name = NewName::of(UserName::new(name).unwrap());
        self.storage.ensure_user(name, UserKind::Page, Timestamp(1)).await.unwrap().unwrap().user
    }

    /// A user with a session.
    pub async fn sign_in(&self, name: &str) -> (User, SecretHash) {
        let token = [77; 32];
        let new = NewSession {
            name: NewName::of(UserName::new(name).unwrap()),
            access: Access::Open,
            proof: Proof::Nothing,
            code: ShownCode::Nothing,
            device: Device::default(),
            new_key: token,
            token,
            at: Timestamp(1),
        };
        match self.storage.sign_in(new).await.unwrap() {
            SignInOutcome::Claimed(user) => (user, token),
            other => panic!("the name is free: {other:?}"),
        }
    }

    /// A node that has joined, once all nodes receive the heartbeats of each other.
    pub async fn node(&self) -> Node {
        let node = self.node_on(&self.bus.url()).await;
        let others: Vec<_> = self.nodes.lock().unwrap().iter().filter_map(Weak::upgrade).collect();
        self.nodes.lock().unwrap().push(Arc::downgrade(&node.bus));
        for other in others {
            let connected =
                async || node.bus.receives_from(&[other.node()]) && other.receives_from(&[node.bus.node()]);
            in_time("the nodes are connected", connected).await;
        }
        node
    }

    /// A node without a bus, which the others do not know.
    pub async fn isolated_node(&self) -> Node {
        let (publisher, published) = mpsc::channel(1_000);
        let mut node = self.node_on("nats://127.0.0.1:9").await;
        node.storage = Arc::new(self.storage.shared_with(publisher));
        node.unpublished = Some(published);
        self.forget(node.bus.node()).await;
        node.stop.cancel();
        node
    }

    async fn node_on(&self, url: &str) -> Node {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let (publisher, to_publish) = mpsc::channel(16);
        let storage = Arc::new(self.storage.shared_with(publisher));
        let hub = Arc::new(Hub::default());
        let id = NodeId(NEXT.fetch_add(1, Ordering::Relaxed));
        let (bus, requests) = NatsBus::connect(&url.parse().unwrap(), id, Arc::clone(&hub)).await.unwrap();
        let bus = Arc::new(bus);
        tokio::spawn(publisher::run(to_publish, Arc::clone(&bus) as _, None));
        let part = ClusterPart::new(Arc::clone(&bus));
        let service = Service::new(
            Options::of_test(),
            Arc::clone(&storage) as _,
            Arc::clone(&bus) as _,
            RateLimits::on(),
        );
        let (service, stop) = (service.with_cluster(part), CancellationToken::new());
        service
            .join_cluster(requests.repairs, requests.usages, stop.clone())
            .await
            .unwrap_or_else(|error| panic!("{error:?}"));
        Node { service, hub, bus, storage, stop, unpublished: None }
    }

    /// Has all nodes take one for dead.
    pub async fn forget(&self, node: NodeId) {
        let undertaker = NodeId(u64::MAX);
        self.storage.leave(node).await.unwrap();
        self.storage.beat(undertaker, PATIENCE).await.unwrap();
        self.storage.leave(undertaker).await.unwrap();
    }
}

pub struct Node {
    pub service: Service,
    pub bus: Arc<NatsBus>,
    hub: Arc<Hub>,
    storage: Arc<Memory>,
    stop: CancellationToken,
    unpublished: Option<mpsc::Receiver<Vec<CommitNotification>>>,
}

impl Node {
    pub async fn connect(&self, user: &User) -> Tab {
        let token = [u8::try_from(user.id.0).unwrap(); 32];
        self.connect_as(user, token).await
    }

    /// A connection, in the order in which a socket is connected.
    pub async fn connect_as(&self, user: &User, session: SecretHash) -> Tab {
        if self.storage.session(session).await.unwrap().is_none() {
            self.storage.add_session(user.id, session);
        }
        let (sender, frames) = mpsc::unbounded_channel();
        let recorder = Arc::new(Recorder { frames: sender, ended: AtomicBool::new(false) });
        let registration = self.hub.register(user.id, Some(session), Arc::clone(&recorder) as _);
        let presence = self.service.on_connect(user.id).await.unwrap_or_else(|error| panic!("{error:?}"));
        Tab { frames, recorder, _guards: (registration, presence) }
    }

    async fn act(&self, actor: &User, body: impl Into<CommandBody>) -> (ConversationId, Seq) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let client_id = Some(ClientId(Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into())));
        let command = Command { actor: actor.clone(), client_id, at: Timestamp(1), body: body.into() };
        let outcome = self.storage_submit(command).await;
        (outcome.conversation, outcome.seq)
    }

    async fn storage_submit(&self, command: Command) -> crate::domain::event_position::EventPosition {
        let storage: &dyn Storage = &*self.storage;
        storage.submit(vec![command]).await.await.remove(0).unwrap().unwrap()
    }

    pub async fn post(&self, actor: &User, id: ConversationId, text: &str) -> Seq {
        self.act(actor, Post::new(id, MessageText::new(text).unwrap())).await.1
    }

    pub async fn group(&self, actor: &User, title: &str, others: &[&User]) -> ConversationId {
        let others = others.iter().map(|user| user.name.clone()).collect();
        self.act(actor, CreateGroup::new(Title::new(title).unwrap(), others)).await.0
    }

    pub async fn direct(&self, actor: &User, other: &User) -> ConversationId {
        self.act(actor, OpenDirect::new(actor.id, other.id)).await.0
    }

    pub async fn add(&self, actor: &User, id: ConversationId, user: &User) {
        self.act(actor, AddMembers::new(id, vec![user.name.clone()])).await;
    }

    pub async fn read(&self, user: &User, id: ConversationId, seq: Seq) {
        self.storage_submit(self.service.mark_read(user, id, seq)).await;
    }

    /// Whether a user sees another one as online in their welcome.
    pub async fn shows_online(&self, user: &User, other: UserId) -> bool {
        let welcome = self.service.welcome(user).await.unwrap_or_else(|error| panic!("{error:?}"));
        welcome.presence.iter().any(|presence| presence.user == other && presence.online)
    }

    pub async fn online(&self, user: UserId) -> bool {
        self.storage.connected(&[user]).await.unwrap() == [user]
    }

    /// What the node is subscribed to.
    pub fn subjects(&self) -> Vec<String> {
        self.bus.subjects()
    }

    pub async fn leave(&self) {
        self.stop.cancel();
        self.service.leave_cluster().await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub async fn leave(node: &Node, user: &User, conversation: ConversationId) {
    node.act(user, Leave { conversation }).await;
}

struct Recorder {
    frames: mpsc::UnboundedSender<Frame>,
    ended: AtomicBool,
}

impl Subscriber for Recorder {
    fn deliver(&self, items: &[Item]) {
        for item in items {
            let frame = match item {
                Item::Event(event) => event.native().clone(),
                Item::Signal(frame) => frame.clone(),
            };
            let _ = self.frames.send(frame);
        }
    }

    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// A connection, and what it was delivered.
pub struct Tab {
    frames: mpsc::UnboundedReceiver<Frame>,
    recorder: Arc<Recorder>,
    _guards: (Registration, PresenceGuard),
}

impl Tab {
    async fn next(&mut self) -> (Frame, ServerFrame) {
        let frame = timeout(PATIENCE, self.frames.recv()).await.expect("a frame comes").unwrap();
        let decoded = serde_json::from_slice(frame.payload()).unwrap();
        (frame, decoded)
    }

    /// The next frame of which something is found; others are passed over.
    pub async fn find<T>(&mut self, find: impl Fn(ServerFrame) -> Option<T>) -> T {
        loop {
            if let Some(found) = find(self.next().await.1) {
                return found;
            }
        }
    }

    /// The next event, and its bytes.
    pub async fn next_event(&mut self) -> (Frame, Event) {
        loop {
            if let (frame, ServerFrame::Event(EventFrame { event, .. })) = self.next().await {
                return (frame, event);
            }
        }
    }

    /// The next event, which has to be of a conversation.
    pub async fn event(&mut self, id: ConversationId) -> (Frame, Event) {
        let (frame, event) = self.next_event().await;
        assert_eq!(event.conversation, id, "{event:?}");
        (frame, event)
    }

    /// Passes over events up to one, and answers that.
    pub async fn event_at(&mut self, id: ConversationId, seq: Seq) -> (Frame, Event) {
        loop {
            let found = self.event(id).await;
            if found.1.seq >= seq {
                assert_eq!(found.1.seq, seq);
                return found;
            }
        }
    }

    pub fn has_ended(&self) -> bool {
        self.recorder.ended.load(Ordering::Relaxed)
    }

    pub async fn ends_within(&self, time: Duration) {
        let ended = async {
            while !self.has_ended() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(time, ended).await.expect("the connection ends");
    }
}

/// Waits until something is so.
pub async fn in_time(what: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(timeout(PATIENCE, waiting).await.is_ok(), "{what}: not within {PATIENCE:?}");
}
